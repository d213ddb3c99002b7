package purse_test

import (
	"errors"
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// ending makes a purse with 100.00 on a card that has yet so long to go, armed.
func ending(t *testing.T, left time.Duration) *scene {
	t.Helper()
	s := &scene{World: pursetest.New(t), t: t, dir: t.TempDir()}
	s.shop = s.Terminal("T-0001", "Corner Café")
	s.open()
	a, err := s.Apply(t.Context(), "6222020200112233445", 156)
	if err != nil {
		t.Fatal(err)
	}
	claims := s.CardClaims(a)
	claims.Expires = protocol.At(s.Now().Add(left))
	if _, err := s.AcceptCard(t.Context(), protocoltest.Sign(t, s.Server.Key, claims)); err != nil {
		t.Fatal(err)
	}
	s.Load(s.Purse, 10_000)
	s.arm()
	return s
}

// A PAY is within the card's life by the wallet's clock and by the terminal's, which
// settlement goes by: a terminal whose clock is ahead would not be credited.
func TestCardEndsByEitherClock(t *testing.T) {
	const left = time.Minute
	for name, test := range map[string]struct {
		wallet time.Duration // passes between GET and PAY
		ahead  time.Duration // is the terminal's clock, of the wallet's
		want   protocol.TapStatus
	}{
		"both in the last second":         {left, 0, protocol.TapDeducted},
		"the terminal in the last second": {0, left, protocol.TapDeducted},
		"the terminal a second late":      {0, left + time.Second, protocol.TapRefused},
		"the terminal as late as may be":  {0, protocol.MaxAge, protocol.TapRefused},
		"the wallet a second late":        {left + time.Second, -time.Second, protocol.TapRefused},
	} {
		t.Run(name, func(t *testing.T) {
			s := ending(t, left)
			tap := &pursetest.Tap{Code: protocol.NewCode()}
			if err := s.shop.Ask(t.Context(), s.card(), tap); err != nil {
				t.Fatal(err)
			}
			s.Pass(test.wallet)
			tap.Pay = protocoltest.Sign(t, s.shop.Key, protocol.TapPay{
				Answer: protocol.AnswerHash(tap.Get.Hash(), tap.Answer), Amount: 700, Currency: 156, Scramble: tap.Code,
				Issued: protocol.At(s.Now().Add(test.ahead)), Life: 60,
			})
			if err := s.shop.Charge(t.Context(), s.card(), tap); err != nil {
				t.Fatal(err)
			}
			if have := tap.Result.Unverified().Status; have != test.want {
				t.Errorf("%v, want %v", have, test.want)
			}
			balance := protocol.Sum(10_000)
			if test.want == protocol.TapDeducted {
				balance -= 700
			}
			s.balance(balance)
		})
	}
}

// A card that has ended is recovered from, and pays nothing; nor can it be armed again.
func TestEndedCard(t *testing.T) {
	s := ending(t, 30*time.Second)
	torn, _ := s.pay(protocol.NewCode(), 700)
	late := &pursetest.Tap{Code: protocol.NewCode()}
	if err := s.shop.Ask(t.Context(), s.card(), late); err != nil {
		t.Fatal(err)
	}
	s.Pass(31 * time.Second)
	if err := s.shop.Order(late, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.shop.Charge(t.Context(), s.card(), late); err != nil || late.Result.Unverified().Status != protocol.TapRefused {
		t.Error(err)
	}
	if result, err := s.shop.Recover(t.Context(), s.card(), torn); err != nil || result.Hash() != torn.Result.Hash() {
		t.Error(err)
	}
	if _, err := s.TransferTo(1); !errors.Is(err, protocol.ErrExpired) {
		t.Error(err)
	}
	if err := s.Arm(t.Context()); !errors.Is(err, protocol.ErrExpired) {
		t.Error(err)
	}
	s.balance(9_300)
}
