package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Power is what a reader does to a card.
type Power int

const (
	// PowerOff: the field is switched off, or the card is let go.
	PowerOff Power = iota
	// PowerOn: the card is selected in the field, and starts anew.
	PowerOn
	// PowerReset is both.
	PowerReset
)

// Handler answers one command APDU with one response APDU. Its context ends with
// the card's presence in the field.
type Handler func(ctx context.Context, apdu []byte) []byte

// Options say what the card is.
type Options struct {
	// Handler answers APDUs.
	Handler Handler
	// Power, if it is not nil, is told what the reader does: a card forgets its
	// session then.
	Power func(Power)
	// ATR is the answer to reset, at most 33 bytes; nil for [PhoneATR].
	ATR []byte
	// Faults, if it is not nil, says for each APDU (counted from 1, since the card
	// entered the field) what goes wrong with it.
	Faults func(n int, apdu []byte) Fault
}

// PhoneATR returns the answer to reset that readers make up for a phone: ISO/IEC
// 14443-4 without historical bytes (PC/SC part 3, 3.1.3.2.3.1).
func PhoneATR() []byte { return []byte{0x3B, 0x80, 0x80, 0x01, 0x01} }

// ErrDetached: the daemon ended the link, because it was killed or had no use for the card.
var ErrDetached = errors.New("reader detached the virtual card")

// Card is a card in a reader's field.
type Card struct {
	cancel  context.CancelFunc
	powered chan struct{}
	done    chan struct{}
	once    sync.Once // closes powered
	err     error     // read after done
}

// Attach puts a card into the field of the virtual reader at addr (host:port) and
// returns when it is connected; [Card.Powered] tells when the reader has found it. A
// reader that holds a card takes the next one when that has left.
func Attach(ctx context.Context, addr string, o Options) (*Card, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("attach virtual card: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &Card{cancel: cancel, powered: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer cancel()
		for next := &o; next != nil; {
			if next, c.err = c.serve(ctx, conn, *next); next == nil {
				return
			}
			if conn, c.err = dial(ctx, addr); c.err != nil {
				return
			}
		}
	}()
	return c, nil
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", addr)
}

// Powered is closed when the reader has found the card and given it power.
func (c *Card) Powered() <-chan struct{} { return c.powered }

// Done is closed when the card has left the field.
func (c *Card) Done() <-chan struct{} { return c.done }

// Err says why the card has left, after Done: nil when it did so itself, by Close,
// its context or a fault; [ErrDetached]; or what went wrong with the link.
func (c *Card) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Close takes the card out of the field and waits until its handler has returned.
// It may be called more than once.
func (c *Card) Close() error {
	c.cancel()
	<-c.done
	return c.err
}

// link is one connection to the daemon.
type link struct {
	net.Conn
	o Options
	n int // APDUs
}

// serve is one card's stay in the field. It returns the card that takes its place.
func (c *Card) serve(ctx context.Context, conn net.Conn, o Options) (*Options, error) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	l := link{Conn: conn, o: o}
	headed := quickAck(conn)
	for {
		payload, err := readFrame(conn, headed)
		if err == nil && len(payload) == 1 {
			err = c.control(&l, payload[0])
		} else if err == nil && len(payload) > 1 {
			var f Fault
			c.hasPower() // without saying so, where one card took another's place
			if f, err = l.apdu(ctx, payload); err == nil && f.Cut != Stay {
				return f.Next, nil
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrDetached, err)
		}
	}
}

func (c *Card) hasPower() { c.once.Do(func() { close(c.powered) }) }

// control does what the reader says to the card itself.
func (c *Card) control(l *link, what byte) error {
	power := func(p Power) {
		if l.o.Power != nil {
			l.o.Power(p)
		}
	}
	switch what {
	case controlOff:
		power(PowerOff)
	case controlOn:
		power(PowerOn)
		c.hasPower()
	case controlReset:
		power(PowerReset)
	case controlATR:
		atr := l.o.ATR
		if atr == nil {
			atr = PhoneATR()
		}
		return l.send(atr)
	}
	return nil // no answer is due
}

// apdu answers one APDU, with what is to go wrong with it.
func (l *link) apdu(ctx context.Context, apdu []byte) (f Fault, err error) {
	l.n++
	if l.o.Faults != nil {
		f = l.o.Faults(l.n, slices.Clone(apdu))
	}
	if f.Cut == Unheard {
		return f, nil
	}
	answer := l.o.Handler(ctx, apdu)
	if f.Late > 0 {
		late := time.NewTimer(f.Late)
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
			return f, ctx.Err()
		}
	}
	if f.Never || f.Cut == Unanswered {
		return f, nil
	}
	if f.Answer != nil {
		answer = f.Answer(answer)
	}
	if f.Cut == Within {
		return f, l.sendHalf(answer)
	}
	return f, l.send(answer)
}

func (l *link) send(payload []byte) error {
	raw, err := frame(payload)
	if err != nil {
		return err
	}
	_, err = l.Write(raw)
	return err
}

// sendHalf announces the whole payload and sends half of it, rounded up: the length
// alone would crash the daemon's driver.
func (l *link) sendHalf(payload []byte) error {
	raw, err := frame(payload)
	if err != nil {
		return err
	}
	_, err = l.Write(raw[:2+(len(payload)+1)/2])
	return err
}
