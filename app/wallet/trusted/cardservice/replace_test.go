package cardservice_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
)

// shop is a test's phone with a card of some money, of which 700 was spent in a tap.
type shop struct {
	*phone
	t       *testing.T
	dir     string
	token   secureunit.Config
	pinFile string
	old     purse.View
}

func begin(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir()}
	tokens, err := virtualtoken.Make(t.TempDir())
	s.check(err)
	t.Setenv(virtualtoken.Variable, tokens.Conf())
	s.token, err = tokens.Token("wallet")
	s.check(err)
	s.pinFile = tokens.PINFile("wallet")
	s.open()
	t.Cleanup(func() { s.check(s.close()) })
	ctx := t.Context()
	// As a phone is set up: before there is a PIN nobody is asked.
	s.check(s.ApplyCard(ctx, 0))
	s.check(s.LoadCard(ctx, 5_000, false))
	if len(s.hand.shown) > 0 {
		t.Errorf("asked for %v", s.hand.asked())
	}
	s.check(s.owner.SetFirst(ctx, []byte(pin), trusted.Mark{Phrase: "amber lantern"}))
	s.pay(700)
	s.old = s.now()
	s.hand.shown = nil
	return s
}

func (s *shop) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) open() {
	s.t.Helper()
	var err error
	s.phone, err = open(pursetest.New(s.t), s.dir, s.token, func(string) {})
	s.check(err)
}

// again is the phone after a restart.
func (s *shop) again() {
	s.t.Helper()
	s.check(s.close())
	s.open()
}

func (s *shop) now() purse.View {
	s.t.Helper()
	v, err := s.view()
	s.check(err)
	return v
}

func (s *shop) pay(amount protocol.Amount) {
	s.t.Helper()
	s.check(s.ArmCard(s.t.Context()))
	p, err := s.Purse(s.t.Context())
	s.check(err)
	tap, err := s.world.Terminal("T-0001", "Corner Café").Pay(s.t.Context(), pursetest.Direct{Purse: p}, protocol.NewCode(), amount)
	s.check(err)
	if status := tap.Result.Unverified().Status; status != protocol.TapDeducted {
		s.t.Fatal(status)
	}
}

// block has settlement block the card, and the wallet hear of it.
func (s *shop) block() {
	s.t.Helper()
	s.check(s.bank.block(true))
	s.check(s.RefreshCard(s.t.Context()))
}

// still sees that the card before is the one that is used, and that no other was made.
func (s *shop) still() {
	s.t.Helper()
	if v := s.now(); v.Mark != s.old.Mark {
		s.t.Errorf("another card: %+v", v)
	}
}

// other sees that another card works, also after a restart, and that settlement honours
// it and no other.
func (s *shop) other() {
	s.t.Helper()
	for range 2 {
		v := s.now()
		books := s.bank.read(s.t)
		if !v.Card || v.Mark == s.old.Mark || v.Blocked || v.RolledBack || v.Ending != books.Honoured.Ending() || slices.Contains(books.Blocked, books.Honoured) {
			s.t.Fatalf("%+v, settlement has %+v", v, books)
		}
		s.check(s.LoadCard(s.t.Context(), 1_000, false))
		s.pay(30)
		if after := s.now(); after.Balance != v.Balance+970 {
			s.t.Errorf("balance %d after %d", after.Balance, v.Balance)
		}
		s.again()
	}
}

// A blocked card gives way to another one on the same phone, once the owner has agreed
// with the PIN; what it had deducted is handed in afterwards.
func TestBlockedCardGivesWay(t *testing.T) {
	s := begin(t)
	before := s.bank.read(t).Honoured
	s.block()
	s.hand.declines = true
	if err := s.ApplyCard(t.Context(), 0); !errors.Is(err, trusted.ErrDeclined) {
		t.Fatalf("declined: %v", err)
	}
	s.still()
	if keys, err := s.unit.Keys(t.Context(), secureunit.Card); err != nil || len(keys) != 1 {
		t.Errorf("declined, and the unit has %v, %v", keys, err)
	}
	s.hand.declines, s.hand.shown = false, nil
	s.check(s.ApplyCard(t.Context(), 0))
	if len(s.hand.shown) != 1 || s.hand.shown[0].Purpose != trusted.ToReplace || s.hand.shown[0].Ending != s.old.Ending {
		t.Errorf("shown %+v", s.hand.shown)
	}
	if v := s.now(); v.Balance != 0 || v.Kept != 0 {
		t.Errorf("the new card has %+v", v)
	}
	s.other()
	if _, err := os.Stat(filepath.Join(s.dir, "purse.db")); err != nil {
		t.Error("the file of the card before is gone")
	}
	s.check(s.SendWaiting(t.Context()))
	if of := s.bank.read(t).Cards[before]; of.Reported != 1 {
		t.Errorf("the card before has handed in %d", of.Reported)
	}
	asked := s.bank.asked
	s.check(s.SendWaiting(t.Context()))
	if s.bank.asked != asked+1 {
		t.Errorf("settlement was asked %d times, of the present card only", s.bank.asked-asked)
	}
	s.block() // and once more
	s.old = s.now()
	s.check(s.ApplyCard(t.Context(), 0))
	s.other()
}

