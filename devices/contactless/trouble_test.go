//go:build linux

package contactless_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/devices/contactless"
	"countersign/devices/contactless/virtualcard"
	"countersign/protocol/iso7816"
)

// isCondition is for until.
func isCondition(c contactless.Condition) func(contactless.State) bool {
	return func(s contactless.State) bool { return s.Condition == c }
}

// TestRetap: within one look of the service a phone leaves and another comes. The handle
// of the first never speaks to the second, which is found as a card of its own.
func TestRetap(t *testing.T) {
	for name, cut := range map[string]virtualcard.Cut{"unheard": virtualcard.Unheard, "unanswered": virtualcard.Unanswered, "after": virtualcard.After} {
		t.Run(name, func(t *testing.T) {
			r := open(t, contactless.Options{})
			second := newPhone()
			attach(t, 0, newPhone().options(virtualcard.Nth(2, virtualcard.Fault{Cut: cut, Next: new(second.options(nil))})))
			c := wait(t, r)
			if err := tap(t, c, 700); !errors.Is(err, contactless.ErrCardLost) {
				t.Fatalf("%v", err)
			}
			for range 3 {
				if err := tap(t, c, 10); !errors.Is(err, contactless.ErrCardLost) {
					t.Fatalf("%v", err)
				}
			}
			if got := second.commands(); len(got) != 0 {
				t.Errorf("the second phone got %v", got)
			}
			taken(t, r) // the first, though the field may never be seen empty
			for ctx := soon(t); ; {
				next := wait(t, r)
				err := errors.Join(tap(t, next, 700), next.Close())
				if err == nil {
					break
				}
				// On a slow machine the service has not had its look yet.
				if ctx.Err() != nil || !errors.Is(err, contactless.ErrCardLost) {
					t.Fatalf("the second phone: %v", err)
				}
			}
			if got := second.commands(); len(got) != 2 {
				t.Errorf("the second phone got %v", got)
			}
		})
	}
}

// TestKilled: the service dies while a card is waited for, and within an exchange.
func TestKilled(t *testing.T) {
	r := open(t, contactless.Options{})
	found := make(chan error, 1)
	ctx := soon(t)
	go func() {
		c, err := r.Wait(ctx)
		if err == nil {
			err = errors.Join(tap(t, c, 300), c.Close())
		}
		found <- err
	}()
	daemon.Kill()
	s := until(t, r, "service lost", isCondition(contactless.ServiceLost))
	if !errors.Is(s.Err, contactless.ErrServiceLost) || contactless.Hint(s.Err) == "" {
		t.Errorf("%v", s.Err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Wait(short); !errors.Is(err, contactless.ErrServiceLost) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting without a service: %v", err)
	}
	if err := daemon.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, r, "ready again", isCondition(contactless.Ready))
	phone := attach(t, 0, newPhone().options(nil))
	if err := <-found; err != nil {
		t.Errorf("who waited all the time: %v", err)
	}
	_ = phone.Close()
	taken(t, r)

	reached := make(chan struct{}, 1)
	phone = attach(t, 0, newPhone().options(func(int, []byte) virtualcard.Fault {
		reached <- struct{}{}
		return virtualcard.Fault{Never: true}
	}))
	c := wait(t, r)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Exchange(ctx, iso7816.Select(name))
		failed <- err
	}()
	<-reached
	daemon.Kill()
	lies(t, r)
	if err := <-failed; !errors.Is(err, contactless.ErrServiceLost) || errors.Is(err, contactless.ErrCardLost) {
		t.Errorf("within an exchange: %v", err)
	}
	<-phone.Done()
	if err := phone.Err(); !errors.Is(err, virtualcard.ErrDetached) {
		t.Errorf("the phone: %v", err)
	}
	if err := daemon.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exchange(ctx, iso7816.Select(name)); !errors.Is(err, contactless.ErrCardLost) {
		t.Errorf("after that: %v", err)
	}
	until(t, r, "ready once more", isCondition(contactless.Ready))
	works(t, r)
}

