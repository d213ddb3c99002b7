package trusted

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/program/pinhash"
)

var cheap = pinhash.Costs{Memory: 8, Time: 1, Threads: 1}

var ownMark = Mark{Picture: 7, Phrase: "amber lantern"}

// hand is an owner before a trusted screen: what is keyed, and what was shown.
type hand struct {
	t     *testing.T
	unit  *memory
	now   time.Time
	keys  []string // PINs in turn; "no" declines
	shown []Prompt
	marks int // that are sent away before one is kept
	taken int // turns
	*Owner
}

func newHand(t *testing.T) *hand {
	t.Helper()
	h := &hand{t: t, unit: &memory{objects: map[string][]byte{}}, now: time.Unix(1795300000, 0)}
	h.restart()
	return h
}

// restart makes the owner anew over the same unit, as another process does.
func (h *hand) restart() {
	h.Owner = NewOwner(h.unit, OwnerOptions{Prompter: h, Now: func() time.Time { return h.now }, Costs: cheap,
		Turns: func() (func(), error) { h.taken++; return func() { h.taken-- }, nil }})
}

func (h *hand) set(pin string) {
	h.t.Helper()
	if err := h.SetFirst(h.t.Context(), []byte(pin), ownMark); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hand) next() (string, error) {
	if len(h.keys) == 0 {
		return "", ErrPromptOver
	}
	key := h.keys[0]
	h.keys = h.keys[1:]
	if key == "no" {
		return "", ErrDeclined
	}
	return key, nil
}

func (h *hand) AskPIN(_ context.Context, p Prompt) ([]byte, error) {
	h.shown = append(h.shown, p)
	if p.Notice == NoticeLocked {
		return nil, ErrDeclined
	}
	pin, err := h.next()
	return []byte(pin), err
}

func (h *hand) Confirm(_ context.Context, p Prompt) error {
	h.shown = append(h.shown, p)
	_, err := h.next()
	return err
}

func (h *hand) ChooseMark(_ context.Context, another func() Mark) (Mark, error) {
	m := another()
	for range h.marks {
		m = another()
	}
	return m, nil
}

func (h *hand) notices() (all []Notice) {
	for _, p := range h.shown {
		all = append(all, p.Notice)
	}
	return all
}

func TestSetFirst(t *testing.T) {
	h := newHand(t)
	if has, err := h.HasPIN(); err != nil || has {
		t.Errorf("a PIN from nowhere: %v", err)
	}
	if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, ErrNoPIN) {
		t.Errorf("verify without one: %v", err)
	}
	if err := h.RequirePIN(t.Context(), Prompt{}); !errors.Is(err, ErrNoPIN) || len(h.shown) > 0 {
		t.Errorf("ask without one: %v", err)
	}
	for pin, mark := range map[string]Mark{"1234": ownMark, "814": ownMark, "814081408": ownMark, "274913": {}, "8140": {Phrase: "a\nb"}, "8141": {Phrase: strings.Repeat("世", 41)}} {
		if err := h.SetFirst(t.Context(), []byte(pin), mark); !errors.Is(err, pinhash.ErrPolicy) && !errors.Is(err, ErrMark) {
			t.Errorf("%s %q: %v", pin, mark.Phrase, err)
		}
	}
	h.set("274913")
	if err := h.SetFirst(t.Context(), []byte("8140"), ownMark); !errors.Is(err, ErrPINSet) {
		t.Errorf("a second first one: %v", err)
	}
	h.restart()
	if err := h.Verify(t.Context(), []byte("274913")); err != nil || h.Mark() != ownMark {
		t.Errorf("%v, %+v", err, h.Mark())
	}
	if text := string(h.unit.objects[labelOwner]); strings.Contains(text, "274913") {
		t.Error("the PIN is kept")
	}
	if h.taken != 0 {
		t.Errorf("%d turns were not given back", h.taken)
	}
}

// Guarantee 2: the try is kept first. A unit that keeps nothing takes no PIN.
func TestTriesAreKeptFirst(t *testing.T) {
	h := newHand(t)
	h.set("274913")
	h.unit.full = true
	if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, errFull) {
		t.Errorf("an uncounted try: %v", err)
	}
	h.unit.full = false
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whoever asked has gone
	for n := 1; n <= 3; n++ {
		if err := h.Verify(ctx, []byte("274914")); !errors.Is(err, ErrWrongPIN) || errors.Is(err, ErrLocked) != (n == 3) {
			t.Errorf("try %d: %v", n, err)
		}
		h.restart() // a killed process gives no try for nothing
	}
	if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, ErrLocked) {
		t.Errorf("the right one while locked: %v", err)
	}
	h.now = h.now.Add(29 * time.Second)
	if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, ErrLocked) {
		t.Errorf("after 29 s: %v", err)
	}
	h.now = h.now.Add(-24 * time.Hour) // set back, and on again
	if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, ErrLocked) {
		t.Errorf("set back: %v", err)
	}
	h.now = h.now.Add(29 * time.Second)
	var locked *LockedError
	if err := h.Verify(t.Context(), []byte("274913")); !errors.As(err, &locked) || locked.For != time.Second {
		t.Errorf("29 s after it was set back: %v", err)
	}
	h.now = h.now.Add(time.Second)
	if err := h.Verify(t.Context(), []byte("1")); !errors.As(err, &locked) || locked.For != time.Minute {
		t.Errorf("the fourth wrong one: %v", err)
	}
	h.now = h.now.Add(time.Minute)
	if err := h.Verify(t.Context(), []byte("274913")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := h.Verify(t.Context(), []byte("1111")); errors.Is(err, ErrLocked) {
		t.Errorf("success does not clear the failures: %v", err)
	}
}

func TestDamagedOwner(t *testing.T) {
	h := newHand(t)
	h.set("274913")
	good := string(h.unit.objects[labelOwner])
	for _, text := range []string{"", "{}", "null", good + "x", strings.Replace(good, `"version":1`, `"version":2`, 1), strings.Replace(good, "argon2id", "argon2ix", 1)} {
		h.unit.objects[labelOwner] = []byte(text)
		if err := h.Verify(t.Context(), []byte("274913")); !errors.Is(err, ErrOwnerDamaged) {
			t.Errorf("%q: %v", text, err)
		}
		if err := h.SetFirst(t.Context(), []byte("8140"), ownMark); !errors.Is(err, ErrOwnerDamaged) {
			t.Errorf("%q is taken for none: %v", text, err)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"pin":"` + pinhash.New([]byte("274913"), cheap).Text() + `","mark":{"picture":7,"phrase":"amber lantern"},"attempts":{"failures":1,"at":"2026-11-22T09:00:00Z"}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decodeRecord(text)
		if err != nil {
			if !errors.Is(err, ErrOwnerDamaged) {
				t.Error(err)
			}
			return
		}
		if _, err := pinhash.Parse(r.PIN); err != nil || r.Mark.Check() != nil || r.Attempts.Failures < 0 {
			t.Errorf("%q is taken: %+v", text, r)
		}
	})
}