// A deduction that a terminal gave up is handed in from the file of a card that was
// replaced before it could hand it in itself.
func TestFormerCardHandsIn(t *testing.T) {
	s := begin(t)
	s.block()
	before := s.bank.read(t).Honoured
	s.check(s.bank.change(func(k *books) error { k.Cards[before].Reported = 0; return nil }))
	s.check(s.ApplyCard(t.Context(), 0))
	s.check(s.bank.change(func(k *books) error { k.Cards[before].Reported = 0; return nil }))
	s.again()
	s.check(s.SendWaiting(t.Context()))
	if of := s.bank.read(t).Cards[before]; of.Reported != 1 {
		t.Errorf("the card before has handed in %d", of.Reported)
	}
}

// A purse that was rolled back, damaged or taken away gives way as well.
func TestUselessFileGivesWay(t *testing.T) {
	for name, spoil := range map[string]func(s *shop, file string, copied []byte) error{
		"rolled back": func(_ *shop, file string, copied []byte) error { return os.WriteFile(file, copied, 0o600) },
		"damaged": func(_ *shop, file string, copied []byte) error {
			return os.WriteFile(file, copied[:len(copied)/2], 0o600)
		},
		"gone": func(_ *shop, file string, _ []byte) error { return os.Remove(file) },
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			file := filepath.Join(s.dir, "purse.db")
			s.check(s.close())
			copied, err := os.ReadFile(file)
			s.check(err)
			s.open()
			s.pay(100)
			s.check(s.close())
			s.check(spoil(s, file, copied))
			s.open()
			s.check(s.ApplyCard(t.Context(), 0))
			if !slices.Equal(s.hand.asked(), []trusted.Purpose{trusted.ToReplace}) {
				t.Errorf("asked for %v", s.hand.asked())
			}
			s.other()
		})
	}
}

// Where settlement cannot be reached the owner is not asked in vain, and the card before
// stays what it is; refused, it stays as well. The next try works.
func TestReplacementWaits(t *testing.T) {
	s := begin(t)
	s.block()
	s.bank.away = true
	if err := s.ApplyCard(t.Context(), 0); !errors.Is(err, commands.ErrCardWaits) || len(s.hand.shown) > 0 {
		t.Fatalf("settlement away: %v, asked for %v", err, s.hand.asked())
	}
	s.bank.away, s.bank.refuses = false, true
	if err := s.ApplyCard(t.Context(), 0); !errors.Is(err, commands.ErrCardRefused) {
		t.Fatalf("refused: %v", err)
	}
	s.still()
	s.bank.refuses = false
	s.check(s.ApplyCard(t.Context(), 0))
	s.other()
}

// A block that was lifted meanwhile leaves the card.
func TestLiftedBlockKeepsTheCard(t *testing.T) {
	s := begin(t)
	s.block()
	s.world.Pass(time.Second)
	s.check(s.bank.block(false))
	s.check(s.ApplyCard(t.Context(), 0))
	s.still()
	if slices.Contains(s.hand.asked(), trusted.ToReplace) {
		t.Error("the owner was asked for another card")
	}
	s.pay(10)
}

// Money is moved to the card, and a card applied for, once the owner has unlocked the
// wallet; what waits for the card is its own.
func TestOwnerIsPresent(t *testing.T) {
	s := begin(t)
	ctx := t.Context()
	s.owner.Lock()
	s.hand.declines = true
	for what, do := range map[string]func() error{
		"load": func() error { return s.LoadCard(ctx, 100, false) }, "renew": func() error { return s.ApplyCard(ctx, 0) },
	} {
		asked := s.bank.asked
		if err := do(); !errors.Is(err, trusted.ErrDeclined) || s.bank.asked != asked {
			t.Errorf("%s while it is locked: %v", what, err)
		}
	}
	s.hand.shown = nil
	if err := s.LoadCard(ctx, 100, true); err != nil || len(s.hand.shown) > 0 {
		t.Errorf("what waits: %v, asked for %v", err, s.hand.asked())
	}
	s.hand.declines = false
	s.check(s.LoadCard(ctx, 100, false))
	s.check(s.ApplyCard(ctx, 0))
	if !slices.Equal(s.hand.asked(), []trusted.Purpose{trusted.ToUnlock}) {
		t.Errorf("asked for %v", s.hand.asked())
	}
}
