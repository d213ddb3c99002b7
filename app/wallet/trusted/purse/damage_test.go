package purse_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// used is a purse with something of every kind in it, shut.
func used(t *testing.T) *scene {
	t.Helper()
	s := begin(t, 50_000, nil)
	s.pay(protocol.NewCode(), 700)
	if _, err := s.Transfer(t.Context(), s.OtherNumber(), 30); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginLoad(t.Context(), 100, false); err != nil {
		t.Fatal(err)
	}
	never := &pursetest.Tap{Code: protocol.NewCode(), Pay: s.anyPay()}
	if _, err := s.shop.Recover(t.Context(), s.card(), never); !errors.Is(err, protocol.ErrOtherRequest) {
		t.Fatal(err) // no PAY was ever made for it
	}
	s.pay(protocol.NewCode(), 800)
	s.shut()
	return s
}

// anyPay is some PAY of the shop's.
func (s *scene) anyPay() *protocol.Signed[protocol.TapPay] {
	s.t.Helper()
	p, err := protocol.Sign(s.shop.Key, protocol.TapPay{Amount: 1, Currency: 156, Issued: protocol.At(s.Now()), Life: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// Guarantee 6: whatever bit of the file is flipped, the purse opens as it was, or not at
// all with ErrDamaged; never with another balance, counter or list.
func TestEveryFlippedBit(t *testing.T) {
	s := used(t)
	path := filepath.Join(s.dir, "purse.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.open()
	want, history := s.View(), s.History()
	s.shut()
	found, harmless := 0, 0
	random := rand.New(rand.NewPCG(1, 2))
	try := func(at int) {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 1 << random.IntN(8)
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "purse.db"), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		p, kept, err := s.Open(dir)
		switch {
		case errors.Is(err, purse.ErrDamaged) || errors.Is(err, store.ErrVersion):
			found++
			return
		case err != nil:
			t.Errorf("byte %d: %v", at, err)
			return
		}
		harmless++
		if have := p.View(); have != want || len(p.History()) != len(history) {
			t.Errorf("byte %d: opened with %+v, was %+v", at, have, want)
		}
		p.Close()
		if err := kept.Close(); err != nil {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	for at := 0; at < len(whole); at += 1 + random.IntN(10) {
		if page := at % 4096; whole[at] == 0 && page > 128 && random.IntN(8) > 0 {
			continue // mostly room that nothing is written in
		}
		try(at)
	}
	for at := range 2 * 80 { // every byte of both heads
		try(at/80*4096 + at%80)
	}
	// Without the secure unit's count a damaged head is reason enough: its transaction may be
	// the last.
	s.Change = func(o *purse.Options) { o.Anchor = nil }
	before := harmless
	try(4096 + 16)
	try(16)
	if harmless != before {
		t.Error("a damaged head was taken for whole")
	}
	t.Logf("%d found, %d harmless", found, harmless)
	if found == 0 {
		t.Error("no damage found")
	}
}

// Guarantee 6: an older copy that is put back, or no file where there was one, pays no
// more, neither now nor after a restart.
func TestRolledBack(t *testing.T) {
	for _, gone := range []bool{false, true} {
		s := begin(t, 50_000, nil)
		s.shut()
		path := filepath.Join(s.dir, "purse.db")
		copied, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.open()
		s.arm()
		s.pay(protocol.NewCode(), 700)
		s.shut()
		if gone {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, copied, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s.open()
			want := purse.ErrRolledBack
			if gone {
				want = purse.ErrNoCard
			}
			if err := s.Arm(t.Context()); !errors.Is(err, want) || !s.View().RolledBack {
				t.Errorf("gone %t: %v", gone, err)
			}
			if _, err := s.Select(t.Context()); !errors.Is(err, purse.ErrUnavailable) {
				t.Error(err)
			}
			if _, err := s.TransferTo(1); err == nil {
				t.Error("transferred")
			}
			if err := s.TrustClock(t.Context()); err != nil { // writes, and must not hide it
				t.Error(err)
			}
			s.shut()
		}
	}
}

// TransferTo transfers to the other card.
func (s *scene) TransferTo(amount protocol.Amount) (*protocol.Signed[protocol.Transfer], error) {
	return s.Purse.Transfer(s.t.Context(), s.OtherNumber(), amount)
}

// A clock set back by more than clocks differ pays nothing, also after a restart, until it
// goes right again or the owner says with the PIN that it does.
func TestClockSetBack(t *testing.T) {
	s := begin(t, 50_000, nil)
	s.Pass(time.Hour)
	s.arm()
	s.pay(protocol.NewCode(), 1)
	s.again()
	s.Pass(-protocol.MaxSkew - time.Second)
	if err := s.Arm(t.Context()); !errors.Is(err, purse.ErrClock) {
		t.Error(err)
	}
	if _, err := s.TransferTo(1); !errors.Is(err, purse.ErrClock) {
		t.Error(err)
	}
	s.Pass(time.Second)
	s.arm()
	s.pay(protocol.NewCode(), 1)
	s.Pass(-time.Second)
	if _, err := s.Select(t.Context()); !errors.Is(err, purse.ErrUnavailable) {
		t.Error(err)
	}
	c := s.screen()
	go func() { c.answer <- true }()
	if err := s.TrustClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q := <-c.asked; q.About != purse.AboutClock {
		t.Errorf("%+v", q)
	}
	s.arm()
	s.pay(protocol.NewCode(), 1)
}

// A code that RECOVER was told was never deducted deducts nothing, over a restart; there
// is room for so many of a terminal's, and again when their time is over.
func TestBurnt(t *testing.T) {
	s := begin(t, 50_000, nil)
	ctx := t.Context()
	burn := func() (protocol.Code, error) {
		torn := &pursetest.Tap{Code: protocol.NewCode()}
		if err := s.shop.Ask(ctx, s.card(), torn); err != nil {
			t.Fatal(err)
		}
		if err := s.shop.Order(torn, 700); err != nil {
			t.Fatal(err)
		}
		result, err := s.shop.Recover(ctx, s.card(), torn)
		if err == nil && result.Unverified().Status != protocol.TapNever {
			t.Error(result.Unverified().Status)
		}
		return torn.Code, err
	}
	first, err := burn()
	if err != nil {
		t.Fatal(err)
	}
	s.again()
	s.arm()
	if _, err := s.shop.Pay(ctx, s.card(), first, 700); pursetest.SW(err) != 0x6985 {
		t.Errorf("burnt code: %v", err)
	}
	for range 15 {
		if _, err := burn(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := burn(); pursetest.SW(err) != 0x6985 {
		t.Errorf("the seventeenth: %v", err)
	}
	other := s.Terminal("T-0002", "Other")
	if _, err := other.Pay(ctx, s.card(), first, 700); err != nil { // codes are kept by terminal
		t.Error(err)
	}
	s.Pass(protocol.MaxLife + protocol.MaxAge + protocol.MaxSkew + time.Second)
	s.arm()
	if _, err := burn(); err != nil {
		t.Errorf("when the others are over: %v", err)
	}
	s.balance(49_300)
}

// RECOVER within the very tap burns its code before PAY comes.
func TestRecoverBeforePay(t *testing.T) {
	s := begin(t, 50_000, nil)
	tap := &pursetest.Tap{Code: protocol.NewCode()}
	if err := s.shop.Ask(t.Context(), s.card(), tap); err != nil {
		t.Fatal(err)
	}
	if err := s.shop.Order(tap, 700); err != nil {
		t.Fatal(err)
	}
	if result, err := s.shop.RecoverNow(t.Context(), s.card(), tap.Nonce, tap); err != nil || result.Unverified().Status != protocol.TapNever {
		t.Fatal(err)
	}
	if err := s.shop.Charge(t.Context(), s.card(), tap); pursetest.SW(err) != 0x6985 {
		t.Error(err)
	}
	s.balance(50_000)
}

// The history is bounded, and a receipt for what was forgotten harms nothing.
func TestHistoryIsBounded(t *testing.T) {
	s := begin(t, 200_000, func(o *purse.Options) { o.MaxUnconfirmed, o.MaxUnconfirmedSum = 1000, 1<<40 })
	sent, err := s.TransferTo(5)
	if err != nil {
		t.Fatal(err)
	}
	for range 258 {
		s.pay(protocol.NewCode(), 1)
	}
	if h := s.History(); len(h) != 256 || h[255].Kind != purse.Paid {
		t.Errorf("%d entries, the oldest %+v", len(h), h[len(h)-1])
	}
	if _, err := s.AcceptReceipt(t.Context(), s.Receipt(sent, protocol.TransferMade)); err != nil {
		t.Fatal(err)
	}
	s.again()
	if h := s.History(); len(h) != 256 {
		t.Errorf("%d entries", len(h))
	}
	s.balance(200_000 - 5 - 258)
}
