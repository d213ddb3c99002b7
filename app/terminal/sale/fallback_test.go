package sale

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// poorFinger brings a sale to where no finger could be read.
func (s *shop) poorFinger() {
	s.t.Helper()
	s.begin()
	s.pay(nil)
	for range Defaults().PoorFingers {
		s.fingers <- ErrFingerPoor
	}
}

// A finger that cannot be read is followed by a sale of its own, whose payment says that
// the phone verified its holder; the first is taken back where its wallet waits for it.
func TestPINInPlaceOfAFinger(t *testing.T) {
	for name, none := range map[string]func(s *shop){
		"too poor too often": func(s *shop) { s.poorFinger() },
		"said by the cashier": func(s *shop) {
			s.begin()
			s.pay(nil)
			synctest.Wait()
			if err := s.till.NoFinger(); err != nil {
				s.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbleWith(t, func(s *shop) { s.fallback, s.pinMost = FallbackPIN, s.sale.Amount }, func(s *shop) {
				none(s)
				synctest.Wait()
				if v := s.till.View(); v.Stage != Ended || v.Ending != Refused || !v.ByPIN {
					t.Fatalf("have %+v", v)
				}
				if err := s.till.BeginByPIN(); err != nil {
					t.Fatal(err)
				}
				if asked := s.request().Unverified(); !asked.WantsPIN || asked.Amount != s.sale.Amount {
					t.Errorf("asks for %+v", asked)
				}
				s.pay(func(p *protocol.Payment) { p.HolderByPIN = true })
				v := s.want(Ended, Paid, ReasonNone)
				if v.Number != 2 || v.ByPIN {
					t.Errorf("have %+v", v)
				}
				if s.settler.paid[s.hash(1)] != protocol.ResultReversed {
					t.Errorf("settlement has %v", s.settler.paid)
				}
				if last := s.journal.last(2); !last.ByPIN {
					t.Errorf("journal has %+v", last)
				}
				if err := s.till.Dismiss(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestPINNotOffered(t *testing.T) {
	t.Run("not in this shop", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.poorFinger()
			s.wantNoPIN(ReasonFingerPoor)
		})
	})
	t.Run("not for so much", func(t *testing.T) {
		inBubbleWith(t, func(s *shop) { s.fallback, s.pinMost = FallbackPIN, s.sale.Amount-1 }, func(s *shop) {
			s.poorFinger()
			s.wantNoPIN(ReasonFingerPoor)
		})
	})
	t.Run("not after another's finger", func(t *testing.T) {
		inBubbleWith(t, func(s *shop) { s.fallback, s.pinMost = FallbackPIN, s.sale.Amount }, func(s *shop) {
			s.settler.script = []any{protocol.ResultRetryFinger}
			s.begin()
			s.pay(nil)
			s.touch()
			s.want(Finger, "", ReasonNone)
			if err := s.till.NoFinger(); !errors.Is(err, ErrNoFallback) {
				t.Errorf("no finger: %v", err)
			}
			for range Defaults().PoorFingers {
				s.fingers <- ErrFingerPoor
			}
			s.wantNoPIN(ReasonFingerPoor)
		})
	})
	t.Run("not when the time is over", func(t *testing.T) {
		inBubbleWith(t, func(s *shop) { s.fallback, s.pinMost = FallbackPIN, s.sale.Amount }, func(s *shop) {
			s.begin()
			s.pay(nil)
			time.Sleep(31 * time.Second)
			synctest.Wait()
			if v := s.till.View(); v.ByPIN {
				t.Errorf("have %+v", v)
			}
		})
	})
}

func (s *shop) wantNoPIN(why Reason) {
	s.t.Helper()
	if v := s.want(Ended, Refused, why); v.ByPIN {
		s.t.Errorf("have %+v", v)
	}
	if err := s.till.BeginByPIN(); !errors.Is(err, ErrNoFallback) {
		s.t.Errorf("by PIN: %v", err)
	}
	s.readyForNext()
}

// A payment that says that a PIN was verified where the request did not ask for one
// changes nothing.
func TestPINUnasked(t *testing.T) {
	inBubbleWith(t, func(s *shop) { s.fallback, s.pinMost = FallbackPIN, s.sale.Amount }, func(s *shop) {
		s.begin()
		request := s.request()
		claims := s.sale.PaymentClaims(t, request, nil)
		claims.HolderByPIN = true
		s.codes <- protocol.PaymentText(s.sale.Sealed(t, request, protocoltest.Sign(t, s.sale.Wallet.Key, claims)))
		synctest.Wait()
		if v := s.till.View(); v.Stage != Presenting || v.Notice == ReasonNone {
			t.Errorf("have %s, notice %q", v.Stage, v.Notice)
		}
	})
}

func TestParseFallback(t *testing.T) {
	for _, f := range []Fallback{FallbackRefuse, FallbackPIN} {
		if got, err := ParseFallback(string(f)); got != f || err != nil {
			t.Errorf("%q: %q, %v", f, got, err)
		}
	}
	if _, err := ParseFallback("PIN"); !errors.Is(err, ErrFallback) {
		t.Errorf("PIN: %v", err)
	}
}
