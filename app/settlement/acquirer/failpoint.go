package acquirer

// messages are what fail points are named after.
const (
	nameAuthorise = "authorise"
	namePurchase  = "purchase"
	nameRefund    = "refund"
	nameReversal  = "reversal"
	nameNetwork   = "network"
)

// FailPoints returns the names of the points at which [Config.FailPoint] is
// called: "acquirer.<message>.send" when everything is ready and nothing has left,
// "acquirer.<message>.answer" when the answer is here and the caller does not
// know yet.
func FailPoints() []string {
	var points []string
	for _, name := range []string{nameAuthorise, namePurchase, nameRefund, nameReversal, nameNetwork} {
		points = append(points, pointSend(name), pointAnswer(name))
	}
	return points
}

func pointSend(name string) string   { return "acquirer." + name + ".send" }
func pointAnswer(name string) string { return "acquirer." + name + ".answer" }
