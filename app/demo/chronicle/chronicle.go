// Package chronicle is what the demonstration knows of a sale: the structured
// logs of all the programs and what their windows announce, in the order in
// which they came. Whoever plays the world waits here for what happened, instead
// of looking again after a while.
//
// Lines of two programs come by two pipes, so that their order here is close to
// that of what happened, but no proof of it. A line that is no event (a panic,
// a library's warning) is no part of the chronicle; package program keeps it.
package chronicle

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Event is one thing that a program told: either a log entry or a screen.
type Event struct {
	// Party is the program: authority, settlement, desk, wallet, terminal; or the
	// wallet's trusted screen.
	Party string
	// At is when the line came.
	At time.Time
	// Entry is what the program logged, or nil.
	Entry *Entry
	// Screen is what the program's window announced, or nil.
	Screen *Screen
}

// Chronicle collects events. Its methods may be called by any goroutine.
type Chronicle struct {
	now func() time.Time

	mu     sync.Mutex
	events []Event
	more   chan struct{} // closed, and made anew, with every event
}

// New returns an empty chronicle that takes the time of its events from now.
func New(now func() time.Time) *Chronicle {
	return &Chronicle{now: now, more: make(chan struct{})}
}

// Logged takes a line of a party's structured log. A line that is none is
// passed over.
func (c *Chronicle) Logged(party string, line []byte) {
	if entry, ok := parseEntry(line); ok {
		c.add(Event{Party: party, Entry: entry})
	}
}

// Trusted is what a party's trusted screen is called, which is a window of its
// own and, to whoever watches, a party of its own.
func Trusted(party string) string { return party + "-trusted" }

// Announced takes a line that a party's window announced. A line that is none is
// passed over.
func (c *Chronicle) Announced(party string, line []byte) {
	screen, trusted := parseScreen(line)
	if trusted {
		party = Trusted(party)
	}
	if screen != nil {
		c.add(Event{Party: party, Screen: screen})
	}
}

func (c *Chronicle) add(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.At = c.now()
	c.events = append(c.events, e)
	close(c.more)
	c.more = make(chan struct{})
}

// Len is how many events there are, and so the place of the next one.
func (c *Chronicle) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.events)
}

// Match says which events are meant.
type Match func(Event) bool

// Wait returns the first event from the given place on that matches, and the
// place after it; it waits until there is one. The error is the context's cause.
func (c *Chronicle) Wait(ctx context.Context, from int, match Match) (Event, int, error) {
	for {
		c.mu.Lock()
		events, more := c.events, c.more
		c.mu.Unlock()
		for ; from < len(events); from++ {
			if match(events[from]) {
				return events[from], from + 1, nil
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, from, fmt.Errorf("waiting for what happens next: %w", context.Cause(ctx))
		}
	}
}

// Find returns the first event between two places that matches.
func (c *Chronicle) Find(from, to int, match Match) (Event, bool) {
	c.mu.Lock()
	events := c.events[:min(to, len(c.events))]
	c.mu.Unlock()
	for ; from < len(events); from++ {
		if match(events[from]) {
			return events[from], true
		}
	}
	return Event{}, false
}

// Now is the screen that a party's window shows, nil before its first
// announcement.
func (c *Chronicle) Now(party string) *Screen {
	now, _ := c.Showing(party)
	return now
}

// Showing is Now, and the place after its announcement: what is told from there on
// happened while it was shown.
func (c *Chronicle) Showing(party string) (now *Screen, since int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.events) - 1; i >= 0; i-- {
		if e := c.events[i]; e.Party == party && e.Screen != nil {
			return e.Screen, i + 1
		}
	}
	return nil, 0
}
