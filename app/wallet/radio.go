package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"countersign/app/wallet/client/cardapplication"
	"countersign/app/wallet/client/tapping"
	"countersign/app/wallet/trusted/commands"
	"countersign/devices/contactless/virtualcard"
)

const (
	// tapPatience is how long the trusted application may take for a terminal's
	// command.
	tapPatience = 2 * time.Second
	// quietFor is how long nothing is asked any more when a tap is over, and
	// quietMost how long that is waited for.
	quietFor, quietMost = 300 * time.Millisecond, 2 * time.Second
)

// radio is the phone's front end: a card before the reader at an address.
type radio struct {
	address     string
	application *cardapplication.Application
	log         *slog.Logger

	handle atomic.Pointer[[]byte] // the card's number as the client holds it, sealed
}

func newRadio(address string, trusted *commands.Client, log *slog.Logger) *radio {
	r := &radio{address: address, log: log}
	r.application = cardapplication.New(cardapplication.Options{Trusted: trusted.Taps(), Card: r.card, Log: log, Patience: tapPatience})
	return r
}

func (r *radio) card() []byte {
	if handle := r.handle.Load(); handle != nil {
		return *handle
	}
	return nil
}

// hold has the client hold the card's number, as step S1 left it.
func (r *radio) hold(handle []byte) { r.handle.Store(&handle) }

// Enter brings the phone into the field.
func (r *radio) Enter(ctx context.Context) (tapping.Presence, error) {
	p := &presence{}
	p.last.Store(time.Now().UnixNano())
	r.application.Reset(ctx)
	card, err := virtualcard.Attach(ctx, r.address, virtualcard.Options{
		Handler: func(ctx context.Context, apdu []byte) []byte {
			p.busy.Add(1)
			defer func() {
				p.last.Store(time.Now().UnixNano())
				p.busy.Add(-1)
			}()
			return r.application.Handle(ctx, apdu)
		},
		Power: func(virtualcard.Power) { r.application.Reset(ctx) },
	})
	if err != nil {
		return nil, err
	}
	r.log.InfoContext(ctx, "phone in the field")
	p.card = card
	p.left = func() {
		r.application.Reset(ctx)
		r.log.InfoContext(ctx, "phone out of the field")
	}
	return p, nil
}

// presence is one stay in a field.
type presence struct {
	card *virtualcard.Card
	last atomic.Int64 // when an APDU was answered last, UnixNano
	busy atomic.Int32 // APDUs that are being answered
	left func()
}

// Gone is closed when the phone has left the field.
func (p *presence) Gone() <-chan struct{} { return p.card.Done() }

// Leave takes the phone out once the terminal asks nothing any more: its answer may
// be fetched in parts.
func (p *presence) Leave() error {
	most := time.After(quietMost)
	for wait := true; wait; {
		quiet := quietFor - time.Since(time.Unix(0, p.last.Load()))
		if p.busy.Load() > 0 {
			quiet = quietFor
		}
		if quiet <= 0 {
			break
		}
		select {
		case <-time.After(quiet):
		case <-p.card.Done():
			wait = false
		case <-most:
			wait = false
		}
	}
	err := p.card.Close()
	p.left()
	return err
}
