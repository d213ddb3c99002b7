package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/app/wallet/client/cardapplication"
	"countersign/app/wallet/client/session"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
)

// How the client keeps its trusted application: much is killed here.
const (
	restarts    = 10
	restartsIn  = time.Second
	restart     = 10 * time.Millisecond
	opening     = time.Minute
	closing     = 10 * time.Second
	tapPatience = 2 * time.Second
)

// phone is the client application.
type phone struct {
	options
	talk        *victim.Talk
	points      *victim.Points
	keeper      *session.Keeper
	trusted     *commands.Client
	application *cardapplication.Application
	clock       *stopwatch

	mu     sync.Mutex
	handle []byte // the card's number as the client holds it, sealed
	stay   *stay  // in the field; nil out of it
	hold   string // the point at which the card stands still
	held   chan struct{}
}

// invoker is the session, once it is open.
type invoker struct {
	phone *phone
	ready chan struct{}
}

func (i invoker) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	select {
	case <-i.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if command >= commands.TapSelect && command <= commands.TapRecover {
		defer i.phone.clock.since("tee", time.Now())
	}
	return i.phone.keeper.InvokeCommand(ctx, command, in)
}

// client is the client application's process.
func client(ctx context.Context, o options, talk *victim.Talk) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	p := &phone{options: o, talk: talk, points: victim.NewPoints(talk), clock: newStopwatch()}
	later := invoker{p, make(chan struct{})}
	p.trusted = commands.NewClient(later)
	p.application = cardapplication.New(cardapplication.Options{Trusted: p.trusted.Taps(), Card: p.card, Log: quiet, Patience: tapPatience})
	start := clientapi.Options{
		Environment: o.environment, Log: filepath.Join(o.data, "monitor.log"), Stderr: os.Stderr,
		Trusted: []string{self, "trusted", "--world", o.world, "--shop", strconv.Itoa(o.shop), "--settlement", o.settlement, "--data", o.data, "--orders", o.orders},
		OnEvent: func(kind uint32, data []byte) { p.trusted.Event(kind, data) }, Dial: new(net.Dialer).DialContext,
	}
	first, stop := context.WithTimeout(ctx, opening)
	defer stop()
	p.keeper, err = session.Open(first, session.Options{
		Start: func(ctx context.Context) (*clientapi.Context, error) { return clientapi.Initialize(ctx, start) },
		Told: func(_ context.Context, s session.State) {
			if s == session.Serving {
				talk.Say(victim.Word{Say: "serving"})
			}
		},
		Log: quiet, Most: restarts, Within: restartsIn, First: restart,
	})
	if err != nil {
		return err
	}
	close(later.ready)
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer stop()
		err = errors.Join(err, p.leave(), p.keeper.Close(ctx))
	}()
	if _, err := p.status(first); err != nil {
		return err
	}
	talk.Say(victim.Word{Say: victim.Ready, Points: []string{pointHeard, pointAnswered}})
	return talk.Orders(p.points, func(order victim.Order) error { return p.obey(ctx, order) })
}

func (p *phone) card() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.handle
}

// status asks how the card stands, and holds its number.
func (p *phone) status(ctx context.Context) (commands.CardView, error) {
	v, err := p.trusted.CardStatus(ctx)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.handle = v.Handle
	}
	return v, err
}

type loading struct {
	Amount  protocol.Amount
	Waiting bool
}

func (p *phone) obey(ctx context.Context, o victim.Order) error {
	ctx, stop := context.WithTimeout(ctx, opening)
	defer stop()
	switch o.Do {
	case "apply":
		return p.afterwards(ctx, o.Do, p.trusted.ApplyCard(ctx, 0))
	case "load":
		var l loading
		if err := json.Unmarshal(o.With, &l); err != nil {
			return err
		}
		return p.afterwards(ctx, o.Do, p.trusted.LoadCard(ctx, l.Amount, l.Waiting))
	case "refresh":
		return p.afterwards(ctx, o.Do, p.trusted.RefreshCard(ctx))
	case "card":
		return p.afterwards(ctx, o.Do, nil)
	case "enter":
		return p.enter(ctx, o.With)
	case "leave":
		err := p.leave()
		p.talk.Say(victim.Word{Say: o.Do})
		return err
	case "hold":
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held = make(chan struct{})
		if err := json.Unmarshal(o.With, &p.hold); err != nil {
			return err
		}
		p.talk.Say(victim.Word{Say: o.Do})
	case "release":
		p.mu.Lock()
		defer p.mu.Unlock()
		close(p.held)
		p.hold = ""
	case "times":
		p.talk.Answer("times", p.clock.take())
	default:
		return fmt.Errorf("no order %q", o.Do)
	}
	return nil
}

// afterwards answers with how the card stands, or says what was wrong.
func (p *phone) afterwards(ctx context.Context, order string, err error) error {
	if err != nil {
		return err
	}
	v, err := p.status(ctx)
	if err == nil {
		p.talk.Answer(order, v)
	}
	return err
}
