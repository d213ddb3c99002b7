package sale

import (
	"context"
	"errors"
	"time"

	"countersign/app/terminal/clearing"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// CardReader finds phones in its field (CN103942678A, claim 6).
type CardReader interface {
	// Wait returns the phone in the field, or waits for one. ErrReaderLost says that
	// there is no reader to wait at now; ErrTwoCards and ErrUnreadable, that what is in the
	// field must be taken away first. It ends with the context. One card at a time:
	// the last must be closed before.
	Wait(context.Context) (Card, error)
	// Removed waits until what Wait last found has left the field; one that ended with
	// ErrCardLost has. ErrReaderLost says that there is no reader to tell at now. It ends
	// with the context.
	Removed(context.Context) error
}

// Card is a phone in the field. One that has left it, even if another came at
// once, answers no more: everything fails with ErrCardLost.
type Card interface {
	// Exchange sends a whole command and returns the whole answer. ErrCardLost and
	// ErrCardSlow say that there is none; the command may have arrived.
	Exchange(context.Context, iso7816.Command) (iso7816.Response, error)
	// Close lets the phone go; it may still be in the field, and be found again.
	Close() error
}

// Clearing is settlement as taps need it, later. Every answer is verified: signed by
// settlement, about the PAY that was asked about.
type Clearing interface {
	// Clear hands a tap in. Errors: ErrNotSent and ErrBusy; ErrTapRefused where
	// settlement will not decide about it as it is; after any other it may have arrived.
	// The same may be handed in again until it is answered.
	Clear(context.Context, protocol.Envelope, *protocol.Signed[protocol.TapPay]) (ClearingAnswer, error)
	// Abandon says that a torn tap was given up. Errors and repeats as those of Clear.
	Abandon(context.Context, *protocol.Signed[protocol.TapAbandonment]) (ClearingAnswer, error)
}

// ClearingAnswer is a verified answer with the bytes that settlement signed.
type ClearingAnswer struct {
	Cleared protocol.TapCleared
	Signed  *protocol.Signed[protocol.TapCleared]
}

// Taps are what sales by tap need besides. Without Cards there are none; what
// was taken before is still cleared.
type Taps struct {
	Cards    CardReader
	Clearing Clearing
	// Blocked returns settlement's newest list of blocked cards, or nil.
	Blocked func() *protocol.CardBlocklist
	// Settlement returns settlement's certificate as it was last known, or nil: taps
	// go on while settlement cannot be asked.
	Settlement func() *protocol.Signed[protocol.Certificate]
}

// TapSettings are the till's for taps.
type TapSettings struct {
	// Limits are what the terminal takes on trust until settlement has answered.
	Limits clearing.Limits
	// BlocklistAge is the greatest age of the list of blocked cards.
	BlocklistAge time.Duration
	// Patience is how long one command may take, its answer included.
	Patience time.Duration
	// ConfirmFor is how long an owner may take to confirm on the phone and tap again.
	ConfirmFor time.Duration
	// AbandonedFor is how long a tap that was given up is asked about when its phone
	// comes again.
	AbandonedFor time.Duration
	// ClearFirst and ClearMost bound the pause between two tries to clear.
	ClearFirst, ClearMost time.Duration
}

// TapDefaults returns the design's settings; amounts are in minor units.
func TapDefaults() TapSettings {
	return TapSettings{
		Limits:       clearing.Limits{Tap: 1_000_00, Card: 2_000_00, Count: 500, Sum: 50_000_00},
		BlocklistAge: 24 * time.Hour, Patience: 3 * time.Second, ConfirmFor: time.Minute,
		AbandonedFor: 90 * 24 * time.Hour, ClearFirst: time.Second, ClearMost: time.Minute,
	}
}

// Errors of the ports for taps.
var (
	ErrCardLost   = errors.New("the phone has left the field")
	ErrCardSlow   = errors.New("the phone does not answer")
	ErrTwoCards   = errors.New("more than one card in the field")
	ErrUnreadable = errors.New("what is in the field cannot be read")
	ErrReaderLost = errors.New("reader is not there")
	// ErrTapRefused says that settlement has refused a clearing without deciding about
	// the tap.
	ErrTapRefused = errors.New("settlement refuses to look at the tap")
)
