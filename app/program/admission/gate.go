// Package admission bounds what a server carries at once. A message beyond its
// capacity is refused at once, before any work is spent on it: a caller that is
// told soon comes back when there is room, one that waits until its time-out
// comes back while the first message is still being worked on, and the server
// works for nobody.
//
// # Guarantees
//
//   - At most Places messages are carried at once and at most Queue wait, none of
//     them longer than Wait. Enter never waits longer than that.
//   - Who waits longest is let in first.
//   - A refused message has used nothing but its turn at the gate.
//
// A server that must not let one kind of message starve another gives each kind
// a gate of its own.
package admission

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrFull says that the message is to be refused: the server carries what it can.
var ErrFull = errors.New("too many messages at once")

// Limits are how much a gate lets in.
type Limits struct {
	// Places is how many messages are carried at once, at least 1.
	Places int
	// Queue is how many more wait for a place; 0 for none.
	Queue int
	// Wait is how long they wait at most.
	Wait time.Duration
}

// Gate lets messages in. It is safe for concurrent use.
type Gate struct {
	limits  Limits
	places  chan struct{}
	waiting atomic.Int64
}

// Check returns an error if the limits do not go together.
func (l Limits) Check() error {
	if l.Places < 1 || l.Queue < 0 || l.Wait < 0 || l.Queue > 0 && l.Wait == 0 {
		return fmt.Errorf("limits of %d places, a queue of %d and a wait of %v do not go together", l.Places, l.Queue, l.Wait)
	}
	return nil
}

// New returns an open gate. It panics if the limits do not go together: what a
// person chose is to be checked before.
func New(l Limits) *Gate {
	if err := l.Check(); err != nil {
		panic(err)
	}
	return &Gate{limits: l, places: make(chan struct{}, l.Places)}
}

// Enter returns when the message may be carried; leave is to be called once, when
// it was. It fails with [ErrFull], or because ctx ended.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.places <- struct{}{}:
		return g.leave, nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(g.limits.Queue) {
		return nil, ErrFull
	}
	patience := time.NewTimer(g.limits.Wait)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}: // the runtime serves senders in their order
		return g.leave, nil
	case <-patience.C:
		return nil, ErrFull
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a place: %w", context.Cause(ctx))
	}
}

func (g *Gate) leave() { <-g.places }

// Carried is how many messages are being carried.
func (g *Gate) Carried() int { return len(g.places) }

// Waiting is how many messages wait for a place.
func (g *Gate) Waiting() int { return int(g.waiting.Load()) }
