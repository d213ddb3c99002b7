// Package tapping leads the owner through the virtual card of CN103942678A on the
// ordinary screen: applied for, topped up, money given to another (step S1), and the
// phone held to a terminal.
//
// It decides nothing about money. The trusted application verifies, asks for the PIN
// on its own screen, and deducts; this package says when the phone enters the
// terminal's field and when it leaves, and shows what the trusted application tells.
//
// Guarantees:
//
//  1. The phone is in the field from Tap until there is a result, the time is over or
//     Lift, and at no other time.
//  2. An answer that is under way is sent before the phone leaves by itself.
package tapping

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// Stage is what goes on with the card.
type Stage string

// The stages.
const (
	Resting   Stage = ""
	Working   Stage = "working"   // see View.Work
	Unlocking Stage = "unlocking" // the trusted screen asks for the PIN, the card is armed
	Held      Stage = "held"      // the phone is in the field
	Asked     Stage = "asked"     // the trusted screen asks whether to pay
	Again     Stage = "again"     // the owner has agreed: the phone is to be held again
	Ended     Stage = "ended"     // see View.Event
)

// Work is what is under way while Working: mostly what settlement is asked for.
type Work string

// The kinds of work.
const (
	Applying     Work = "apply"
	Loading      Work = "load"
	Transferring Work = "transfer"
	Refreshing   Work = "refresh"
	Showing      Work = "number" // the trusted screen shows the card's number
	Clocking     Work = "clock"  // the trusted screen asks whether the clock is right
)

// View is all that a screen may show of the card. It is a value whose slices nobody
// changes.
type View struct {
	// Radio says whether the phone can tap at all.
	Radio bool
	// Known says that Card was read.
	Known bool
	Card  commands.CardView
	Stage Stage
	Work  Work
	// Until is when the phone leaves the field by itself, while Held.
	Until time.Time
	// Event is what a tap came to, when Asked, Again or Ended.
	Event purse.Event
	// Notice is what was wrong last; Notices counts them.
	Notice  Reason
	Notices int
}

// Trusted is the trusted application's card.
type Trusted interface {
	CardStatus(context.Context) (commands.CardView, error)
	ApplyCard(ctx context.Context, account int) error
	LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error
	TransferCard(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) error
	RefreshCard(context.Context) error
	ShowCardNumber(context.Context) error
	TrustClock(context.Context) error
	ArmCard(context.Context) error
	DisarmCard(context.Context) error
}

// Radio is the phone's front end.
type Radio interface {
	// Enter brings the phone into a terminal's field.
	Enter(ctx context.Context) (Presence, error)
}

// Presence is the phone's stay in a field.
type Presence interface {
	// Leave takes the phone out, once what is under way was answered.
	Leave() error
	// Gone is closed when it has left, also by itself.
	Gone() <-chan struct{}
}

// HeldFor is how long the phone is held to a terminal.
const HeldFor = time.Minute

// Ports are what a Card works with. Radio may be nil: then there is no tap.
type Ports struct {
	Trusted Trusted
	Radio   Radio
	Log     *slog.Logger
	Now     func() time.Time
	// Show is told of every change, in order. It must return at once and must not call
	// the Card.
	Show func(View)
}

// Errors of the owner's intents.
var (
	ErrBusy    = errors.New("the card is in the middle of something")
	ErrNothing = errors.New("there is nothing to do that to")
	ErrNoRadio = errors.New("this phone has no radio")
)

// Card is the owner's virtual card. Its methods are safe for concurrent use and
// return at once.
type Card struct {
	Ports
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	events  chan purse.Event

	field sync.Mutex // held by the tap that is, or may be, in a field

	mu   sync.Mutex
	view View
	taps uint64             // how many there were
	lift context.CancelFunc // ends Unlocking and Held
	// late says that the phone has left the field too early, as far as is known: what the
	// card did may still be on its way here.
	late bool
}

