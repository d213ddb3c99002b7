package sale

import (
	"testing"
	"time"

	"countersign/protocol"
)

// The whole of S2 to S9, and what follows.
func TestSaleByTap(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		if v := s.want(Presenting, "", ReasonNone); v.Tap != TapReady || v.Request == "" {
			t.Errorf("offered %+v", v)
		}
		s.purse.set(func() { s.purse.down = ErrNotSent })
		p := s.tap(s.wallet, never)
		v := s.want(Ended, Paid, ReasonNone)
		if v.Card != s.wallet.Card.Number().Ending() || v.Unsent.Count != 1 || v.Unsent.Sum != protocol.Sum(s.sale.Amount) {
			t.Errorf("ended as %+v", v)
		}
		wantEvents(t, s.journal.events(1), EventKeyed, EventRequest, EventTapPay, EventTapResult)
		if s.wallet.Left() != 100000-s.sale.Amount {
			t.Errorf("%d left", s.wallet.Left())
		}
		if p.apdus > 12 {
			t.Errorf("%d APDUs", p.apdus)
		}
		s.purse.set(func() { s.purse.down = nil })
		s.agree(s.wallet)
		wantEvents(t, s.journal.events(1), EventKeyed, EventRequest, EventTapPay, EventTapResult, EventTapCleared)
		if v := s.till.View(); v.Unsent.Count != 0 || v.Unsent.Sum != 0 {
			t.Errorf("unsent %+v", v.Unsent)
		}
		s.readyForNext()
	})
}

// Whoever is first wins, and the other is closed.
func TestScanClosesTheReader(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.pay(nil)
		s.want(Finger, "", ReasonNone)
		s.tap(s.wallet, never)
		s.touch()
		s.want(Ended, Paid, ReasonNone)
		if len(s.wallet.Deductions()) != 0 || s.settler.charges != 1 {
			t.Errorf("%d deductions, %d charges", len(s.wallet.Deductions()), s.settler.charges)
		}
		time.Sleep(time.Second)
	})
}

func TestTapClosesTheCamera(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.wallet.Set(func() { s.wallet.Asks = true })
		s.tap(s.wallet, never)
		s.want(Confirm, "", ReasonNone)
		s.codes <- "anything"
		s.want(Confirm, "", ReasonNone)
		if len(s.codes) != 1 {
			t.Error("the camera still looks")
		}
		s.wallet.Set(func() { s.wallet.Confirmed = true })
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}