// TestFrozen: the service's socket takes connections and nobody answers.
func TestFrozen(t *testing.T) {
	r := open(t, contactless.Options{Limit: time.Second})
	attach(t, 0, newPhone().options(nil))
	c := wait(t, r)
	if err := daemon.Freeze(); err != nil {
		t.Fatal(err)
	}
	thaw := func() {
		if err := daemon.Thaw(); err != nil {
			t.Error(err)
		}
	}
	defer thaw()
	if _, err := c.Exchange(soon(t), iso7816.Select(name)); !errors.Is(err, contactless.ErrTimeout) {
		t.Errorf("an exchange: %v", err)
	}
	s := until(t, r, "service lost", isCondition(contactless.ServiceLost))
	if !errors.Is(s.Err, contactless.ErrServiceLost) {
		t.Errorf("%v", s.Err)
	}
	// A reader that is opened meanwhile does not hang, nor does closing it.
	second, err := contactless.Open(soon(t), contactless.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := second.State(); s.Condition != contactless.ServiceLost {
		t.Errorf("opened meanwhile: %+v", s)
	}
	if err := second.Close(); !errors.Is(err, contactless.ErrStuck) {
		t.Errorf("closed meanwhile: %v", err)
	}
	thaw()
	until(t, r, "ready again", isCondition(contactless.Ready))
}

// TestPulledOut: the reader is pulled out and put back.
func TestPulledOut(t *testing.T) {
	r := open(t, contactless.Options{Reader: "virtual"})
	attach(t, 0, newPhone().options(nil))
	c := wait(t, r)
	if err := daemon.PullOut(soon(t)); err != nil {
		t.Fatal(err)
	}
	s := until(t, r, "no reader", isCondition(contactless.NoReader))
	if !errors.Is(s.Err, contactless.ErrNoReader) || contactless.Hint(s.Err) == "" || len(s.Readers) != 0 {
		t.Errorf("%+v", s)
	}
	if err := tap(t, c, 10); err == nil {
		t.Error("the card goes on without its reader")
	}
	lies(t, r) // for all that is known
	lifted := make(chan error, 1)
	go func() { lifted <- r.Removed(soon(t)) }()
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Wait(short); !errors.Is(err, contactless.ErrNoReader) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting without a reader: %v", err)
	}
	if err := daemon.PutBack(soon(t)); err != nil {
		t.Fatal(err)
	}
	until(t, r, "ready again", func(s contactless.State) bool { return len(s.Readers) == 2 })
	if err := <-lifted; err != nil {
		t.Errorf("the reader is back and its field empty: %v", err)
	}
	works(t, r)
}

// TestNoSuchReader: readers are there, but not the one that is wanted.
func TestNoSuchReader(t *testing.T) {
	r, err := contactless.Open(soon(t), contactless.Options{Reader: "ACR122U"})
	if err != nil {
		t.Fatal(err)
	}
	if s := r.State(); s.Condition != contactless.NoReader || !errors.Is(s.Err, contactless.ErrNoReader) {
		t.Errorf("%+v", s)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestClose: whoever waits is told, and a call that the library keeps is said to be stuck.
func TestClose(t *testing.T) {
	r, err := contactless.Open(soon(t), contactless.Options{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, r, "ready", func(s contactless.State) bool { return s.Condition == contactless.Ready && len(s.Cards) == 0 })
	ended := make(chan error, 3)
	go func() { _, err := r.Wait(t.Context()); ended <- err }()
	go func() { _, err := r.Changed(t.Context(), r.State()); ended <- err }()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, contactless.ErrClosed) {
			t.Errorf("%v", err)
		}
	}
	if _, err := r.Wait(t.Context()); !errors.Is(err, contactless.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}

	if r, err = contactless.Open(soon(t), contactless.Options{Limit: time.Minute}); err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{}, 1)
	phone := attach(t, 0, newPhone().options(func(int, []byte) virtualcard.Fault {
		reached <- struct{}{}
		return virtualcard.Fault{Never: true}
	}))
	c := wait(t, r)
	go func() { _, err := c.Exchange(t.Context(), iso7816.Select(name)); ended <- err }()
	<-reached
	if err := r.Close(); !errors.Is(err, contactless.ErrStuck) {
		t.Errorf("Close while a card does not answer: %v", err)
	}
	if err := <-ended; !errors.Is(err, contactless.ErrClosed) {
		t.Errorf("%v", err)
	}
	_ = phone.Close()
	works(t, open(t, contactless.Options{}))
}
