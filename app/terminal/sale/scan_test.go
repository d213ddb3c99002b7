package sale

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// inBubble runs a test of a shop on a clock of its own.
func inBubble(t *testing.T, test func(*shop)) {
	t.Helper()
	inBubbleWith(t, func(*shop) {}, test)
}

// inBubbleWith is inBubble in a shop that is set up before it opens.
func inBubbleWith(t *testing.T, set, test func(*shop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		set(s)
		s.open()
		defer func() { s.till.Close() }() // the last one that was opened
		test(s)
	})
}

// Guarantee 1: the journal has every transition, in the patent's order.
func TestSaleByScan(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		s.pay(nil)
		s.want(Finger, "", ReasonNone)
		s.touch()
		v := s.want(Ended, Paid, ReasonNone)
		if v.Reference != 4711 || v.Number != 1 || v.Cancellable {
			t.Errorf("ended as %+v", v)
		}
		o, err := protocol.ParseOutcomeText(v.Receipt)
		if err != nil || o.Unverified().Result != protocol.ResultPaid {
			t.Errorf("receipt %q: %v", v.Receipt, err)
		}
		want := []Event{EventKeyed, EventRequest, EventPayment, EventFinger, EventSubmission, EventOutcome, EventAcknowledged}
		if have := s.journal.events(1); !slices.Equal(have, want) {
			t.Errorf("journal has %v, want %v", have, want)
		}
		if s.settler.charges != 1 || s.settler.acked != 1 {
			t.Errorf("%d charges, %d acknowledgements", s.settler.charges, s.settler.acked)
		}
		s.readyForNext()
	})
}

// Step 11, the other way: a phone with a sensor of its own brings the print, and
// the terminal does not ask.
func TestPhoneBringsThePrint(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		request := s.request()
		payment := s.sale.Payment(t, request, protocoltest.Template(120, "phone"))
		s.codes <- protocol.PaymentText(s.sale.Sealed(t, request, payment))
		s.want(Ended, Paid, ReasonNone)
		if slices.Contains(s.journal.events(1), EventFinger) {
			t.Error("the finger was asked for")
		}
	})
}

// Guarantee 3: what is not a genuine wallet's word for this request is named and
// changes nothing; the sale is paid afterwards.
func TestJunkHeldToTheCamera(t *testing.T) {
	foreign := func(s *shop) protocoltest.Sale {
		other := s.sale
		other.Realm = protocoltest.New(s.t, "elsewhere/1")
		other.Wallet = other.Realm.Wallet("W-0001", s.sale.Settlement, protocoltest.Template(120, "enrolled"), false)
		return other
	}
	tests := map[string]struct {
		text func(*shop, *protocol.Signed[protocol.Request]) string
		want Reason
	}{
		"another kind of code": {func(*shop, *protocol.Signed[protocol.Request]) string { return "https://example.org" }, ReasonNotOurs},
		"a request of another terminal": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			return protocol.RequestText(s.sale.Request(s.t))
		}, ReasonNotOurs},
		"truncated": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			text := protocol.PaymentText(s.sale.Sealed(s.t, r, s.sale.Payment(s.t, r, nil)))
			return text[:len(text)-4]
		}, ReasonDamaged},
		"cut to the prefix": {func(*shop, *protocol.Signed[protocol.Request]) string { return protocol.PrefixPayment }, ReasonDamaged},
		"one bit flipped": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			sealed := s.sale.Sealed(s.t, r, s.sale.Payment(s.t, r, nil))
			sealed[len(sealed)/2] ^= 1
			return protocol.PaymentText(sealed)
		}, ReasonOtherSale},
		"payment for another request, photographed": {func(s *shop, _ *protocol.Signed[protocol.Request]) string {
			r := s.sale.Request(s.t)
			return protocol.PaymentText(s.sale.Sealed(s.t, r, s.sale.Payment(s.t, r, nil)))
		}, ReasonOtherSale},
		"payment for another terminal": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			other := s.sale
			other.Terminal = s.sale.Realm.Terminal("T-0002", "Other")
			return protocol.PaymentText(other.Sealed(s.t, r, s.sale.Payment(s.t, r, nil)))
		}, ReasonOtherSale},
		"wallet of another authority": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			other := foreign(s)
			return protocol.PaymentText(other.Sealed(s.t, r, other.Payment(s.t, r, nil)))
		}, ReasonOtherAuthority},
		"a terminal's certificate used as a wallet's": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			other := s.sale
			other.Wallet = s.sale.Realm.Terminal("T-0003", "Other")
			return protocol.PaymentText(other.Sealed(s.t, r, other.Payment(s.t, r, nil)))
		}, ReasonRole},
		"signed by another key than the certified one": {func(s *shop, r *protocol.Signed[protocol.Request]) string {
			p := protocoltest.Sign(s.t, protocoltest.SignatureKey(s.t, "thief"), s.sale.PaymentClaims(s.t, r, nil))
			return protocol.PaymentText(s.sale.Sealed(s.t, r, p))
		}, ReasonOtherAuthority},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.begin()
				s.codes <- test.text(s, s.request())
				s.wantNotice(test.want)
				s.pay(nil)
				s.touch()
				s.want(Ended, Paid, ReasonNone)
			})
		})
	}
}

