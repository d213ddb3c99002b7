package tapping

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// phone is a trusted application and a radio that do what a test wants.
type phone struct {
	mu               sync.Mutex
	arm, load, enter error
	armed            bool
	presences        []*stay
	balance          protocol.Sum
	changed          chan View
	came             chan *stay // those of presences
	quick            func()     // what happens before it is known that the phone has come
	stuck            bool       // the trusted application does not answer any more
}

// stay is one presence in a field.
type stay struct {
	gone chan struct{}
	once sync.Once
	left bool
}

func (s *stay) Leave() error          { s.left = true; s.lose(); return nil }
func (s *stay) Gone() <-chan struct{} { return s.gone }
func (s *stay) lose()                 { s.once.Do(func() { close(s.gone) }) }

func (p *phone) CardStatus(context.Context) (commands.CardView, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return commands.CardView{View: purse.View{Card: true, Balance: p.balance}}, nil
}
func (p *phone) ApplyCard(context.Context, int) error { return nil }
func (p *phone) LoadCard(_ context.Context, amount protocol.Amount, _ bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.load == nil {
		p.balance += protocol.Sum(amount)
	}
	return p.load
}
func (p *phone) TransferCard(context.Context, protocol.CardNumber, protocol.Amount) error { return nil }
func (p *phone) RefreshCard(context.Context) error                                        { return nil }
func (p *phone) ShowCardNumber(context.Context) error                                     { return nil }
func (p *phone) TrustClock(context.Context) error                                         { return nil }
func (p *phone) ArmCard(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = p.arm == nil
	return p.arm
}
func (p *phone) DisarmCard(ctx context.Context) error {
	if p.stuck {
		<-ctx.Done()
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	return nil
}
func (p *phone) Enter(context.Context) (Presence, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.enter != nil {
		return nil, p.enter
	}
	s := &stay{gone: make(chan struct{})}
	p.presences = append(p.presences, s)
	p.came <- s
	if p.quick != nil {
		p.quick()
	}
	return s, nil
}

func open(t *testing.T, p *phone) *Card {
	t.Helper()
	p.changed, p.came = make(chan View, 256), make(chan *stay, 8)
	c := Open(t.Context(), Ports{Trusted: p, Radio: p, Log: slog.New(slog.DiscardHandler), Now: time.Now, Show: func(v View) { p.changed <- v }})
	t.Cleanup(func() {
		c.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		for i, s := range p.presences {
			if !s.left {
				t.Errorf("the phone has not left field %d", i+1)
			}
		}
		if p.armed {
			t.Error("the card is still armed")
		}
	})
	return c
}

// until waits for a view.
func (p *phone) until(t *testing.T, what string, want func(View) bool) View {
	t.Helper()
	over := time.After(10 * time.Second)
	for {
		select {
		case v := <-p.changed:
			if want(v) {
				return v
			}
		case <-over:
			t.Fatalf("no view: %s", what)
		}
	}
}

func stage(s Stage) func(View) bool { return func(v View) bool { return v.Stage == s } }

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCloseWhileStuck: a trusted application that answers no more does not keep the
// phone from ending.
func TestCloseWhileStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phone{stuck: true, changed: make(chan View, 256), came: make(chan *stay, 8)}
		c := Open(t.Context(), Ports{Trusted: p, Radio: p, Log: slog.New(slog.DiscardHandler), Now: time.Now, Show: func(v View) { p.changed <- v }})
		do(t, c.Tap())
		<-p.came
		began := time.Now()
		c.Close()
		if waited := time.Since(began); waited != farewell {
			t.Errorf("it took %v", waited)
		}
	})
}

func TestPaid(t *testing.T) {
	p := &phone{balance: 40000}
	c := open(t, p)
	p.until(t, "known", func(v View) bool { return v.Known && v.Radio && v.Card.Balance == 40000 })
	do(t, c.Tap())
	p.until(t, "held", stage(Held))
	if err := c.Tap(); !errors.Is(err, ErrBusy) {
		t.Errorf("a second tap: %v", err)
	}
	if err := c.Load(1, false); !errors.Is(err, ErrBusy) {
		t.Errorf("a load meanwhile: %v", err)
	}
	c.Event(purse.Event{Kind: purse.ShowPaid, Amount: 7800, Other: "Corner Café"})
	if v := p.until(t, "paid", stage(Ended)); v.Event.Amount != 7800 || v.Event.Other != "Corner Café" {
		t.Errorf("%+v", v.Event)
	}
	do(t, c.Dismiss())
	p.until(t, "at rest", stage(Resting))
}

// A tap above the limit is confirmed on the trusted screen, then held again.
func TestConfirmed(t *testing.T) {
	p := &phone{}
	c := open(t, p)
	do(t, c.Tap())
	p.until(t, "held", stage(Held))
	c.Event(purse.Event{Kind: purse.ShowTapAgain}) // of another time
	c.Event(purse.Event{Kind: purse.ShowConfirm, Amount: 50000})
	p.until(t, "asked", stage(Asked))
	c.Event(purse.Event{Kind: purse.ShowTapAgain, Amount: 50000})
	p.until(t, "again", stage(Again))
	do(t, c.Tap())
	p.until(t, "held again", stage(Held))
	c.Event(purse.Event{Kind: purse.ShowPaid, Amount: 50000})
	p.until(t, "paid", stage(Ended))
	for range 2 {
		<-p.came
	}
}

func TestNotPaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		phone  *phone
		then   func(*Card, *phone) error
		reason Reason
	}{
		{"PIN declined", &phone{arm: trusted.ErrDeclined}, nil, ReasonDeclined},
		{"PIN locked", &phone{arm: &trusted.LockedError{For: time.Minute}}, nil, ReasonLocked},
		{"no PIN", &phone{arm: trusted.ErrNoPIN}, nil, ReasonNoPIN},
		{"rolled back", &phone{arm: purse.ErrRolledBack}, nil, ReasonRolledBack},
		{"trusted application gone", &phone{arm: trusted.ErrEnded}, nil, ReasonEnded},
		{"no radio", &phone{enter: errors.New("connection refused")}, nil, ReasonRadio},
		{"taken out by the reader", &phone{}, func(_ *Card, p *phone) error {
			(<-p.came).lose()
			return nil
		}, ReasonField},
		{"lifted by its owner", &phone{}, func(c *Card, _ *phone) error { return c.Lift() }, ReasonNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			card := open(t, c.phone)
			do(t, card.Tap())
			if c.then != nil {
				c.phone.until(t, "held", stage(Held))
				do(t, c.then(card, c.phone))
			} else {
				c.phone.until(t, "asked for the PIN", stage(Unlocking))
			}
			if v := c.phone.until(t, "at rest", stage(Resting)); v.Notice != c.reason {
				t.Errorf("because of %q, want %q", v.Notice, c.reason)
			}
			if err := card.Lift(); !errors.Is(err, ErrNothing) {
				t.Errorf("lifted once more: %v", err)
			}
		})
	}
}

func TestLoads(t *testing.T) {
	p := &phone{}
	c := open(t, p)
	do(t, c.Load(500, false))
	p.until(t, "loading", func(v View) bool { return v.Stage == Working && v.Work == Loading })
	p.until(t, "loaded", func(v View) bool { return v.Stage == Resting && v.Card.Balance == 500 })
	p.mu.Lock()
	p.load = errors.Join(commands.ErrCardRefused, purse.ErrFunds)
	p.mu.Unlock()
	do(t, c.Load(500, false))
	p.until(t, "refused", func(v View) bool { return v.Stage == Resting && v.Notice == ReasonFunds })
	if err := c.Dismiss(); !errors.Is(err, ErrNothing) {
		t.Errorf("dismissed nothing: %v", err)
	}
}

// A phone without a radio has a card all the same.
func TestNoRadio(t *testing.T) {
	p := &phone{changed: make(chan View, 16)}
	c := Open(t.Context(), Ports{Trusted: p, Log: slog.New(slog.DiscardHandler), Now: time.Now, Show: func(v View) { p.changed <- v }})
	defer c.Close()
	if v := p.until(t, "known", func(v View) bool { return v.Known }); v.Radio {
		t.Error("it shows a radio")
	}
	if err := c.Tap(); !errors.Is(err, ErrNoRadio) {
		t.Error(err)
	}
}

// A terminal asks about a tap that was given up before it charges: what the owner is shown
// is what the stay in the field came to, not what was asked first.
func TestPaidBehindARecovery(t *testing.T) {
	for kind, want := range map[purse.Show]Stage{purse.ShowPaid: Ended, purse.ShowConfirm: Asked, purse.ShowFunds: Ended} {
		p := &phone{}
		c := open(t, p)
		do(t, c.Tap())
		p.until(t, "held", stage(Held))
		c.Event(purse.Event{Kind: purse.ShowRecovered, Amount: 700})
		c.Event(purse.Event{Kind: kind, Amount: 50})
		p.until(t, string(kind), func(v View) bool { return v.Stage == want && v.Event.Kind == kind && v.Event.Amount == 50 })
		if kind == purse.ShowConfirm {
			c.Event(purse.Event{Kind: purse.ShowTapAgain})
			p.until(t, "again", stage(Again))
		}
	}
}

// A terminal may be done before the radio has said that the phone is there, and what the card
// did may be told only after the phone was taken away.
func TestToldEarlyAndLate(t *testing.T) {
	paid := purse.Event{Kind: purse.ShowPaid, Amount: 7800}
	t.Run("early", func(t *testing.T) {
		p := &phone{}
		c := open(t, p)
		p.quick = func() { c.Event(paid) }
		do(t, c.Tap())
		p.until(t, "paid", stage(Ended))
	})
	t.Run("late", func(t *testing.T) {
		p := &phone{}
		c := open(t, p)
		do(t, c.Tap())
		(<-p.came).lose()
		p.until(t, "at rest", func(v View) bool { return v.Stage == Resting && v.Notice == ReasonField })
		c.Event(paid)
		if v := p.until(t, "paid", stage(Ended)); v.Notice != ReasonNone || v.Event.Amount != 7800 {
			t.Errorf("have %+v", v)
		}
	})
	t.Run("of another time", func(t *testing.T) {
		p := &phone{}
		c := open(t, p)
		do(t, c.Tap())
		(<-p.came).lose()
		p.until(t, "at rest", func(v View) bool { return v.Stage == Resting && v.Notice == ReasonField })
		do(t, c.Refresh())
		p.until(t, "refreshing", stage(Working))
		p.until(t, "refreshed", stage(Resting))
		c.Event(paid)
		do(t, c.Tap())
		if v := p.until(t, "the next", func(v View) bool { return v.Stage == Held || v.Stage == Ended }); v.Stage != Held {
			t.Errorf("have %+v", v)
		}
	})
}
