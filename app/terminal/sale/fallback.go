package sale

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// Fallback is what serves where a finger cannot be read (CN103985036A, step 11, has
// none): some people have no readable print, and some hands are wet.
type Fallback string

// The fallbacks. Settlement has the last word: by its own bounds it accepts a holder
// verified by PIN, or does not.
const (
	// FallbackRefuse ends the sale, and nothing else is offered.
	FallbackRefuse Fallback = "refuse"
	// FallbackPIN ends the sale and offers another, whose payment says that the phone
	// verified its holder by PIN.
	FallbackPIN Fallback = "pin"
)

// ErrFallback says that an unknown fallback was set.
var ErrFallback = errors.New("no such fallback")

// ParseFallback reads a setting. Errors: ErrFallback.
func ParseFallback(text string) (Fallback, error) {
	switch f := Fallback(text); f {
	case FallbackRefuse, FallbackPIN:
		return f, nil
	}
	return "", fmt.Errorf("%w: %q", ErrFallback, text)
}

// ErrNoFallback says that this sale is not, or not now, one that the phone's PIN may
// stand in for a finger.
var ErrNoFallback = errors.New("the phone's PIN does not stand in for the finger here")

// errNoFinger is why a sale's context ends when the cashier says that the customer has
// no finger that can be read.
var errNoFinger = errors.New("no finger that can be read")

// byPINAllowed says whether the phone's PIN may stand in for a finger at this
// amount.
func (t *Till) byPINAllowed(amount protocol.Amount) bool {
	return t.Fallback == FallbackPIN && amount <= t.PINMost
}

// offersPIN says so of a sale that asks, or has asked, for a finger. Once a finger
// was compared and was another's, its owner's PIN is no answer to that.
func (s *payment) offersPIN() bool {
	return !s.entry.ByPIN && s.entry.Attempt <= 1 && s.till.byPINAllowed(s.entry.Amount)
}

// NoFinger ends the sale in front because the customer has no finger that can be read; it
// then offers to be paid by PIN. Errors: ErrNoSale, ErrTooLate, ErrNoFallback.
func (t *Till) NoFinger() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.front == nil:
		return ErrNoSale
	case t.front.view.Stage != Finger || !t.front.view.ByPIN:
		return ErrNoFallback
	case !t.front.view.Cancellable:
		return ErrTooLate
	}
	t.front.cancel(errNoFinger)
	return nil
}

// BeginByPIN takes an ended sale that offers it off the screen, and begins another of
// the same amount, whose payment has the phone verify its holder by PIN. Errors: those
// of Begin, ErrNoSale, ErrNoFallback.
func (t *Till) BeginByPIN() error {
	duty := t.duty()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return ErrClosed
	case t.front == nil:
		return ErrNoSale
	case t.front.view.Stage != Ended || !t.front.view.ByPIN:
		return ErrNoFallback
	}
	ended := t.front
	t.front = nil
	err := t.beginLocked(ended.bill, true, duty)
	if err != nil {
		t.front = ended
	}
	return err
}
