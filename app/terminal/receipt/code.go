package receipt

import (
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Code is the text of the receipt's QR code for the phone, CS1T: and the outcome that settlement has signed
// (protocol.OutcomeText), or "" where there is none: a sale that was not paid by scan, a refund, training. A wallet verifies
// it; nothing in it is this terminal's word.
func Code(e sale.Entry) string {
	if e.Training || e.Refund != nil || e.Tap != nil || len(e.Outcome) == 0 {
		return ""
	}
	outcome, err := protocol.Parse[protocol.Outcome](e.Outcome)
	if err != nil {
		return ""
	}
	return protocol.OutcomeText(outcome)
}

// Read is the inverse of [Code], as a phone does it: settlement's outcome, not verified yet. The errors are
// protocol.ErrNotOurs for another code, protocol.ErrMalformed and protocol.ErrRange for a damaged one.
func Read(text string) (*protocol.Signed[protocol.Outcome], error) {
	return protocol.ParseOutcomeText(text)
}
