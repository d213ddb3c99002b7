package link

import (
	"sync"
	"time"
)

// deadline is a time that can be moved while others wait for it.
type deadline struct{ *deadlineState }

type deadlineState struct {
	mu    sync.Mutex
	timer *time.Timer
	done  chan struct{} // closed when the time has passed
}

func newDeadline() deadline { return deadline{&deadlineState{done: make(chan struct{})}} }

// set moves it; the zero time means never.
func (d deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.done // its function runs: let it close the channel
	}
	d.timer = nil
	closed := false
	select {
	case <-d.done:
		closed = true
	default:
	}
	if t.IsZero() {
		if closed {
			d.done = make(chan struct{})
		}
		return
	}
	if wait := time.Until(t); wait > 0 {
		if closed {
			d.done = make(chan struct{})
		}
		done := d.done
		d.timer = time.AfterFunc(wait, func() { close(done) })
		return
	}
	if !closed {
		close(d.done)
	}
}

// passed is closed while the time has passed.
func (d deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done
}