// Open starts with the card as it stands. Close ends it.
func Open(ctx context.Context, ports Ports) *Card {
	c := &Card{Ports: ports, events: make(chan purse.Event, 16), view: View{Radio: ports.Radio != nil}}
	c.ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	c.running.Go(c.listen)
	return c
}

// Close takes the phone out of the field and waits until nothing runs any more.
func (c *Card) Close() {
	c.stop()
	c.running.Wait()
}

// Event takes what the trusted application tells. It does not wait.
func (c *Card) Event(e purse.Event) {
	select {
	case c.events <- e:
	default: // the next one has the newest balance
	}
}

// listen shows the card's state anew with every event, from the beginning.
func (c *Card) listen() {
	c.read()
	for {
		select {
		case e := <-c.events:
			c.happened(e)
			c.read()
		case <-c.ctx.Done():
			return
		}
	}
}

// read asks how the card stands.
func (c *Card) read() {
	card, err := c.Trusted.CardStatus(c.ctx)
	if c.ctx.Err() != nil {
		return
	}
	if err != nil {
		c.Log.WarnContext(c.ctx, "card not read", "error", err.Error())
	}
	c.update(func(v *View) {
		if v.Known = err == nil; v.Known {
			v.Card = card
		}
	})
}

// View returns what there is to show now.
func (c *Card) View() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

func (c *Card) update(change func(*View)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.view)
	c.Show(c.view)
}

// Apply applies for a card whose loads come from an account, by its index.
func (c *Card) Apply(account int) error {
	return c.work(Applying, func(ctx context.Context) error { return c.Trusted.ApplyCard(ctx, account) })
}

// Load tops the card up from its account; waiting takes what waits for it instead.
func (c *Card) Load(amount protocol.Amount, waiting bool) error {
	return c.work(Loading, func(ctx context.Context) error { return c.Trusted.LoadCard(ctx, amount, waiting) })
}

// Transfer gives money to another card; the trusted screen asks for the PIN.
func (c *Card) Transfer(to protocol.CardNumber, amount protocol.Amount) error {
	return c.work(Transferring, func(ctx context.Context) error { return c.Trusted.TransferCard(ctx, to, amount) })
}

// Refresh asks settlement how the card stands.
func (c *Card) Refresh() error { return c.work(Refreshing, c.Trusted.RefreshCard) }

// ShowNumber has the trusted screen show the owner the card's number.
func (c *Card) ShowNumber() error { return c.work(Showing, c.Trusted.ShowCardNumber) }

// TrustClock has the trusted screen ask the owner whether the clock is right.
func (c *Card) TrustClock() error { return c.work(Clocking, c.Trusted.TrustClock) }

func (c *Card) work(what Work, do func(context.Context) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view.Stage != Resting {
		return ErrBusy
	}
	c.view.Stage, c.view.Work, c.view.Notice, c.late = Working, what, ReasonNone, false
	c.Show(c.view)
	c.running.Go(func() {
		err := do(c.ctx)
		c.rest(err)
		c.read()
	})
	return nil
}

// rest goes back to the card, with what was wrong.
func (c *Card) rest(err error) {
	if c.ctx.Err() != nil {
		return
	}
	reason := reasonOf(err)
	if err != nil {
		c.Log.WarnContext(c.ctx, "card", "reason", string(reason), "error", err.Error())
	}
	c.update(func(v *View) {
		c.late = errors.Is(err, ErrFieldLost)
		v.Stage, v.Work, v.Until = Resting, "", time.Time{}
		if reason != ReasonNone {
			v.Notice = reason
			v.Notices++
		}
	})
}

// Dismiss takes a result off the screen.
func (c *Card) Dismiss() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view.Stage != Ended && c.view.Stage != Again && c.view.Stage != Asked {
		return ErrNothing
	}
	c.view.Stage, c.view.Notice = Resting, ReasonNone
	c.Show(c.view)
	return nil
}
