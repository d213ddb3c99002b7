package staff

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// disk is a store in memory that can fail.
type disk struct {
	text  []byte
	saves int
	fail  error
	seen  func() // called before each save
}

func (d *disk) Load(context.Context) ([]byte, error) { return d.text, nil }

func (d *disk) Save(_ context.Context, text []byte) error {
	if d.seen != nil {
		d.seen()
	}
	if d.fail != nil {
		return d.fail
	}
	d.text = slices.Clone(text)
	d.saves++
	return nil
}

// book is a journal in memory that can fail.
type book struct {
	events []Event
	fail   error
}

func (b *book) Record(_ context.Context, e Event) error {
	if b.fail != nil {
		return b.fail
	}
	b.events = append(b.events, e)
	return nil
}

func (b *book) kinds() (kinds []Kind) {
	for _, e := range b.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// counter is a desk with everything around it.
type counter struct {
	*Desk
	t    *testing.T
	disk *disk
	book *book
	time time.Time
}

// cheap makes tests quick: what is tested with it does not depend on the costs.
var cheap = Costs{Memory: 64, Time: 1, Threads: 1}

const (
	anna  = protocol.ID("A-01") // manager
	bo    = protocol.ID("B-02") // cashier
	annas = "274913"
	bos   = "8140"
)

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{t: t, disk: &disk{}, book: &book{}, time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	c.reopen()
	if err := c.Add(t.Context(), nil, anna, Manager, []byte(annas)); err != nil {
		t.Fatal(err)
	}
	if err := c.Add(t.Context(), c.login(anna, annas), bo, Cashier, []byte(bos)); err != nil {
		t.Fatal(err)
	}
	return c
}

// reopen is a crash and a new start.
func (c *counter) reopen() {
	c.t.Helper()
	d, err := Open(c.t.Context(), Options{Store: c.disk, Recorder: c.book, Now: func() time.Time { return c.time }, Log: slog.New(slog.DiscardHandler), Costs: cheap})
	if err != nil {
		c.t.Fatal(err)
	}
	c.Desk = d
}

func (c *counter) login(id protocol.ID, pin string) *Session {
	c.t.Helper()
	s, err := c.Login(c.t.Context(), id, []byte(pin))
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *counter) refused(id protocol.ID, pin string, want error) error {
	c.t.Helper()
	_, err := c.Login(c.t.Context(), id, []byte(pin))
	if !errors.Is(err, want) {
		c.t.Fatalf("%s: have %v, want %v", id, err, want)
	}
	return err
}

func TestLogin(t *testing.T) {
	c := newCounter(t)
	if m := c.login(bo, bos).Member(); m.Role != Cashier || m.ID != bo {
		t.Errorf("have %+v", m)
	}
	c.refused(bo, annas, ErrRefused)
	c.refused("nobody", bos, ErrRefused)
	c.refused(bo, "", ErrRefused)
	c.login(bo, bos)
	want := []Kind{Added, SignedIn, Added, SignedIn, Refused, Refused, Refused, SignedIn}
	if have := c.book.kinds(); !slices.Equal(have, want) {
		t.Errorf("journal has %v, want %v", have, want)
	}
	for i, e := range c.book.events {
		if e.Sequence != uint64(i+1) || !e.At.Equal(c.time) {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	for _, text := range []string{string(c.disk.text), journalText(t, c.book)} {
		if strings.Contains(text, annas) || strings.Contains(text, bos) {
			t.Error("a PIN is kept or told")
		}
	}
}

func journalText(t *testing.T, b *book) string {
	t.Helper()
	text, err := json.Marshal(b.events)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Guarantee 2: the third failure locks, each one for longer; known and unknown
// names alike (guarantee 4).
func TestLockOut(t *testing.T) {
	for _, id := range []protocol.ID{bo, "nobody"} {
		c := newCounter(t)
		for _, lock := range []time.Duration{0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute,
			16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
			c.refused(id, "9999", ErrRefused)
			c.reopen() // it is on the disk
			if lock == 0 {
				continue
			}
			c.time = c.time.Add(lock - time.Second)
			var locked *LockedError
			if err := c.refused(id, bos, ErrLocked); !errors.As(err, &locked) || locked.Until.Sub(c.time) != time.Second {
				t.Errorf("%s: locked until %v, it is %v", id, locked.Until, c.time)
			}
			c.time = c.time.Add(time.Second)
		}
		if id == bo {
			c.login(bo, bos) // no lock-out is for ever
			c.refused(bo, "9999", ErrRefused)
			c.login(bo, bos) // and the count began anew
		}
	}
}

// Guarantee 2: the try is on the disk before the PIN is compared. Whoever pulls
// the plug after each failure has no more tries than anybody else.
func TestCountedBeforeCompared(t *testing.T) {
	c := newCounter(t)
	for range 3 {
		first := true
		c.disk.seen = func() {
			if !first {
				c.disk.fail = errors.New("no power")
			}
			first = false
		}
		if _, err := c.Login(t.Context(), bo, []byte("9999")); err == nil {
			t.Fatal("wrong PIN accepted")
		}
		c.disk.seen, c.disk.fail = nil, nil
		c.reopen()
	}
	c.refused(bo, bos, ErrLocked)
}

// A try that cannot be counted is none, even with the right PIN.
func TestUncounted(t *testing.T) {
	c := newCounter(t)
	c.disk.fail = errors.New("no space left on device")
	if _, err := c.Login(t.Context(), bo, []byte(bos)); !errors.Is(err, c.disk.fail) {
		t.Errorf("have %v", err)
	}
}

// Guarantee 3.
func TestClockSetBack(t *testing.T) {
	for _, back := range []time.Duration{time.Second, time.Hour, 30 * 24 * time.Hour} {
		c := newCounter(t)
		for range 3 {
			c.refused(bo, "9999", ErrRefused)
		}
		c.time = c.time.Add(20*time.Second - back)
		c.refused(bo, bos, ErrLocked)
		c.reopen()
		c.time = c.time.Add(29 * time.Second)
		if back > 20*time.Second {
			c.refused(bo, bos, ErrLocked) // not shorter: 20 s passed before, 29 s after
			c.time = c.time.Add(time.Second)
		}
		c.login(bo, bos) // not longer either
	}
}

func TestManagerUnlocks(t *testing.T) {
	c := newCounter(t)
	for range 3 {
		c.refused(bo, "9999", ErrRefused)
	}
	if err := c.Unlock(t.Context(), nil, bo); !errors.Is(err, ErrNobody) {
		t.Errorf("have %v", err)
	}
	if err := c.Unlock(t.Context(), c.login(anna, annas), bo); err != nil {
		t.Fatal(err)
	}
	boss := c.login(anna, annas)
	c.login(bo, bos)
	if err := c.Unlock(t.Context(), c.login(bo, bos), anna); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("a cashier unlocks: %v", err)
	}
	if err := c.Unlock(t.Context(), boss, "nobody"); !errors.Is(err, ErrUnknown) {
		t.Errorf("have %v", err)
	}
}

// Names that nobody has are counted, but not without end; a member's count is
// never forgotten for them.
func TestManyStrangers(t *testing.T) {
	c := newCounter(t)
	for range 3 {
		c.refused(bo, "9999", ErrRefused)
	}
	for i := range mostStrangers + 20 {
		c.time = c.time.Add(time.Millisecond)
		c.refused(protocol.ID("x"+string(rune('a'+i/26))+string(rune('a'+i%26))), "9999", ErrRefused)
	}
	if n := len(c.state.Attempts); n != mostStrangers+1 {
		t.Errorf("%d names are counted", n)
	}
	c.refused(bo, bos, ErrLocked)
}

// Guarantee 4: a name that nobody has takes as long as a wrong PIN. The costs are
// the real ones, so that the comparison is what is measured.
func TestStrangerTakesAsLong(t *testing.T) {
	c := newCounter(t)
	c.costs = pinhash.OWASP()
	c.nobody = pinhash.New(nil, c.costs)
	if err := c.SetPIN(t.Context(), c.login(anna, annas), bo, []byte("0358")); err != nil {
		t.Fatal(err)
	}
	median := func(id protocol.ID) time.Duration {
		var times []time.Duration
		for range 5 {
			c.time = c.time.Add(24 * time.Hour)
			began := time.Now()
			c.refused(id, "9999", ErrRefused)
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		return times[2]
	}
	if member, stranger := median(bo), median("nobody"); stranger < member/3 || member < stranger/3 {
		t.Errorf("a wrong PIN takes %v, a name that nobody has %v", member, stranger)
	}
}

// Guarantee 1: parameters that have risen reach the disk with the next login.
func TestRehash(t *testing.T) {
	c := newCounter(t)
	c.costs = Costs{Memory: 128, Time: 2, Threads: 1}
	c.refused(bo, "9999", ErrRefused)
	if h, _ := pinhash.Parse(c.state.Members[bo].PIN); h.Costs != cheap {
		t.Errorf("hashed anew with %v by a wrong PIN", h.Costs)
	}
	c.login(bo, bos)
	c.reopen()
	if h, _ := pinhash.Parse(c.state.Members[bo].PIN); h.Costs != (Costs{Memory: 128, Time: 2, Threads: 1}) {
		t.Errorf("still %v", h.Costs)
	}
	c.login(bo, bos)
}
