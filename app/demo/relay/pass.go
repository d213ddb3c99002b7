package relay

import (
	"io"
	"time"
)

// window is how many pieces of an answer may be on their way.
const window = 256

// piece is a part of an answer, and when it is due.
type piece struct {
	bytes []byte
	due   time.Time
}

// up passes on what the shop says, at once.
func (r *Relay) up(l *link) {
	_, _ = io.Copy(l.far, asking{l}) // its end is the connection's, and the near end sees it
	_ = l.far.CloseWrite()
}

// asking is the near end, of whose words is kept whether they come after an answer.
type asking struct{ *link }

func (a asking) Read(p []byte) (int, error) {
	n, err := a.near.Read(p)
	if n > 0 && a.answered.Load() {
		a.asked.Store(true)
	}
	return n, err
}

// down passes on what settlement answers, each piece after the delay that was
// set when it came.
func (r *Relay) down(l *link) {
	pieces := make(chan piece, window)
	r.running.Go(func() {
		defer close(pieces)
		for {
			buffer := make([]byte, 16<<10)
			n, err := l.far.Read(buffer)
			if n > 0 {
				due := time.Now()
				if l.answered.Store(true); l.asked.Load() {
					r.mu.Lock()
					due = due.Add(r.delay)
					r.mu.Unlock()
				}
				pieces <- piece{buffer[:n], due} // down empties it, whatever happens
			}
			if err != nil {
				return
			}
		}
	})
	for p := range pieces {
		if !l.until(p.due) {
			continue // lost on the way
		}
		_, _ = l.near.Write(p.bytes) // a near end that has gone is seen by up
	}
	_ = l.near.CloseWrite()
}

// until waits for a time, or says that the connection was broken before.
func (l *link) until(due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return l.broken.Err() == nil
	case <-l.broken.Done():
		return false
	}
}
