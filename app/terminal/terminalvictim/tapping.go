package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/adapter"
	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/tapreader"
	"countersign/devices/contactless"
	"countersign/protocol"
	"countersign/settlementclient"
)

// tapping is what one terminal with a contactless reader has besides: the real
// reader, the list of blocked cards, and a cashier who does as told. Nobody shows it a code.
type tapping struct {
	talk    *victim.Talk
	data    string
	radio   *contactless.Reader
	blocked *blocklist.Keeper
	unit    *inToken // nil where keys are in the papers
	clock   stopwatch
	gate    chan struct{} // nil where nobody is to wait
}

// shown is what the terminal shows, as it is told.
type shown struct {
	Stage, Tap, Ending, Reason, Notice string
	Notices                            int
	Number                             uint64
	Unsent                             int
	Took                               map[string]time.Duration `json:",omitempty"` // with Ended
}

// tap runs one terminal with a reader.
func tap(ctx context.Context, o options, shop virtualrealm.Shop, talk *victim.Talk) (err error) {
	o.scale = 1
	t := &tapping{talk: talk, data: o.data, clock: newStopwatch()}
	if o.gated {
		t.gate = make(chan struct{})
	}
	s := &street{options: o, talk: talk, points: victim.NewPoints(talk), tapping: t}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	if o.token != "" {
		if t.unit, err = openToken(ctx, o.token, t.clock); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.unit.Close()) }()
	}
	if t.radio, err = contactless.Open(ctx, contactless.Options{Reader: o.reader, Observe: func(x contactless.Transmission) {
		t.clock.add("transmit", x.Took)
		t.clock.count("apdus", 1)
		t.clock.count("bytes", x.Sent+x.Received)
	}}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.radio.Close()) }()
	c, err := openCounter(ctx, s, o.from, shop)
	if err != nil {
		return err
	}
	s.counters = []*counter{c}
	defer func() { err = errors.Join(err, s.close()) }()
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { t.blocked.Run(ctx) })
	if err := t.listed(ctx); err != nil {
		return err
	}
	talk.Say(victim.Word{Say: victim.Ready, Points: append(journal.FailPoints(), settlementclient.FailPoints()...)})
	talk.Say(victim.Word{Say: "open"}) // what was shown before was of a till that opens
	t.tell(c.till.View())
	running.Go(func() { t.tellField(ctx) })
	return talk.Orders(s.points, func(order victim.Order) error {
		if err, known := t.obey(ctx, c, order); known {
			return err
		}
		return s.obey(ctx, talk, order)
	})
}

// fit gives the till what taps need, and takes the customer with the code away.
func (t *tapping) fit(c *counter, ports *sale.Ports) {
	way := adapter.Clearing{Client: c.client}
	t.blocked = blocklist.Open(blocklist.Options{
		File: filepath.Join(t.data, "blocklist"), Fetch: way.Blocklist, Certificate: c.client.SignedUnder,
		Trust: func() protocol.Trust { return c.device.Trust }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	ports.Codes, ports.Fingers = nobody{}, nobody{}
	ports.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})) // the last of it is told when something is wrong
	ports.Taps = sale.Taps{Cards: gated{tapreader.Field{Reader: t.radio}, t}, Clearing: way, Blocked: t.blocked.Current,
		Settlement: func() *protocol.Signed[protocol.Certificate] { return c.device.Settlement }}
	ports.Journal = timed{ports.Journal, t.clock}
	if t.unit != nil {
		ports.Unit = t.unit
	}
	show := ports.Show
	ports.Show = func(v sale.View) { show(v); t.tell(v) }
}

// listed waits for the first list of blocked cards.
func (t *tapping) listed(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	for t.blocked.Current() == nil { // nobody tells when it is there
		if !victim.Pause(ctx, 5*time.Millisecond) {
			return errors.New("settlement has given no list of blocked cards")
		}
	}
	return nil
}

func (t *tapping) tell(v sale.View) {
	now := shown{Stage: string(v.Stage), Tap: string(v.Tap), Ending: string(v.Ending), Reason: string(v.Reason), Notice: string(v.Notice),
		Notices: v.Notices, Number: v.Number, Unsent: v.Unsent.Count}
	if v.Stage == sale.Ended {
		now.Took = t.clock.take()
	}
	t.talk.Answer("shows", now)
}

// tellField tells how many cards are in the field.
func (t *tapping) tellField(ctx context.Context) {
	for state := t.radio.State(); ; {
		t.talk.Answer("field", len(state.Cards))
		var err error
		if state, err = t.radio.Changed(ctx, state); err != nil {
			return
		}
	}
}

// obey follows an order to the cashier.
func (t *tapping) obey(ctx context.Context, c *counter, o victim.Order) (err error, known bool) {
	switch o.Do {
	case "begin":
		var amount protocol.Amount
		if err := json.Unmarshal(o.With, &amount); err != nil {
			return err, true
		}
		return c.till.Begin(amount), true
	case "cancel":
		return c.till.Cancel(), true
	case "dismiss":
		return c.till.Dismiss(), true
	case "go":
		select {
		case t.gate <- struct{}{}:
			return nil, true
		case <-ctx.Done():
			return ctx.Err(), true
		}
	}
	return nil, false
}

// gated is the reader, before which a phone that was found waits for its turn where
// terminals are measured one at a time.
type gated struct {
	tapreader.Field
	*tapping
}

// Wait implements sale.CardReader.
func (g gated) Wait(ctx context.Context) (sale.Card, error) {
	card, err := g.Field.Wait(ctx)
	if err != nil || g.gate == nil {
		return card, err
	}
	g.talk.Say(victim.Word{Say: "gate"})
	select {
	case <-g.gate:
		return card, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), card.Close())
	}
}

// nobody shows the camera a code or lays a finger on the glass.
type nobody struct{}

func (nobody) Scan(ctx context.Context, _ func(string) bool) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func (nobody) Lifted(context.Context) error { return nil }

func (nobody) Read(ctx context.Context, _ func(sale.FingerProgress)) (sale.Print, error) {
	<-ctx.Done()
	return sale.Print{}, fmt.Errorf("no finger: %w", ctx.Err())
}
