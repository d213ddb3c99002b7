package purse

import (
	"context"
	"crypto"
	"log/slog"
	"time"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// Identity is what the authority has given the wallet.
type Identity interface {
	Certificate() *protocol.Signed[protocol.Certificate]
	Trust() protocol.Trust
	// Settlement is settlement's certificate, or nil.
	Settlement() *protocol.Signed[protocol.Certificate]
}

// Owner is who the phone belongs to, at the trusted screen.
type Owner interface {
	// Unlocked says whether the wallet is unlocked.
	Unlocked() bool
	// Confirm shows a question and returns whether the owner agreed; an error when there
	// was no answer.
	Confirm(ctx context.Context, q Question) (agreed bool, err error)
}

// Question is what the owner is asked. All of it is verified.
type Question struct {
	About    Subject
	Amount   protocol.Amount   // zero for AboutClock
	Currency protocol.Currency // zero for AboutClock
	// Shop is the name in the terminal's certificate, for AboutTap.
	Shop string
	// Receiver is the last four digits of the other card, for AboutTransfer.
	Receiver string
	// Until is when the question is put away.
	Until time.Time
}

// Subject is what a question is about. For transfers and the clock the PIN is wanted,
// for taps the owner's word.
type Subject uint8

// The subjects.
const (
	AboutTap      Subject = 1 // a shop wants to be paid
	AboutTransfer Subject = 2 // money is to go to another card
	AboutClock    Subject = 3 // the clock is right although it was once ahead
)

// Options are what a purse works with. Of those without a default all are needed
// but Anchor, Log, Display and FailPoint.
type Options struct {
	// Card returns the signer of the card's key, which lies in the secure unit and is
	// made when it is first asked for; Wallet that of the wallet's certified key.
	Card, Wallet func(context.Context) (crypto.Signer, error)
	Identity     Identity
	// Store is the open file; whoever opened it closes it after the purse.
	Store  *store.Store
	Owner  Owner
	Anchor Anchor
	Clock  func() time.Time
	Log    *slog.Logger
	// Display is told what the ordinary screen may show. It must not block or call
	// the purse.
	Display func(Event)
	// FailPoint is called at the points that FailPoints lists.
	FailPoint func(string)

	// ListAge is the greatest age of the revocation list; 7 days unless set.
	ListAge time.Duration
	// ArmedFor is how long Arm lasts; 60 s unless set.
	ArmedFor time.Duration
	// MaxUnconfirmed and MaxUnconfirmedSum bound the taps since the owner's last word:
	// 5, and three times the card's own limit, unless set.
	MaxUnconfirmed    uint32
	MaxUnconfirmedSum protocol.Sum
	// MaxKept bounds the deductions that are not settled yet; 512 unless set.
	MaxKept int
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Display == nil {
		o.Display = func(Event) {}
	}
	if o.FailPoint == nil {
		o.FailPoint = func(string) {}
	}
	if o.ListAge == 0 {
		o.ListAge = 7 * 24 * time.Hour
	}
	if o.ArmedFor == 0 {
		o.ArmedFor = time.Minute
	}
	if o.MaxUnconfirmed == 0 {
		o.MaxUnconfirmed = 5
	}
	if o.MaxKept == 0 {
		o.MaxKept = 512
	}
	return o
}
