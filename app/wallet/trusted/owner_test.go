package trusted

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/program/pinhash"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
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

// The owner is asked again after a wrong PIN, warned before the one that locks,
// and told when it is locked.
func TestAskAgain(t *testing.T) {
	h := newHand(t)
	h.set("274913")
	h.keys = []string{"111111", "274913"}
	if err := h.RequirePIN(t.Context(), Prompt{Purpose: ToPay, Shop: "Corner Café"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.notices(), []Notice{NoticeNone, NoticeWrong}) || h.shown[1].Mark != ownMark || h.shown[1].Shop != "Corner Café" {
		t.Errorf("shown %+v", h.shown)
	}
	h.shown, h.keys = nil, []string{"1111", "2222", "3333", "274913"}
	var locked *LockedError
	if err := h.RequirePIN(t.Context(), Prompt{}); !errors.As(err, &locked) || locked.For != 30*time.Second {
		t.Errorf("three wrong ones: %v", err)
	}
	if want := []Notice{NoticeNone, NoticeWrong, NoticeLast, NoticeLocked}; !slices.Equal(h.notices(), want) {
		t.Errorf("shown %v", h.notices())
	}
	h.shown = nil
	if err := h.RequirePIN(t.Context(), Prompt{}); !errors.Is(err, ErrLocked) || !slices.Equal(h.notices(), []Notice{NoticeLocked}) {
		t.Errorf("asked while it is locked: %v, %v", err, h.notices())
	}
	h.now = h.now.Add(30 * time.Second)
	h.keys = []string{"no"}
	if err := h.RequirePIN(t.Context(), Prompt{}); !errors.Is(err, ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
}

func TestUnlock(t *testing.T) {
	h := newHand(t)
	h.set("274913")
	if h.Unlocked() {
		t.Error("unlocked from the start")
	}
	h.keys = []string{"274913"}
	if err := h.Unlock(t.Context()); err != nil || !h.Unlocked() || h.shown[0].Purpose != ToUnlock {
		t.Errorf("%v, %+v", err, h.shown)
	}
	if err := h.Unlock(t.Context()); err != nil || len(h.shown) != 1 {
		t.Errorf("asked again: %v", err)
	}
	h.now = h.now.Add(IdleTime - time.Second)
	h.Used()
	h.now = h.now.Add(IdleTime - time.Second)
	if !h.Unlocked() {
		t.Error("locked while it is used")
	}
	h.now = h.now.Add(time.Second)
	if h.Used(); h.Unlocked() {
		t.Error("unlocked for ever")
	}
	h.keys = []string{"274913"}
	if err := h.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.now = h.now.Add(-time.Hour); h.Unlocked() {
		t.Error("a clock that is set back stretches it")
	}
	h.now = h.now.Add(time.Hour)
	if h.Lock(); h.Unlocked() {
		t.Error("locked, and is not")
	}
}

// An amount above the limit takes the PIN from a locked wallet, and a key from an
// unlocked one.
func TestConfirm(t *testing.T) {
	h := newHand(t)
	h.set("274913")
	amount := Prompt{Shop: "Corner Café", Amount: 128000, Currency: 156}
	h.keys = []string{"no"}
	if err := h.Owner.Confirm(t.Context(), amount); !errors.Is(err, ErrDeclined) || h.shown[0].Purpose != ToPay {
		t.Errorf("locked: %v, %+v", err, h.shown)
	}
	h.keys = []string{"274913", "yes", "no"}
	for n, want := range []error{nil, nil, ErrDeclined} {
		if err := h.Owner.Confirm(t.Context(), amount); !errors.Is(err, want) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if last := h.shown[len(h.shown)-1]; last.Purpose != ToConfirm || last.Mark != ownMark || last.Amount != 128000 {
		t.Errorf("shown %+v", last)
	}
	none := NewOwner(h.unit, OwnerOptions{Now: func() time.Time { return h.now }})
	if err := none.Confirm(t.Context(), amount); !errors.Is(err, ErrNoScreen) {
		t.Errorf("without a screen: %v", err)
	}
}

func TestSetUp(t *testing.T) {
	h := newHand(t)
	h.marks = 3
	h.keys = []string{"1234", "274913", "274914", "274913", "274913"}
	if err := h.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []Notice{NoticeNone, NoticeGuessable, NoticeNone, NoticeDiffer, NoticeNone}; !slices.Equal(h.notices(), want) {
		t.Errorf("shown %v", h.notices())
	}
	chosen := h.Mark()
	if chosen.Check() != nil || h.shown[0].Mark != chosen {
		t.Errorf("the mark is %+v", chosen)
	}
	h.keys = []string{"111111", "274913", "8140", "8140"}
	if err := h.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Verify(t.Context(), []byte("8140")); err != nil || h.Mark() != chosen {
		t.Errorf("changed: %v, %+v", err, h.Mark())
	}
	h.keys = []string{"8140", "no"}
	if err := h.SetUp(t.Context()); !errors.Is(err, ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
	if err := h.Change(t.Context(), []byte("9999"), []byte("274913"), Mark{}); !errors.Is(err, ErrWrongPIN) {
		t.Errorf("changed with a wrong one: %v", err)
	}
}

// A shop that asks for the PIN gets a payment that says so, if the owner enters it
// for this shop and this amount; without a finger.
func TestPayByPIN(t *testing.T) {
	p, h := newPhone(t), newHand(t)
	h.set("274913")
	p.owner, h.now = h.Owner, p.now
	p.start(true)
	claims := p.sale.RequestClaims()
	claims.WantsPIN = true
	request := protocoltest.Sign(t, p.sale.Terminal.Key, claims)
	offer, err := p.Inspect(t.Context(), protocol.RequestText(request))
	if err != nil || !offer.WantsPIN {
		t.Fatalf("%+v, %v", offer, err)
	}
	pay := func() (string, error) {
		return p.Pay(t.Context(), offer.Request, 0, true, func(Progress) {})
	}
	h.keys = []string{"no"}
	if _, err := pay(); !errors.Is(err, ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
	if pending, err := p.Pending(t.Context()); err != nil || len(pending) > 0 {
		t.Errorf("pending %v, %v", pending, err)
	}
	h.keys = []string{"111111", "274913"}
	text, err := pay()
	if err != nil {
		t.Fatal(err)
	}
	if last := h.shown[len(h.shown)-1]; last.Purpose != ToPay || last.Shop != offer.Shop || last.Amount != offer.Amount || !last.Until.Equal(offer.Until) {
		t.Errorf("shown %+v", last)
	}
	sealed, err := protocol.ParsePaymentText(text)
	if err != nil {
		t.Fatal(err)
	}
	payment, err := protocol.OpenPayment(p.sale.Terminal.Agreement, request.Hash(), sealed)
	if err != nil {
		t.Fatal(err)
	}
	if have, _, err := protocol.VerifyPayment(payment, request, p.trust, p.now); err != nil || !have.HolderByPIN || have.HasPrint || p.touched > 0 {
		t.Errorf("%+v, %v", have, err)
	}
	// Entered for one payment, it is for no other.
	if _, paid := p.paid(false); paid.Unverified().HolderByPIN {
		t.Error("a PIN that nobody asked for")
	}
}
