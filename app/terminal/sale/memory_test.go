package sale

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// memory is a journal in memory that can fail.
type memory struct {
	mu      sync.Mutex
	entries []Entry
	number  uint64
	fail    Event
	full    bool
	off     bool        // without power
	before  func(Event) // called when an entry is about to be written
	after   func(Event) // called when an entry is on the disk
}

func (m *memory) Append(_ context.Context, e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.before != nil {
		m.before(e.Event)
	}
	if m.off {
		return errPower
	}
	if e.Event == m.fail {
		if m.full {
			return fmt.Errorf("append: %w", ErrFull)
		}
		return errors.New("input/output error")
	}
	if m.after != nil {
		defer m.after(e.Event)
	}
	m.entries = append(m.entries, e)
	return nil
}

// setFail has entries of an event fail; "" mends it.
func (m *memory) setFail(e Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = e
}

func (m *memory) NextNumber() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.number++
	return m.number
}

func (m *memory) LastNumber() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.number
}

func (m *memory) Open(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := map[uint64]Entry{}
	for _, e := range m.entries {
		last[e.Sale] = e
	}
	var open []Entry
	for _, e := range last {
		if !e.Over() {
			open = append(open, e)
		}
	}
	slices.SortFunc(open, func(a, b Entry) int { return int(a.Sale) - int(b.Sale) })
	return open, nil
}

func (m *memory) Sold(_ context.Context, number, reference uint64) (Sold, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Gather(func(visit func(Entry) error) error {
		for _, e := range m.entries {
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	}, number, reference)
}

// noted are the alerts that were journalled under an event.
func (m *memory) noted(event Event) []Alert {
	m.mu.Lock()
	defer m.mu.Unlock()
	var alerts []Alert
	for _, e := range m.entries {
		if e.Event == event {
			alerts = append(alerts, *e.Alert)
		}
	}
	return alerts
}

// events are those of one sale, in order.
func (m *memory) events(number uint64) []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	var events []Event
	for _, e := range m.entries {
		if e.Sale == number {
			events = append(events, e.Event)
		}
	}
	return events
}

// last is the last entry of one sale.
func (m *memory) last(number uint64) (last Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.Sale == number {
			last = e
		}
	}
	return last
}
