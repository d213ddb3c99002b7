package sale

import (
	"time"

	"countersign/app/terminal/clearing"
	"countersign/protocol"
)

// Stage is what the till is doing with the sale in front of the customer.
type Stage string

// The stages, in the order of a sale.
const (
	Idle       Stage = "idle"
	Preparing  Stage = "preparing"  // step 3: the token draws and signs
	Presenting Stage = "presenting" // steps 3 to 9: request shown, camera looks for the payment
	Opening    Stage = "opening"    // steps 9 and 10: in the token
	Finger     Stage = "finger"     // step 11
	Tapping    Stage = "tapping"    // S8 and S9: PAY has left
	Confirm    Stage = "confirm"    // S9: the owner is asked on the phone, then taps again
	Torn       Stage = "torn"       // the same phone is to be held again
	Sending    Stage = "sending"    // steps 12 to 14
	Unknown    Stage = "unknown"    // sent, no answer yet
	Ended      Stage = "ended"      // step 15, or ended here
)

// TapState is what the reader is doing for the sale in front.
type TapState string

// The states. None is that there is no reader, or that the sale has left it.
const (
	TapReady TapState = "ready" // waits for a phone
	TapFound TapState = "found" // a phone is in the field and is being asked
	TapOff   TapState = "off"   // this sale can not be paid by tap, or not now
)

// View is all that a screen may show of the till. It is a value; nothing in it
// is secret.
type View struct {
	Stage    Stage
	Number   uint64 // the sale's number on this terminal; 0 when idle
	Amount   protocol.Amount
	Currency protocol.Currency
	// Tip is the part of Amount that is one, Items what the rest is for, Tax what is in it.
	// They are not to be changed.
	Tip   protocol.Amount
	Items []Item
	Tax   []TaxLine
	// Cash is what was given and what goes back, of a sale for cash.
	Cash *CashOf
	// Interrupted is when the last run of the program left the sale open, as at a power cut;
	// zero for one that has begun in this run.
	Interrupted time.Time
	// Training says that nothing of this is true: a screen must show it all the time.
	Training bool
	// Request is the text of the consumption QR code while Presenting, and Until
	// the end of its life; Until also bounds the wait for a finger.
	Request string
	Until   time.Time
	// Notice is what was wrong with the last code held to the camera or the last
	// finger; the sale goes on.
	Notice Reason
	// Notices counts them, so that the same one again is seen as new.
	Notices int
	// Attempt is the finger attempt, 1 to 3, and AttemptsLeft what remains after
	// it.
	Attempt, AttemptsLeft int
	Finger                FingerProgress
	// Advice is what can be done about a finger or sensor that Notice is about: the
	// key of a sentence; none where there is nothing particular.
	Advice string
	// ByPIN says of a sale that goes on that the phone verifies its holder by PIN;
	// while Finger, and when Ended for want of a readable finger, that this is offered.
	ByPIN bool
	// Ending, Reason and Reference are set when Ended.
	Ending    Ending
	Reason    Reason
	Reference uint64
	Decided   time.Time
	// Receipt is the text of the receipt's QR code for the phone.
	Receipt string
	// Tap is how the reader stands to the sale, TapReason why it is TapOff.
	Tap       TapState
	TapReason Reason
	// Card is the last four digits of the card that was tapped, once it was.
	Card string
	// Unsent are the taps that settlement has not heard of yet.
	Unsent clearing.Unsent
	// Cancellable says whether Cancel still can end the sale without settlement. A torn
	// tap is given up by it.
	Cancellable bool
	// Unresolved counts sales put aside whose outcome is not known yet.
	Unresolved int
	// Alerts are for the manager, by number; they stand until they are resolved.
	Alerts []Alert
	// Refunds are those under way, and those that have ended and were not
	// dismissed, by number.
	Refunds []RefundView
}
