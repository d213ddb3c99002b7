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

// A phone that is still being asked when the scan is claimed, or the sale cancelled,
// is not asked to pay any more.
func TestClaimedWhileThePhoneIsAsked(t *testing.T) {
	for name, first := range map[string]func(*shop){
		"scan": func(s *shop) { s.pay(nil); s.touch() },
		"cancel": func(s *shop) {
			if err := s.till.Cancel(); err != nil {
				s.t.Fatal(err)
			}
		},
	} {
		for at := range payAPDU {
			tapping(t, func(s *shop) {
				s.begin()
				s.field.slow = time.Second
				p := s.field.hold(s.wallet, never)
				time.Sleep(time.Duration(at)*time.Second + time.Second/2)
				if v := s.till.View(); v.Stage != Presenting || v.Tap != TapFound {
					t.Fatalf("%s at APDU %d: %+v", name, at, v)
				}
				first(s)
				time.Sleep(time.Minute)
				p.lift()
				if v := s.till.View(); v.Stage != Ended || len(s.wallet.Deductions()) != 0 || (v.Ending == Paid) != (s.settler.charges == 1) {
					t.Errorf("%s at APDU %d: %s %s, %d deductions, %d charges", name, at, v.Stage, v.Ending, len(s.wallet.Deductions()), s.settler.charges)
				}
				s.agree(s.wallet)
			})
		}
	}
}

// Once the phone is asked to pay, neither the cashier nor a code stops it.
func TestAskedToPay(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.field.slow = time.Second
		p := s.field.hold(s.wallet, never)
		time.Sleep(payAPDU*time.Second + time.Second/2)
		if v := s.till.View(); v.Stage != Tapping || v.Cancellable {
			t.Fatalf("view %+v", v)
		}
		if err := s.till.Cancel(); err != ErrTooLate {
			t.Errorf("cancelled: %v", err)
		}
		time.Sleep(time.Minute)
		p.lift()
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}

// A result that cannot be written down is not shown as paid: the tap stays torn, and
// the wallet says it again.
func TestResultNotWritten(t *testing.T) {
	for _, torn := range []cut{never, {payAPDU, "within"}} {
		tapping(t, func(s *shop) {
			s.journal.setFail(EventTapResult)
			s.begin()
			s.tap(s.wallet, torn)
			s.want(Torn, "", ReasonNone)
			s.tap(s.wallet, never)
			s.want(Torn, "", ReasonNone)
			if len(s.purse.order) != 0 {
				t.Error("cleared what is not written down")
			}
			s.journal.setFail("")
			s.tap(s.wallet, never)
			s.want(Ended, Paid, ReasonNone)
			s.agree(s.wallet)
		})
	}
}

// A PAY that cannot be written down does not leave.
func TestPayNotWritten(t *testing.T) {
	tapping(t, func(s *shop) {
		s.journal.setFail(EventTapPay)
		s.begin()
		s.tap(s.wallet, never)
		s.want(Ended, Refused, ReasonJournal)
		if len(s.wallet.Deductions()) != 0 {
			t.Error("deducted")
		}
		s.journal.setFail("")
		s.readyForNext()
	})
}

// The very moment in which a scan has claimed the sale and the reader has not heard
// of it: PAY does not leave.
func TestClaimedOnce(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		front := s.till.front
		s.field.at = func(apdu int) {
			if apdu == payAPDU-1 && !front.claim(t.Context(), RailScan) {
				t.Error("not claimed")
			}
		}
		s.tap(s.wallet, never)
		if len(s.wallet.Deductions()) != 0 || front.claim(t.Context(), RailTap) {
			t.Error("claimed twice")
		}
		wantEvents(t, s.journal.events(1), EventKeyed, EventRequest)
	})
}
