package settlementclient

// message names what is sent to settlement, in fail points.
type message string

const (
	messageCertificate     message = "certificate"
	messagePayment         message = "payment"
	messageQuery           message = "query"
	messageReversal        message = "reversal"
	messageAcknowledgement message = "acknowledgement"
	messageRefund          message = "refund"
	messageTotals          message = "totals"
	messageAnchor          message = "anchor"
	messageStatus          message = "status"
	messageAccount         message = "account"
	messageDeposit         message = "deposit"
	messageVirtualCard     message = "virtual-card"
	messageCardState       message = "card-state"
	messageLoad            message = "load"
	messageTransfer        message = "transfer"
	messageTap             message = "tap"
	messageAbandonment     message = "abandonment"
	messageBlocklist       message = "blocklist"
)

// send is the point at which a connection is there and nothing of the message
// was written to it.
func (m message) send() string { return "client." + string(m) + ".send" }

// answer is the point at which the whole answer was read, and nobody has been
// told of it.
func (m message) answer() string { return "client." + string(m) + ".answer" }

// FailPoints returns the names with which Options.FailPoint is called:
// "client.<message>.send" just before a message is written, once for each
// connection that it is tried on, and "client.<message>.answer" when its answer
// was read and not looked at yet.
func FailPoints() []string {
	var names []string
	for _, m := range [...]message{messageCertificate, messagePayment, messageQuery, messageReversal, messageAcknowledgement,
		messageRefund, messageTotals, messageAnchor, messageStatus, messageAccount, messageDeposit,
		messageVirtualCard, messageCardState, messageLoad, messageTransfer, messageTap, messageAbandonment, messageBlocklist} {
		names = append(names, m.send(), m.answer())
	}
	return names
}
