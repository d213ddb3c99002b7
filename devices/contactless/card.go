package contactless

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"countersign/protocol/iso7816"

	"github.com/ebfe/scard"
)

// Card is a card in the field that nobody else talks to. Exchanges come one after
// the other; Close may be called from anywhere, at any time, and more than once.
type Card struct {
	r      *Reader
	reader string
	events uint32 // the reader's count when the card was found
	ctx    context.Context
	cancel context.CancelFunc // ends an exchange that is under way

	mu    sync.Mutex // held through an exchange
	scard *scard.Context
	card  *scard.Card
	dead  error // why nothing more is exchanged
	gone  bool  // connection and context are released, or will be by the call that was given up
	stats Stats
}

// connect connects to the card before a reader, with a context of its own: a wait
// locks the one that it uses.
func (r *Reader) connect(ctx context.Context, reader string) (*Card, error) {
	c := &Card{r: r, reader: reader}
	var there bool
	if c.events, there = r.events(reader); !there {
		return nil, fmt.Errorf("connect to the card: %w", ErrNoReader)
	}
	if r.isSilent(reader) {
		return nil, fmt.Errorf("connect to the card: %w: nor has it to an earlier command", ErrTimeout)
	}
	c.ctx, c.cancel = context.WithCancel(r.ctx)
	_, err := do(ctx, &r.calls, callLimit, func() (struct{}, error) {
		return struct{}{}, c.begin()
	}, func(_ struct{}, err error) {
		if err == nil {
			_ = c.Close()
		}
	})
	if err != nil {
		c.cancel()
		if errors.Is(err, errLate) {
			err = fmt.Errorf("%w: %w", ErrTimeout, err)
		}
		return nil, fmt.Errorf("connect to the card: %w", kind(err))
	}
	return c, nil
}

// begin connects, and lets the Reader know, which closes the card when it is closed itself.
func (c *Card) begin() (err error) {
	if c.scard, err = scard.EstablishContext(); err != nil {
		return err
	}
	if c.card, err = c.scard.Connect(c.reader, scard.ShareExclusive, scard.ProtocolT1); err != nil {
		_ = c.scard.Release()
		return err
	}
	c.r.mu.Lock()
	closed := c.r.cards == nil
	if !closed {
		c.r.cards[c] = struct{}{}
	}
	c.r.mu.Unlock()
	if closed {
		c.release()
		return ErrClosed
	}
	return nil
}

// release gives the card back. It leaves the card's power to the service, which
// takes it away within two of its looks: told to take it from a card that has left
// already, the service calls the field empty, and misses a phone that comes within
// the same look for as long as that stays.
func (c *Card) release() {
	_ = c.card.Disconnect(scard.LeaveCard)
	_ = c.scard.Release()
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.left[c.reader] = leaving{c.events, c.r.o.Clock()}
}

// Reader is the name of the reader before which the card is.
func (c *Card) Reader() string { return c.reader }

// Stats returns what was exchanged so far.
func (c *Card) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Exchange sends a whole command, chained where it is long, and returns the whole
// answer. A status word of an error is no error here.
//
// Any error but that of a command that cannot be sent is the end of this card: from
// then on every exchange is an [ErrCardLost]. It fails with [ErrCardLost], [ErrNoReader],
// [ErrServiceLost], [ErrTimeout] after [Options].Limit, the context's error, [ErrClosed],
// or what [iso7816.Exchange] says of a card that breaks the rules.
func (c *Card) Exchange(ctx context.Context, command iso7816.Command) (iso7816.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return iso7816.Response{}, fmt.Errorf("exchange with card: %w: %w", ErrCardLost, c.dead)
	}
	limited, cancel := context.WithTimeoutCause(ctx, c.r.o.Limit, ErrTimeout)
	defer cancel()
	limited, cancelCause := context.WithCancelCause(limited)
	defer cancelCause(nil)
	defer context.AfterFunc(c.ctx, func() { cancelCause(ErrClosed) })()

	answer, stats, err := iso7816.Exchange(limited, c.transmit, command)
	c.stats.Stats = c.stats.Stats.Add(stats)
	if err == nil {
		return answer, nil
	}
	if errors.Is(err, limited.Err()) {
		// Which of the three it was: the caller's context, the limit, or Close.
		if why := context.Cause(limited); !errors.Is(err, why) {
			err = fmt.Errorf("%w: %w", why, err)
		}
	}
	err = fmt.Errorf("exchange with card: %w", err)
	if stats.APDUs > 0 || limited.Err() != nil {
		c.die(err)
	}
	return iso7816.Response{}, err
}

// transmit sends one APDU.
func (c *Card) transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if now, there := c.r.events(c.reader); there && now != c.events {
		return nil, fmt.Errorf("%w: another may be there now", ErrCardLost)
	}
	begin := c.r.o.Clock()
	c.r.silent(c.reader, +1)
	// The context ends first, and says why; the limit is for a clock that does not run.
	answer, err := do(ctx, &c.r.calls, c.r.o.Limit+turn, func() ([]byte, error) {
		return c.card.Transmit(apdu)
	}, func([]byte, error) {
		c.release()
		c.r.silent(c.reader, -1)
	})
	if !isGivenUp(err) {
		c.r.silent(c.reader, -1)
	}
	switch {
	case isGivenUp(err):
		c.gone = true
		if errors.Is(err, errLate) {
			err = fmt.Errorf("%w: %w", ErrTimeout, err)
		}
	case err != nil:
		err = kind(err)
	case len(answer) < 2:
		// The service says that all went well when the link is lost within an answer.
		err = fmt.Errorf("%w: an answer of %d bytes", ErrCardLost, len(answer))
	}
	t := Transmission{Reader: c.reader, Sent: len(apdu), Took: c.r.o.Clock().Sub(begin), Err: err}
	if err == nil {
		t.Received = len(answer)
	}
	c.stats.InTransmit += t.Took
	if c.r.o.Observe != nil {
		c.r.o.Observe(t)
	}
	return answer, err
}

// die makes the card useless and gives it back. c.mu is held.
func (c *Card) die(why error) {
	if c.dead == nil {
		c.dead = why
		c.r.brokeOff(c.reader, errors.Is(why, ErrCardLost))
	}
	c.cancel()
	if !c.gone {
		c.gone = true
		_, _ = do(context.Background(), &c.r.calls, callLimit, func() (struct{}, error) {
			c.release()
			return struct{}{}, nil
		}, func(struct{}, error) {})
	}
	c.r.mu.Lock()
	delete(c.r.cards, c)
	c.r.mu.Unlock()
}

// Close lets the card go; it loses its power within a second. An exchange that is under way ends with
// [ErrClosed]; later ones are [ErrCardLost].
func (c *Card) Close() error {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.die(ErrClosed)
	return nil
}

// silent counts the commands to a reader's card that are not answered yet.
func (r *Reader) silent(reader string, more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unanswered[reader] += more
}

// isSilent reports whether a command to a reader's card is not answered yet.
func (r *Reader) isSilent(reader string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unanswered[reader] > 0
}
