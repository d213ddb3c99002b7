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

func TestTap(t *testing.T) {
	var seen []contactless.Transmission
	r := open(t, contactless.Options{Observe: func(tr contactless.Transmission) { seen = append(seen, tr) }})
	p := newPhone()
	phone := attach(t, 0, p.options(nil))
	c := wait(t, r)
	select {
	case <-phone.Powered():
	default:
		t.Error("the phone was connected to without power")
	}
	if c.Reader() != daemon.Reader(0) {
		t.Errorf("found before %q", c.Reader())
	}
	if err := tap(t, c, 700); err != nil {
		t.Fatal(err)
	}
	if got := p.commands(); len(got) != 2 || len(got[1].Data) != 700 {
		t.Errorf("the phone got %v", got)
	}
	stats := c.Stats()
	// SELECT; three links, the answer in six parts of which the last link's is one.
	if stats.APDUs != 1+3+5 || len(seen) != stats.APDUs || stats.Sent < 700 || stats.Received < 1400 || stats.InTransmit <= 0 {
		t.Errorf("%+v, %d seen", stats, len(seen))
	}
	if s := r.State(); len(s.Cards) != 1 || s.Err != nil {
		t.Errorf("%+v", s)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exchange(soon(t), iso7816.Select(name)); !errors.Is(err, contactless.ErrCardLost) {
		t.Errorf("after Close: %v", err)
	}
	// Still there: the same phone is found again.
	lies(t, r)
	c = wait(t, r)
	if err := tap(t, c, 10); err != nil {
		t.Errorf("found again: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	lies(t, r)
	if err := phone.Close(); err != nil {
		t.Error(err)
	}
	taken(t, r)
	works(t, r)
}

// TestMisbehaving has cards do what they must not, at every APDU of a tap. Whatever
// it is, the card is dead after it, and the next one works.
func TestMisbehaving(t *testing.T) {
	r := open(t, contactless.Options{Limit: time.Second})
	rules := func(wants ...error) []error { return wants }
	gone := rules(contactless.ErrCardLost)
	for name, tc := range map[string]struct {
		fault virtualcard.Fault
		want  []error // any of them
	}{
		"leaves unheard":        {virtualcard.Fault{Cut: virtualcard.Unheard}, gone},
		"leaves unanswered":     {virtualcard.Fault{Cut: virtualcard.Unanswered}, gone},
		"leaves within":         {virtualcard.Fault{Cut: virtualcard.Within}, rules(contactless.ErrCardLost, iso7816.ErrStatus, iso7816.ErrLength)},
		"answers nothing":       {virtualcard.Fault{Answer: func([]byte) []byte { return nil }}, rules(contactless.ErrTimeout)},
		"answers one byte":      {virtualcard.Fault{Answer: func([]byte) []byte { return []byte{0x90} }}, gone},
		"answers too much":      {virtualcard.Fault{Answer: func([]byte) []byte { return make([]byte, 1000) }}, rules(iso7816.ErrLength)},
		"answers far too much":  {virtualcard.Fault{Answer: func([]byte) []byte { return make([]byte, 0xFFFF) }}, rules(iso7816.ErrLength, contactless.ErrCardLost, contactless.ErrServiceLost)},
		"no such status word":   {virtualcard.Fault{Answer: virtualcard.StatusWord(0x1234)}, rules(iso7816.ErrStatus)},
		"data beside an error":  {virtualcard.Fault{Answer: func([]byte) []byte { return []byte{1, 0x6A, 0x82} }}, rules(iso7816.ErrStatus)},
		"wrong Le for ever":     {virtualcard.Fault{Answer: virtualcard.StatusWord(0x6C00)}, rules(iso7816.ErrAnswer)},
		"does not answer":       {virtualcard.Fault{Never: true}, rules(contactless.ErrTimeout)},
		"answers too late":      {virtualcard.Fault{Late: 1500 * time.Millisecond}, rules(contactless.ErrTimeout)},
		"leaves when answered":  {virtualcard.Fault{Cut: virtualcard.After}, gone},
		"another takes over":    {virtualcard.Fault{Cut: virtualcard.Unanswered, Next: new(newPhone().options(nil))}, gone},
		"another follows after": {virtualcard.Fault{Cut: virtualcard.After, Next: new(newPhone().options(nil))}, gone},
	} {
		at := []int{1, 2, 5} // SELECT, the first link, a GET RESPONSE
		if tc.fault.Cut == virtualcard.Stay {
			at = at[1:2] // what is read in no other way elsewhere
		}
		for _, at := range at {
			t.Run(name, func(t *testing.T) {
				phone := attach(t, 0, newPhone().options(virtualcard.Nth(at, tc.fault)))
				c := wait(t, r)
				err := tap(t, c, 700)
				found := false
				for _, want := range tc.want {
					found = found || errors.Is(err, want)
				}
				if !found {
					t.Errorf("APDU %d: %v, want one of %v", at, err, tc.want)
				}
				if _, err := c.Exchange(soon(t), iso7816.Select([]byte("\xF0Counter"))); !errors.Is(err, contactless.ErrCardLost) {
					t.Errorf("after that: %v", err)
				}
				_ = phone.Close() // it may say that it was detached
				taken(t, r)
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	works(t, r)
}

// TestStatusWords: what a card refuses is no error, and the card goes on.
func TestStatusWords(t *testing.T) {
	r := open(t, contactless.Options{})
	attach(t, 0, newPhone().options(virtualcard.Nth(1, virtualcard.Fault{Answer: virtualcard.StatusWord(0x6A82)})))
	c := wait(t, r)
	defer c.Close()
	if answer, err := c.Exchange(soon(t), iso7816.Select(name)); err != nil || answer.SW != iso7816.NotFound || len(answer.Data) != 0 {
		t.Errorf("%v, %v", answer, err)
	}
	if _, err := c.Exchange(soon(t), iso7816.Command{CLA: 0x90}); !errors.Is(err, iso7816.ErrClass) {
		t.Errorf("a command that cannot be sent: %v", err)
	}
	if err := tap(t, c, 10); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// TestContext: a context that ends, ends an exchange that would not, and the card.
func TestContext(t *testing.T) {
	r := open(t, contactless.Options{Limit: time.Minute})
	for name, end := range map[string]func(context.CancelFunc, *contactless.Card){
		"cancelled": func(cancel context.CancelFunc, _ *contactless.Card) { cancel() },
		"closed":    func(_ context.CancelFunc, c *contactless.Card) { _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			reached := make(chan struct{}, 1)
			o := newPhone().options(func(int, []byte) virtualcard.Fault {
				reached <- struct{}{}
				return virtualcard.Fault{Never: true}
			})
			phone := attach(t, 0, o)
			c := wait(t, r)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error, 1)
			go func() {
				_, err := c.Exchange(ctx, iso7816.Select([]byte("\xF0Counter")))
				failed <- err
			}()
			<-reached
			end(cancel, c)
			want := map[string]error{"cancelled": context.Canceled, "closed": contactless.ErrClosed}[name]
			if err := <-failed; !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			if _, err := c.Exchange(soon(t), iso7816.Select([]byte("\xF0Counter"))); !errors.Is(err, contactless.ErrCardLost) {
				t.Errorf("after that: %v", err)
			}
			// The library still waits for the answer, so the reader cannot be had.
			short, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			if _, err := r.Wait(short); !errors.Is(err, contactless.ErrTimeout) {
				t.Errorf("meanwhile: %v", err)
			}
			_ = phone.Close()
			taken(t, r)
		})
	}
	works(t, r)
}

func TestTwoCards(t *testing.T) {
	r := open(t, contactless.Options{})
	one, two := attach(t, 0, newPhone().options(nil)), attach(t, 1, newPhone().options(nil))
	until(t, r, "two cards", func(s contactless.State) bool { return len(s.Cards) == 2 })
	_, err := r.Wait(soon(t))
	var both *contactless.TwoCardsError
	if !errors.As(err, &both) || !errors.Is(err, contactless.ErrTwoCards) || len(both.Readers) != 2 || contactless.Hint(err) == "" {
		t.Errorf("%v", err)
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
	taken(t, r)
	works(t, r)
}

// TestOneOfTwo: only the reader that was asked for is used.
func TestOneOfTwo(t *testing.T) {
	r := open(t, contactless.Options{Reader: "READER 00 01"})
	if s := r.State(); len(s.Readers) != 1 || s.Readers[0] != daemon.Reader(1) {
		t.Fatalf("%+v", s)
	}
	attach(t, 0, newPhone().options(nil))
	attach(t, 1, newPhone().options(nil))
	c := wait(t, r)
	defer c.Close()
	if c.Reader() != daemon.Reader(1) {
		t.Errorf("found before %q", c.Reader())
	}
	if err := tap(t, c, 10); err != nil {
		t.Error(err)
	}
}

// TestUnreadable: what is in the field answers no reset as cards do.
func TestUnreadable(t *testing.T) {
	r := open(t, contactless.Options{})
	o := newPhone().options(nil)
	o.ATR = []byte{0x00, 0x01, 0x02}
	phone := attach(t, 0, o)
	if _, err := r.Wait(soon(t)); !errors.Is(err, contactless.ErrUnreadable) || contactless.Hint(err) == "" {
		t.Errorf("%v", err)
	}
	if err := phone.Close(); err != nil {
		t.Error(err)
	}
	taken(t, r)
	works(t, r)
}
