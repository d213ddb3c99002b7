package purse_test

import (
	"testing"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
)

// scene is a purse with a world around it.
type scene struct {
	*pursetest.World
	*purse.Purse
	t    *testing.T
	dir  string
	shop *pursetest.Terminal
	shut func()
}

// begin makes a purse with a card and some money on it, armed.
func begin(t *testing.T, amount protocol.Amount, change func(*purse.Options)) *scene {
	t.Helper()
	s := &scene{World: pursetest.New(t), t: t, dir: t.TempDir()}
	s.Change = change
	s.shop = s.Terminal("T-0001", "Corner Café")
	s.open()
	s.Furnish(s.Purse, amount)
	s.arm()
	return s
}

// open opens the purse; again opens it anew, as after a restart.
func (s *scene) open() {
	s.t.Helper()
	p, kept, err := s.Open(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Purse = p
	over := false
	s.shut = func() {
		if over {
			return
		}
		over = true
		p.Close()
		if err := kept.Close(); err != nil {
			s.t.Error(err)
		}
	}
	s.t.Cleanup(s.shut)
}

func (s *scene) again() {
	s.t.Helper()
	s.shut()
	s.open()
}

func (s *scene) arm() {
	s.t.Helper()
	if err := s.Arm(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// card is what terminals tap.
func (s *scene) card() pursetest.Card { return pursetest.Direct{Purse: s.Purse} }

// pay taps for an amount and returns what the card said.
func (s *scene) pay(code protocol.Code, amount protocol.Amount) (*pursetest.Tap, protocol.TapStatus) {
	s.t.Helper()
	tap, err := s.shop.Pay(s.t.Context(), s.card(), code, amount)
	if err != nil {
		s.t.Fatal(err)
	}
	return tap, tap.Result.Unverified().Status
}

func (s *scene) balance(want protocol.Sum) {
	s.t.Helper()
	if have := s.View().Balance; have != want {
		s.t.Errorf("balance %d, want %d", have, want)
	}
}

// Steps S1 to S9 whole, twice, and what is left of them after a restart.
func TestTap(t *testing.T) {
	s := begin(t, 50_000, nil)
	first, status := s.pay(protocol.NewCode(), 7_800)
	if status != protocol.TapDeducted {
		t.Fatal(status)
	}
	s.balance(42_200)
	second, _ := s.pay(protocol.NewCode(), 200)
	a, b := first.Result.Unverified(), second.Result.Unverified()
	if a.Counter != 1 || *a.Previous != (protocol.Hash{}) || b.Counter != 2 || *b.Previous != first.Result.Hash() {
		t.Errorf("chain %+v, %+v", a, b)
	}
	s.again()
	s.balance(42_000)
	v := s.View()
	if v.Kept != 2 || v.Unconfirmed != 2 || v.UnconfirmedSum != 8_000 || v.Ending != s.Number().Ending() {
		t.Errorf("%+v", v)
	}
	s.arm()
	for _, torn := range []*pursetest.Tap{first, second} {
		result, err := s.shop.Recover(t.Context(), s.card(), torn)
		if err != nil || result.Hash() != torn.Result.Hash() {
			t.Errorf("recovered %v, %v", result, err)
		}
	}
	h := s.History()
	if len(h) != 3 || h[0].Amount != 200 || h[1].Other != "Corner Café" || h[2].Kind != purse.Loaded {
		t.Errorf("history %+v", h)
	}
}
