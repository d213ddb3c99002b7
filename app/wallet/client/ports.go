package client

import (
	"context"
	"log/slog"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Trusted is the phone's trusted side, as package trusted is.
type Trusted interface {
	// Inspect verifies a request (step 5).
	Inspect(ctx context.Context, text string) (trusted.Offer, error)
	// HasSensor says whether Pay can take the owner's finger.
	HasSensor() bool
	// Pay signs the payment and returns the code's text (steps 6, 7 and 11).
	Pay(ctx context.Context, request protocol.Hash, account int, finger bool, progress func(trusted.Progress)) (string, error)
	// Accounts lists InforC1…Cn.
	Accounts(context.Context) ([]trusted.Account, error)
	// Pending lists what is not settled, oldest first.
	Pending(context.Context) ([]trusted.Pending, error)
	// Question signs what settlement is asked.
	Question(ctx context.Context, request protocol.Hash) (*protocol.Signed[protocol.Query], error)
	// Settle verifies an outcome and takes the payment off the pending ones.
	Settle(context.Context, *protocol.Signed[protocol.Outcome]) (protocol.Outcome, trusted.Pending, error)
	// GiveUp takes a payment off that was never seen and is too late.
	GiveUp(ctx context.Context, request protocol.Hash) error
}

// CodeReader reads QR codes with the phone's camera.
type CodeReader interface {
	// Scan returns the first text in view for which want is true; want is called
	// for every text that comes into view. It ends with the context; a camera that
	// is missing does not end it, because it may come back.
	Scan(ctx context.Context, want func(text string) bool) (string, error)
}

// Settlement answers a wallet's question.
type Settlement interface {
	// Query returns settlement's outcome, not verified: Trusted does that.
	// ErrUndecided and ErrNeverSeen are answers too; any other error says that
	// settlement could not be asked.
	Query(context.Context, *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error)
}

// Errors of the ports: those of package trusted.
var (
	ErrUndecided  = trusted.ErrUndecided
	ErrNeverSeen  = trusted.ErrNeverSeen
	ErrFingerPoor = trusted.ErrFingerPoor
	ErrSensorLost = trusted.ErrSensorLost
)

// Ports are what the phone works with.
type Ports struct {
	Trusted    Trusted
	Codes      CodeReader
	Settlement Settlement
	Log        *slog.Logger
	// Now is the phone's clock.
	Now func() time.Time
	// Show is told of every change, in order. It must return at once and must not
	// call the phone.
	Show func(View)
}

// Settings are the phone's times; all must be positive. Defaults has them.
type Settings struct {
	// LookFor is how long the camera looks for a code before it is put away.
	LookFor time.Duration
	// FingerWait bounds one attempt to take a finger, PoorFingers how many may be
	// too poor.
	FingerWait  time.Duration
	PoorFingers int
	// CodeFor is how long after the end of a request's life its payment code stays
	// on the screen: the terminal's clock may be behind ours.
	CodeFor time.Duration
	// AskAfter is when settlement is first asked about a payment that was just
	// shown; RetryFirst and RetryMost bound the pauses after that.
	AskAfter, RetryFirst, RetryMost time.Duration
}

// Defaults returns the design's times.
func Defaults() Settings {
	return Settings{
		LookFor: 2 * time.Minute, FingerWait: 30 * time.Second, PoorFingers: 3, CodeFor: 15 * time.Second,
		AskAfter: 5 * time.Second, RetryFirst: 3 * time.Second, RetryMost: time.Minute,
	}
}
