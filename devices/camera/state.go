package camera

import (
	"errors"
	"time"
)

// Phase is how a camera is.
type Phase int

const (
	PhaseOpening Phase = iota // not known yet: the first attempt is under way
	PhaseOpen                 // pictures come
	PhaseMissing              // it has never been open; attempts go on
	PhaseLost                 // it was open and gives no new pictures; attempts go on
)

// String is an English word for logs.
func (p Phase) String() string {
	switch p {
	case PhaseOpening:
		return "opening"
	case PhaseOpen:
		return "open"
	case PhaseMissing:
		return "missing"
	case PhaseLost:
		return "lost"
	}
	return "unknown"
}

// State is a camera's phase and what is the matter, for a row of marks on a screen.
type State struct {
	Phase Phase
	Err   error     // an *Error when missing or lost, else nil
	Since time.Time // by Settings.Clock
}

// State tells how the camera is now.
func (c *Camera) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// States gives the present state and every later one; a receiver that is slow finds only the latest. The channel
// is closed by Close.
func (c *Camera) States() <-chan State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states.join(c.state)
}

// opened notes that a new picture has come.
func (c *Camera) opened(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastNew = now
	if c.state.Phase != PhaseOpen {
		c.become(PhaseOpen, nil)
	}
}

// failed notes why there is no picture. A camera that was open is lost, and stays so with its first reason until
// it is open again, whatever the attempts to open it come to.
func (c *Camera) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state.Phase == PhaseOpen:
		c.become(PhaseLost, err)
	case c.state.Phase == PhaseLost:
		if errors.Is(err, ErrLost) && err.Error() != c.state.Err.Error() {
			c.become(PhaseLost, err)
		}
	case c.state.Phase == PhaseOpening || err.Error() != c.state.Err.Error():
		c.become(PhaseMissing, err)
	}
}

// become changes the state, under c.mu.
func (c *Camera) become(p Phase, err error) {
	c.state = State{Phase: p, Err: err, Since: c.settings.Clock()}
	c.states.send(c.state)
}

// guard reports a camera whose driver hangs: the goroutine that reads cannot then speak for itself.
func (c *Camera) guard() {
	defer c.owned.Done()
	tick := time.NewTicker(max(c.settings.FreezeAfter/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case now := <-tick.C:
			c.mu.Lock()
			silent := c.kind == device && c.state.Phase == PhaseOpen && now.Sub(c.lastNew) > 2*c.settings.FreezeAfter
			c.mu.Unlock()
			if silent {
				c.failed(lost(c.settings, ErrSilent, "The camera does not answer: unplug it and plug it in again."))
			}
		}
	}
}
