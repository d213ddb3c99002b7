package contactless

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errLate: a call into the library was given up.
var errLate = errors.New("no answer within the limit")

// calls runs calls into the library, none of which can be broken off once begun.
type calls struct {
	mu     sync.Mutex
	within int
	idle   chan struct{} // not nil once closed; closed when nobody is within
}

func (c *calls) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle != nil {
		return false
	}
	c.within++
	return true
}

func (c *calls) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.within--; c.within == 0 && c.idle != nil {
		close(c.idle)
	}
}

// close lets no further call begin, and waits for those that have. It reports
// whether all have ended within the limit.
func (c *calls) close(limit time.Duration) bool {
	c.mu.Lock()
	if c.idle == nil {
		c.idle = make(chan struct{})
		if c.within == 0 {
			close(c.idle)
		}
	}
	idle := c.idle
	c.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
		return true
	case <-timer.C:
		return false
	}
}

// givenUp is the error of a call that goes on without its caller.
type givenUp struct{ why error }

func (g *givenUp) Error() string { return "gave up: " + g.why.Error() }
func (g *givenUp) Unwrap() error { return g.why }

// isGivenUp reports whether the call that err is of may go on still.
func isGivenUp(err error) bool {
	var g *givenUp
	return errors.As(err, &g)
}

// do runs call and returns what it does. When the context ends before, or limit is
// over, the error is a givenUp with the context's error or errLate in it; call goes
// on, and abandoned gets its result, in its goroutine.
func do[T any](ctx context.Context, c *calls, limit time.Duration, call func() (T, error), abandoned func(T, error)) (T, error) {
	var none T
	if !c.enter() {
		return none, ErrClosed
	}
	type result struct {
		value T
		err   error
	}
	var mu sync.Mutex
	left := false
	results := make(chan result, 1)
	go func() {
		defer c.leave()
		value, err := call()
		mu.Lock()
		alone := left
		if !alone {
			results <- result{value, err}
		}
		mu.Unlock()
		if alone {
			abandoned(value, err)
		}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var why error
	select {
	case r := <-results:
		return r.value, r.err
	case <-ctx.Done():
		why = ctx.Err()
	case <-timer.C:
		why = errLate
	}
	mu.Lock()
	defer mu.Unlock()
	select {
	case r := <-results: // after all
		return r.value, r.err
	default:
		left = true
		return none, &givenUp{why}
	}
}