// What a genuine wallet signed for this request and cannot be accepted ends the
// sale at once; nothing is charged and the next sale is possible.
func TestGenuineButRefused(t *testing.T) {
	tests := map[string]struct {
		change func(*shop, *protocol.Payment)
		before func(*shop)
		want   Reason
	}{
		"another amount":      {change: func(_ *shop, p *protocol.Payment) { p.Amount-- }, want: ReasonOtherAmount},
		"another currency":    {change: func(_ *shop, p *protocol.Payment) { p.Currency = 978 }, want: ReasonOtherCurrency},
		"wrong scramble code": {change: func(_ *shop, p *protocol.Payment) { p.Scramble[0] ^= 1 }, want: ReasonWrongCode},
		"certificate expired": {before: func(s *shop) {
			claims := s.sale.Wallet.Certificate.Unverified()
			claims.Expires = protocol.At(s.sale.Realm.Now.Add(-time.Minute))
			s.sale.Wallet = s.sale.Realm.Certify(claims)
		}, want: ReasonCertExpired},
		"certificate of tomorrow": {before: func(s *shop) {
			claims := s.sale.Wallet.Certificate.Unverified()
			claims.NotBefore = protocol.At(s.sale.Realm.Now.Add(time.Hour))
			s.sale.Wallet = s.sale.Realm.Certify(claims)
		}, want: ReasonNotYetValid},
		"certificate revoked": {before: func(s *shop) {
			s.trust.Revocation.Revoked = []protocol.Revoked{{Subject: s.sale.Wallet.Subject, Until: protocol.At(s.sale.Realm.Now)}}
		}, want: ReasonRevoked},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(s *shop) {
				genuine := s.sale.Wallet
				if test.before != nil {
					test.before(s)
				}
				s.begin()
				s.pay(func(p *protocol.Payment) {
					if test.change != nil {
						test.change(s, p)
					}
				})
				s.want(Ended, Refused, test.want)
				if s.settler.charges != 0 {
					t.Error("charged")
				}
				s.sale.Wallet, s.trust.Revocation.Revoked = genuine, []protocol.Revoked{}
				s.readyForNext()
			})
		})
	}
}

func TestSettlementDecides(t *testing.T) {
	for result, want := range map[protocol.Result]Reason{
		protocol.ResultFinger: ReasonFinger, protocol.ResultWallet: ReasonWallet, protocol.ResultTerminal: ReasonTerminal,
		protocol.ResultLate: ReasonLate, protocol.ResultConflict: ReasonConflict, protocol.ResultFunds: ReasonFunds,
	} {
		t.Run(result.String(), func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.settler.result = result
				s.begin()
				s.pay(nil)
				s.touch()
				v := s.want(Ended, Refused, want)
				if v.Receipt == "" {
					t.Error("no receipt for the phone")
				}
				s.readyForNext()
			})
		})
	}
}

func TestThreeFingers(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.script = []any{protocol.ResultRetryFinger, protocol.ResultRetryFinger, protocol.ResultPaid}
		s.begin()
		s.pay(nil)
		for attempt := 1; attempt <= 3; attempt++ {
			v := s.want(Finger, "", ReasonNone)
			if v.Attempt != attempt || v.AttemptsLeft != 3-attempt {
				t.Errorf("attempt %d, %d left", v.Attempt, v.AttemptsLeft)
			}
			if attempt > 1 && v.Notice != ReasonRetryFinger {
				t.Errorf("notice %q", v.Notice)
			}
			s.touch()
		}
		s.want(Ended, Paid, ReasonNone)
	})
}

// A sale that is given up after a first finger was refused is closed at
// settlement too, so that the phone learns it.
func TestGivenUpBetweenFingers(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.script = []any{protocol.ResultRetryFinger}
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Finger, "", ReasonNone)
		if err := s.till.Cancel(); err != nil {
			t.Fatal(err)
		}
		s.want(Ended, Cancelled, ReasonNone)
		if s.settler.paid[s.hash(1)] != protocol.ResultReversed {
			t.Errorf("settlement has %v", s.settler.paid)
		}
		if events := s.journal.events(1); events[len(events)-1] != EventEnded {
			t.Errorf("journal has %v", events)
		}
	})
}

func (s *shop) hash(number uint64) protocol.Hash {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	for _, e := range slices.Backward(s.journal.entries) {
		if e.Sale == number {
			return e.Request
		}
	}
	return protocol.Hash{}
}

func TestCancelAtEveryStep(t *testing.T) {
	t.Run("presenting", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			s.request()
			if err := s.till.Cancel(); err != nil {
				t.Fatal(err)
			}
			s.want(Ended, Cancelled, ReasonNone)
			if want := []Event{EventKeyed, EventRequest, EventEnded}; !slices.Equal(s.journal.events(1), want) {
				t.Errorf("journal has %v", s.journal.events(1))
			}
			s.readyForNext()
		})
	})
	t.Run("finger", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			s.pay(nil)
			s.want(Finger, "", ReasonNone)
			if err := s.till.Cancel(); err != nil {
				t.Fatal(err)
			}
			s.want(Ended, Cancelled, ReasonNone)
			s.readyForNext()
		})
	})
	t.Run("too late", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			s.pay(nil)
			s.touch()
			s.want(Ended, Paid, ReasonNone)
			if err := s.till.Cancel(); err != ErrTooLate {
				t.Errorf("have %v", err)
			}
		})
	})
}

