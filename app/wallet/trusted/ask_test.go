package trusted

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

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
	h.keys = []string{"yes"}
	if err := h.Owner.Confirm(t.Context(), Prompt{Shop: "Corner Café"}); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(IdleTime - time.Second)
	if !h.Unlocked() {
		t.Error("locked although the owner was at the trusted screen")
	}
	if err := h.Unlock(t.Context()); err != nil || len(h.shown) != 2 {
		t.Errorf("asked again: %v", err)
	}
	if h.now = h.now.Add(time.Second); h.Unlocked() {
		t.Error("a client that goes on asking keeps the wallet unlocked")
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
// The owner's card number is shown to an owner who has unlocked the wallet, with the
// mark; that it was put away or left is no error.
func TestShowNumber(t *testing.T) {
	const number = protocol.CardNumber("9156048204814685")
	h := newHand(t)
	if err := h.Owner.ShowNumber(t.Context(), number); !errors.Is(err, ErrNoPIN) || len(h.shown) > 0 {
		t.Errorf("before there is a PIN: %v, %+v", err, h.shown)
	}
	h.set("274913")
	h.keys = []string{"no"}
	if err := h.Owner.ShowNumber(t.Context(), number); !errors.Is(err, ErrDeclined) || len(h.shown) != 1 || h.shown[0].Number != "" {
		t.Errorf("without the PIN: %v, %+v", err, h.shown)
	}
	for _, keys := range [][]string{{"274913", "close"}, {"no"}} {
		h.keys = keys
		if err := h.Owner.ShowNumber(t.Context(), number); err != nil {
			t.Errorf("%q: %v", keys, err)
		}
	}
	if last := h.shown[len(h.shown)-1]; len(h.shown) != 4 || last.Purpose != ToShow || last.Mark != ownMark || last.Number != number {
		t.Errorf("shown %+v", h.shown)
	}
}

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
