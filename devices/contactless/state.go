package contactless

import (
	"context"
	"fmt"
	"slices"
)

// Condition says whether phones can be read at present.
type Condition int

const (
	// ServiceLost: the PC/SC service cannot be reached. It is tried again.
	ServiceLost Condition = iota
	// NoReader: the service runs, and no reader of the name that is wanted is there.
	NoReader
	// Ready: a reader is there.
	Ready
)

// String names the condition in English.
func (c Condition) String() string {
	switch c {
	case ServiceLost:
		return "service lost"
	case NoReader:
		return "no reader"
	case Ready:
		return "ready"
	}
	return fmt.Sprintf("condition %d", int(c))
}

// State is what a [Reader] sees.
type State struct {
	Condition Condition
	// Readers are the names of the readers that are used, in the service's order.
	Readers []string
	// Cards are the names of those that have a card in their field.
	Cards []string
	// Err is nil when Ready; else it is an [ErrServiceLost] or [ErrNoReader], with
	// its cause and a hint.
	Err error
}

// same reports whether a person would see a difference.
func (s State) same(o State) bool {
	return s.Condition == o.Condition && slices.Equal(s.Readers, o.Readers) && slices.Equal(s.Cards, o.Cards)
}

// view is one reader as it was last seen.
type view struct {
	name    string
	present bool
	events  uint32 // how many cards came and went, as the service counts
}

// State returns what is seen now.
func (r *Reader) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Changed waits until the state is another than since, and returns it. It fails with
// the context's error, or [ErrClosed].
func (r *Reader) Changed(ctx context.Context, since State) (State, error) {
	for {
		now, changed := r.look()
		if !now.same(since) {
			return now, nil
		}
		if err := r.sleep(ctx, changed, nil); err != nil {
			return now, fmt.Errorf("watch contactless reader: %w", err)
		}
	}
}

// Removed waits until what [Reader.Wait] last found has left the field: until a reader
// is there and none has a card in its field. A card that broke off in an exchange
// ([ErrCardLost]) has left it by that, and what is there now came after it, even where
// the service has not looked meanwhile and its count of cards stands still.
//
// Where no reader is, or no service, nothing is known of the field: Removed waits until
// a reader is back and its field is seen empty. It fails with the context's error, or
// [ErrClosed].
func (r *Reader) Removed(ctx context.Context) error {
	for {
		free, changed := r.free()
		if free {
			return nil
		}
		if err := r.sleep(ctx, changed, nil); err != nil {
			return fmt.Errorf("wait until the card is taken away: %w", err)
		}
	}
}

// free reports whether nothing that was found before is in a field, with a channel that
// is closed when anything changes.
func (r *Reader) free() (bool, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lying := slices.ContainsFunc(r.state.Cards, func(reader string) bool { return !r.broke[reader] })
	return r.state.Condition == Ready && !lying, r.changed
}

// look returns the state and a channel that is closed when anything changes.
func (r *Reader) look() (State, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state, r.changed
}

// events returns the count of a reader's cards, and whether the reader is there.
func (r *Reader) events(name string) (uint32, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.views {
		if v.name == name {
			return v.events, true
		}
	}
	return 0, false
}

// publish makes what was seen known.
func (r *Reader) publish(c Condition, views []view, err error) {
	s := State{Condition: c, Err: err}
	for _, v := range views {
		s.Readers = append(s.Readers, v.name)
		if v.present {
			s.Cards = append(s.Cards, v.name)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen && s.same(r.state) && slices.Equal(views, r.views) {
		return
	}
	if !r.seen || s.Condition != r.state.Condition || !slices.Equal(s.Readers, r.state.Readers) {
		r.o.Log.Info("contactless reader", "condition", c.String(), "readers", s.Readers, "error", err)
	}
	r.seen, r.state, r.views = true, s, views
	r.wakeLocked()
}

// wakeLocked has everybody look again who waits for a change.
func (r *Reader) wakeLocked() {
	close(r.changed)
	r.changed = make(chan struct{})
}