func TestTimeOutAtEveryStep(t *testing.T) {
	t.Run("nobody pays", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			time.Sleep(61 * time.Second)
			s.want(Ended, Expired, ReasonTimedOut)
			s.readyForNext()
		})
	})
	t.Run("photographed code, then nobody pays", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			r := s.sale.Request(t)
			s.codes <- protocol.PaymentText(s.sale.Sealed(t, r, s.sale.Payment(t, r, nil)))
			time.Sleep(61 * time.Second)
			if v := s.want(Ended, Expired, ReasonTimedOut); v.Notice != ReasonOtherSale {
				t.Errorf("notice %q", v.Notice)
			}
		})
	})
	t.Run("no finger", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			s.pay(nil)
			time.Sleep(31 * time.Second)
			s.want(Ended, Expired, ReasonTimedOut)
			s.readyForNext()
		})
	})
}

func TestFingerTooPoor(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		s.pay(nil)
		s.fingers <- &AdvisedError{"press-firmly", ErrFingerPoor}
		s.wantNotice(ReasonFingerPoor)
		if v := s.till.View(); v.Advice != "press-firmly" || s.lifted != 1 {
			t.Errorf("advises %q, lifted %d times", v.Advice, s.lifted)
		}
		s.fingers <- ErrFingerPoor
		synctest.Wait()
		if v := s.till.View(); v.Advice != "" {
			t.Errorf("still advises %q", v.Advice)
		}
		s.fingers <- ErrFingerPoor
		s.want(Ended, Refused, ReasonFingerPoor)
		s.readyForNext()
	})
}

func TestSensorPulledOut(t *testing.T) {
	t.Run("and back", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.begin()
			s.pay(nil)
			s.fingers <- ErrSensorLost
			s.wantNotice(ReasonSensorLost)
			s.touch()
			time.Sleep(time.Second)
			s.want(Ended, Paid, ReasonNone)
		})
	})
	t.Run("for good", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.sensorGone = true
			s.begin()
			s.pay(nil)
			time.Sleep(31 * time.Second)
			s.want(Ended, Refused, ReasonSensorLost)
			s.sensorGone = false
			s.readyForNext()
		})
	})
}

func TestCameraMissing(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		s.codes <- "camera pulled out"
		time.Sleep(61 * time.Second)
		s.want(Ended, Refused, ReasonCameraLost)
		s.readyForNext()
	})
}

func TestSettlementUnreachableBeforeSending(t *testing.T) {
	t.Run("no certificate", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.settler.setDown(ErrNotSent)
			s.begin()
			s.pay(nil)
			s.want(Ended, Refused, ReasonUnreachable)
			s.readyForNext()
		})
	})
	t.Run("gone since", func(t *testing.T) {
		inBubble(t, func(s *shop) {
			s.settler.script = []any{ErrNotSent}
			s.begin()
			s.pay(nil)
			s.touch()
			s.want(Ended, Refused, ReasonUnreachable)
			s.readyForNext()
		})
	})
}

func TestClockOffByADay(t *testing.T) {
	for name, skew := range map[string]time.Duration{"behind": -24 * time.Hour, "ahead": 8 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.skew = skew
				s.begin()
				s.want(Ended, Refused, ReasonOwnCert)
				s.readyForNext()
			})
		})
	}
}

func TestRevocationListTooOld(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.trust.Revocation.Issued = protocol.At(s.sale.Realm.Now.Add(-25 * time.Hour))
		s.begin()
		s.want(Ended, Refused, ReasonListStale)
	})
}

func TestAmountOutOfRange(t *testing.T) {
	inBubble(t, func(s *shop) {
		for _, amount := range []protocol.Amount{-1, 0, protocol.MaxMinor + 1} {
			if err := s.till.Begin(amount); err == nil {
				t.Errorf("began with %d", amount)
			}
		}
		if s.journal.number != 0 {
			t.Error("a number was used")
		}
	})
}

func TestOneSaleInFront(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		if err := s.till.Begin(1); err != ErrSaleOpen {
			t.Errorf("have %v", err)
		}
		if err := s.till.Dismiss(); err != ErrSaleOpen {
			t.Errorf("have %v", err)
		}
	})
}

// Somebody else than the settlement server that was set up answers.
func TestOtherSettlement(t *testing.T) {
	inBubble(t, func(s *shop) {
		genuine := s.sale.Settlement
		s.begin()
		s.sale.Settlement = s.sale.Realm.Settlement("settlement-2")
		s.till.front.cancel(errCancelled)
		synctest.Wait()
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		s.pay(nil)
		s.want(Ended, Refused, ReasonSettlement)
		s.sale.Settlement = genuine
		s.readyForNext()
	})
}
