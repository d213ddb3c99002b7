package sale

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/terminal/clearing"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Settings are the till's. All durations must be positive; Defaults has those
// that the protocol and the design give.
type Settings struct {
	// Settlement is the subject of the settlement server that may charge.
	Settlement protocol.ID
	// Merchant is the reference of the account that is credited.
	Merchant []byte
	Currency protocol.Currency
	// Life is the time to live of a request, up to protocol.MaxLife.
	Life time.Duration
	// FingerWait bounds one attempt to take a finger.
	FingerWait time.Duration
	// PoorFingers is how many captures may be too poor within one attempt.
	PoorFingers int
	// Fallback is what serves where no finger can be read, and PINMost the largest
	// amount for which that is a PIN.
	Fallback Fallback
	PINMost  protocol.Amount
	// AskFor is how long an unknown outcome is asked about before the sale is
	// taken back.
	AskFor time.Duration
	// BusyFor is how long a submission is tried again that settlement is too
	// busy to look at.
	BusyFor time.Duration
	// RetryFirst and RetryMost bound the pause between two questions.
	RetryFirst, RetryMost time.Duration
	// ListAge is the greatest age of the revocation list.
	ListAge time.Duration
	// Tap is what a sale by tap needs besides.
	Tap TapSettings
	// StaffOnly says that only somebody on duty, within a shift, may sell. A
	// terminal without staff sells to whoever stands before it.
	StaffOnly bool
	// Training marks every entry and every View as not true. Whoever sets it gives the till
	// parts that move no money (package training).
	Training bool
}

// Defaults returns settings with the design's times, to be completed with
// settlement, merchant and currency.
func Defaults() Settings {
	return Settings{
		Life: 60 * time.Second, FingerWait: 30 * time.Second, PoorFingers: 3, Fallback: FallbackRefuse,
		AskFor: 60 * time.Second, BusyFor: 8 * time.Second, RetryFirst: time.Second, RetryMost: 15 * time.Second,
		ListAge: 24 * time.Hour, Tap: TapDefaults(),
	}
}

// Ports are what the till works with.
type Ports struct {
	Unit     Unit
	Identity Identity
	Codes    CodeReader
	Fingers  FingerReader
	Settler  Settler
	Taps     Taps
	Journal  Journal
	Log      *slog.Logger
	// Duty says who works now; nil where there is no staff.
	Duty func() staff.Duty
	// Now is the terminal's clock.
	Now func() time.Time
	// Show is told of every change, in order. It must return at once and must
	// not call the till.
	Show func(View)
}

// Errors of the cashier's intents.
var (
	ErrSaleOpen = errors.New("another sale is in front of the customer")
	ErrNoSale   = errors.New("there is no sale")
	ErrTooLate  = errors.New("the payment was sent and can no longer be cancelled")
	ErrClosed   = errors.New("the till is closed")
	ErrOffDuty  = errors.New("nobody is on duty who may do this, or no shift is open")
)

// Till is the counter: at most one sale in front of the customer, and the sales
// put aside whose outcome is still being found out. Its methods are safe for
// concurrent use.
type Till struct {
	Settings
	Ports

	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	refunding sync.Mutex // held while a refund is planned and written down

	// settlement is its certificate as it was last fetched.
	settlement atomic.Pointer[protocol.Signed[protocol.Certificate]]
	queue      *clearing.Queue
	owed       owed
	field      sync.Mutex // held by whoever is at the reader
	left       bool       // a phone that was dealt with may still lie in the field; guarded by field

	mu         sync.Mutex
	closed     bool
	front      *payment
	unresolved int
	alerts     map[uint64]Alert
	refunds    map[uint64]RefundView
}

// Open starts a till and takes up every sale and refund that the journal
// left open (guarantees 2 and 5). Close ends it.
func Open(ctx context.Context, settings Settings, ports Ports) (*Till, error) {
	if settings.Training {
		ports.Journal = trainingJournal{ports.Journal}
	}
	open, err := ports.Journal.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("read open sales: %w", err)
	}
	t := &Till{Settings: settings, Ports: ports, alerts: map[uint64]Alert{}, refunds: map[uint64]RefundView{}, owed: owed{taps: map[uint64]Entry{}, refused: map[uint64]bool{}}}
	t.ctx, t.stop = context.WithCancel(context.WithoutCancel(ctx))
	t.queue = &clearing.Queue{
		Limits: settings.Tap.Limits, HandIn: t.handIn, First: settings.Tap.ClearFirst, Most: settings.Tap.ClearMost, Log: ports.Log,
		Changed: func() { t.mu.Lock(); defer t.mu.Unlock(); t.showLocked() },
	}
	for _, entry := range open {
		if entry.Tap != nil && t.takeUpTap(entry) {
			continue
		}
		if entry.Refund != nil {
			r := &refund{till: t, entry: entry}
			t.running.Go(func() { r.resume(t.ctx) })
			continue
		}
		s := &payment{till: t, entry: entry, asideAlready: true}
		if entry.Event == EventOutcome {
			t.tell(entry)
		} else {
			t.unresolved++
		}
		t.running.Go(func() { s.resume(t.ctx) })
	}
	t.running.Go(func() { t.queue.Run(t.ctx) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.showLocked()
	return t, nil
}

// Close ends the sale in front (as cancelled, where it still can be) and waits
// until nothing runs any more. What is unknown stays in the journal for the next
// start.
func (t *Till) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.stop()
	t.running.Wait()
}

// errCancelled is why a sale's context ends when the cashier cancels it.
var errCancelled = errors.New("cancelled by the cashier")

// Cancel ends the sale in front if nothing was sent yet.
func (t *Till) Cancel() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.front == nil:
		return ErrNoSale
	case !t.front.view.Cancellable:
		return ErrTooLate
	}
	t.front.cancel(errCancelled)
	return nil
}

// Dismiss takes an ended sale off the screen, or puts one aside whose outcome
// is unknown: it stays in View.Unresolved until it ends.
func (t *Till) Dismiss() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.front == nil {
		return ErrNoSale
	}
	switch t.front.view.Stage {
	case Ended:
	case Unknown:
		t.front.asideAlready = true
		t.unresolved++
	default:
		return ErrSaleOpen
	}
	t.front = nil
	t.showLocked()
	return nil
}

// View returns what there is to show now.
func (t *Till) View() View {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.viewLocked()
}

func (t *Till) viewLocked() View {
	v := View{Stage: Idle, Currency: t.Currency}
	if t.front != nil {
		v = t.front.view
	}
	v.Training = t.Training
	v.Unresolved = t.unresolved
	v.Alerts, v.Refunds, v.Unsent = t.alertsLocked(), t.refundsLocked(), t.queue.Unsent()
	return v
}

func (t *Till) duty() staff.Duty {
	if t.Duty == nil {
		return staff.Duty{}
	}
	return t.Duty()
}

func (t *Till) showLocked() { t.Show(t.viewLocked()) }
