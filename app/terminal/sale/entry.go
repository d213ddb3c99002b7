package sale

import (
	"time"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Event is what a journal entry records.
type Event string

// The events of a sale by scan, in their usual order. Each is written before
// the thing it names is done, except EventOutcome, which is written before it is
// shown, and EventAcknowledged, which settlement has confirmed.
const (
	EventKeyed        Event = "keyed"        // step 2
	EventRequest      Event = "request"      // step 3
	EventPayment      Event = "payment"      // step 9: opened and verified; its code is spent next
	EventFinger       Event = "finger"       // step 11: the finger is asked for
	EventSubmission   Event = "submission"   // step 13: will be sent
	EventOutcome      Event = "outcome"      // step 15: settlement's signed answer
	EventUnknown      Event = "unknown"      // sent, and no verified answer
	EventReversal     Event = "reversal"     // will be taken back
	EventAcknowledged Event = "acknowledged" // settlement knows that we know
	EventEnded        Event = "ended"        // without charge: cancelled, expired or refused here
)

// The events of a refund. It has a number of its own, from the sales' series.
const (
	EventRefundAsked   Event = "refund-asked"   // approved; its key is drawn
	EventRefundSent    Event = "refund-sent"    // signed, will be sent
	EventRefundUnknown Event = "refund-unknown" // sent, and no verified answer
	EventRefundOutcome Event = "refund-outcome" // settlement's signed answer
	EventRefundEnded   Event = "refund-ended"   // it never left this terminal
)

// The events of a sale by tap, after EventKeyed and EventRequest. A tap is asked for
// when EventTapPay is written; from then on only its card's signed word says that
// nothing was deducted.
const (
	EventTapPay       Event = "tap-pay"       // S8: PAY will be sent
	EventTapTorn      Event = "tap-torn"      // it may have arrived, and no verified result
	EventTapAnswered  Event = "tap-answered"  // S9: the card has signed that nothing was deducted
	EventTapNever     Event = "tap-never"     // asked again, it has signed that nothing was and will be
	EventTapResult    Event = "tap-result"    // S9: deducted; sealed to settlement, will be handed in
	EventTapCleared   Event = "tap-cleared"   // settlement's signed answer, and all is well
	EventTapUncleared Event = "tap-uncleared" // settlement's signed answer, of which a manager must know
	EventTapSeen      Event = "tap-seen"      // who now does
	EventTapAbandoned Event = "tap-abandoned" // torn and given up, settlement will be told
	EventTapReported  Event = "tap-reported"  // settlement has been told
	EventTapFound     Event = "tap-found"     // given up, and deducted as its card has said since; will be handed in
)

// Events beside sales and refunds: such an entry has number 0.
const (
	EventAlertRaised   Event = "alert-raised"
	EventAlertResolved Event = "alert-resolved"
)

// Events of the till beside the ways of paying that settlement knows. A cash sale and a
// cash refund have a number from the sales' series and are over with their one entry; the
// others have number 0.
const (
	EventCashSold     Event = "cash-sold"         // paid in notes and coins; the drawer opens next
	EventCashRefunded Event = "cash-refunded"     // given back in notes and coins, with a manager's approval
	EventCashIn       Event = "cash-in"           // put into the drawer without a sale
	EventCashOut      Event = "cash-out"          // taken out of the drawer without a sale
	EventDrawer       Event = "drawer-opened"     // without a sale
	EventZ            Event = "z-report"          // a shift's totals, signed
	EventPrinted      Event = "receipt-printed"   // Entry.Of says which
	EventReprinted    Event = "receipt-reprinted" // and this was not the first
)

// Events lists the events of sales, refunds, alerts, taps and cash, in their usual order.
// Those of the staff are package staff's.
func Events() []Event {
	return []Event{EventKeyed, EventRequest, EventPayment, EventFinger, EventSubmission, EventOutcome, EventUnknown,
		EventReversal, EventAcknowledged, EventEnded,
		EventRefundAsked, EventRefundSent, EventRefundUnknown, EventRefundOutcome, EventRefundEnded,
		EventAlertRaised, EventAlertResolved,
		EventTapPay, EventTapTorn, EventTapAnswered, EventTapNever, EventTapResult, EventTapCleared, EventTapUncleared, EventTapSeen,
		EventTapAbandoned, EventTapReported, EventTapFound,
		EventCashSold, EventCashRefunded, EventCashIn, EventCashOut, EventDrawer, EventZ, EventPrinted, EventReprinted}
}

// Entry is one line of the journal. It holds nothing secret: hashes, amounts,
// the scramble code, which the request's QR code shows to everybody, settlement's
// signed answers, and of a card its mark and last four digits.
type Entry struct {
	Sale     uint64            `json:"sale"`
	Event    Event             `json:"event"`
	At       time.Time         `json:"at"`
	Amount   protocol.Amount   `json:"amount"`
	Currency protocol.Currency `json:"currency"`
	// Request and Payment identify the messages; Scramble with the terminal's
	// name is settlement's key for the sale.
	Request  protocol.Hash `json:"request,omitzero"`
	Payment  protocol.Hash `json:"payment,omitzero"`
	Scramble protocol.Code `json:"scramble,omitzero"`
	Attempt  uint8         `json:"attempt,omitzero"`
	// ByPIN says that the phone verifies its holder by PIN, where no finger can be read.
	ByPIN bool `json:"by_pin,omitzero"`
	// Ending and Reason say how it ended.
	Ending Ending `json:"ending,omitempty"`
	Reason Reason `json:"reason,omitempty"`
	// Reference is settlement's number.
	Reference uint64 `json:"reference,omitzero"`
	// Outcome is the signed outcome.
	Outcome []byte `json:"outcome,omitempty"`
	// Shift and Cashier say when and by whom, as far as there is a staff.
	Shift   uint64      `json:"shift,omitzero"`
	Cashier protocol.ID `json:"cashier,omitempty"`
	// Unknown is since when nobody knows the outcome, or did not.
	Unknown time.Time `json:"unknown,omitzero"`
	// Refund is set in the entries of a refund.
	Refund *RefundOf `json:"refund,omitempty"`
	// Tap is set in the entries of a sale by tap.
	Tap *TapOf `json:"tap,omitempty"`
	// Staff is what happened among the staff, Alert what a manager was told; such
	// an entry has no sale.
	Staff *staff.Event `json:"staff,omitempty"`
	Alert *Alert       `json:"alert,omitempty"`
	// Tip is the part of Amount that is one; Items are what the rest of it is for, and Tax
	// the tax in it, as Bill has them.
	Tip   protocol.Amount `json:"tip,omitzero"`
	Items []Item          `json:"items,omitempty"`
	Tax   []TaxLine       `json:"tax,omitempty"`
	// Cash is set where notes and coins changed hands, or the drawer was opened.
	Cash *CashOf `json:"cash,omitempty"`
	// Report is set in the entry of a Z report.
	Report *ReportOf `json:"report,omitempty"`
	// Of is the number of the sale or refund that was printed.
	Of uint64 `json:"of,omitzero"`
	// Training says that nothing of it is true.
	Training bool `json:"training,omitzero"`
}

// RefundOf is what the entries of a refund say besides: Entry.Amount is what is
// given back, Entry.Outcome the signed protocol.RefundOutcome, Entry.Reference
// settlement's number for the refund.
type RefundOf struct {
	// Sale is the number of the sale on this terminal, 0 when it was another's;
	// Reference is settlement's number for the sale.
	Sale      uint64 `json:"sale,omitzero"`
	Reference uint64 `json:"reference"`
	// Key makes a repeated refund the same refund; drawn once.
	Key protocol.Code `json:"key"`
	// Approver is the manager who approved it.
	Approver protocol.ID `json:"approver"`
	// Void says that it takes back the whole sale within its shift.
	Void bool `json:"void,omitzero"`
	// Why is in the words of whoever asked for it; it is printed on the slip, and is not
	// sent to settlement.
	Why string `json:"why,omitempty"`
	// Message is the signed refund, so that a repeat is the very same bytes.
	Message []byte `json:"message,omitempty"`
	// Rail is how the sale was paid; none where this terminal does not know it.
	Rail Rail `json:"rail,omitempty"`
}

// TapOf is what the entries of a sale by tap say besides. The card is in it by mark
// and last four digits, and sealed to settlement.
type TapOf struct {
	// Pay is the signed PAY: its hash is settlement's key for the tap.
	Pay    []byte            `json:"pay"`
	Card   protocol.CardMark `json:"card"`
	Ending string            `json:"ending"` // of the card's number
	// Terminal is the certificate that PAY was signed under.
	Terminal []byte `json:"terminal"`
	// Sealed is the clearing, sealed to settlement.
	Sealed []byte `json:"sealed,omitempty"`
	// Cleared is settlement's signed answer.
	Cleared []byte `json:"cleared,omitempty"`
}

// CashOf is what an entry about cash says besides: Entry.Amount is what was sold for, given
// back, put in or taken out.
type CashOf struct {
	// Given is what the customer handed over, Change what went back: Given is Amount and
	// Change. Both are 0 where nothing was sold.
	Given  protocol.Amount `json:"given,omitzero"`
	Change protocol.Amount `json:"change,omitzero"`
	// Reason is in the words of whoever moved cash or opened the drawer.
	Reason string `json:"reason,omitempty"`
}

// ReportOf is a Z report: its number and the signed protocol.ZReport.
type ReportOf struct {
	Number uint64 `json:"number"`
	Signed []byte `json:"signed"`
}

// Rail returns how a sale or refund is paid: that of a sale by scan until a phone was tapped;
// for a refund, the sale's. An entry about the drawer is RailCash, one about neither has none.
func (e Entry) Rail() Rail {
	switch {
	case e.Cash != nil:
		return RailCash
	case e.Refund != nil && e.Refund.Rail != "":
		return e.Refund.Rail
	case e.Tap != nil:
		return RailTap
	case e.Sale != 0:
		return RailScan
	}
	return ""
}

// Over says whether nothing remains to be done about a sale whose last entry
// this is. Until a payment was opened nobody waits for the sale's end, so that a
// crash there just ends it.
func (e Entry) Over() bool {
	switch e.Event {
	case EventPayment, EventFinger, EventSubmission, EventUnknown, EventReversal, EventOutcome,
		EventRefundAsked, EventRefundSent, EventRefundUnknown,
		EventTapPay, EventTapTorn, EventTapResult, EventTapUncleared, EventTapAbandoned, EventTapReported, EventTapFound:
		return false
	}
	return true
}

// Advice names the entry's sale to settlement.
func (e Entry) Advice(now time.Time) protocol.Advice {
	return protocol.Advice{
		Request: e.Request, Payment: e.Payment, Amount: e.Amount, Currency: e.Currency,
		Scramble: e.Scramble, Sent: protocol.At(now),
	}
}
