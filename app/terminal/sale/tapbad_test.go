package sale

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/clearing"
	"countersign/app/terminal/wallettest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

// What a phone can be before PAY has left, without the sale being any worse for it:
// said, nothing deducted, and an honest phone pays afterwards.
func TestPhonesThatDoNotPay(t *testing.T) {
	for name, test := range map[string]struct {
		wrong func(*shop, *wallettest.Wallet)
		want  Reason
	}{
		"locked":                    {func(_ *shop, w *wallettest.Wallet) { w.Locked = true }, ReasonTapNotOurs},
		"refuses GET":               {func(_ *shop, w *wallettest.Wallet) { w.Status[protocol.TapInsGet] = iso7816.SecurityNotSatisfied }, ReasonTapNotOurs},
		"SELECT out of order":       {func(_ *shop, w *wallettest.Wallet) { w.Status[iso7816.InsSelect] = iso7816.ConditionsNotSatisfied }, ReasonTapNotOurs},
		"SELECT of another version": {func(_ *shop, w *wallettest.Wallet) { w.Instead[iso7816.InsSelect] = []byte{0x6f, 0} }, ReasonTapBad},
		"GET answered with nothing": {func(_ *shop, w *wallettest.Wallet) { w.Instead[protocol.TapInsGet] = nil }, ReasonTapBad},
		"GET answered with garbage": {func(_ *shop, w *wallettest.Wallet) { w.Instead[protocol.TapInsGet] = make([]byte, 4000) }, ReasonTapBad},
		"number fails Luhn": {func(_ *shop, w *wallettest.Wallet) {
			n := []byte(w.Card.Number())
			n[15] = '0' + (n[15]-'0'+1)%10
			w.Number = protocol.CardNumber(n)
		}, ReasonTapNumber},
		"another card's number": {func(s *shop, w *wallettest.Wallet) { w.Number = s.sale.Realm.Card(s.sale.Settlement, 77).Number() }, ReasonTapOtherCard},
		"another card's key":    {func(s *shop, w *wallettest.Wallet) { w.Card.Key = s.sale.Realm.Card(s.sale.Settlement, 77).Key }, ReasonTapBad},
		"blocked": {func(s *shop, w *wallettest.Wallet) {
			s.purse.set(func() { s.purse.blocked.Blocked = []protocol.CardMark{w.Card.Mark()} })
		}, ReasonTapBlocked},
		"another currency": {func(s *shop, w *wallettest.Wallet) {
			claims := s.sale.Realm.CardClaims(s.sale.Settlement, 9)
			claims.Purse.Currency = 978
			w.Card = s.sale.Realm.IssueCard(s.sale.Settlement, claims)
		}, ReasonTapCurrency},
		"expired": {func(s *shop, w *wallettest.Wallet) {
			claims := s.sale.Realm.CardClaims(s.sale.Settlement, 9)
			claims.Expires = protocol.At(s.sale.Realm.Now.Add(-time.Hour))
			w.Card = s.sale.Realm.IssueCard(s.sale.Settlement, claims)
		}, ReasonTapExpired},
		"card signed by a wallet": {func(s *shop, w *wallettest.Wallet) {
			w.Card = s.sale.Realm.IssueCard(s.sale.Wallet, s.sale.Realm.CardClaims(s.sale.Settlement, 9))
		}, ReasonTapBad},
	} {
		t.Run(name, func(t *testing.T) {
			tapping(t, func(s *shop) {
				bad := s.anotherWallet(5)
				test.wrong(s, bad)
				s.begin()
				s.tap(bad, never)
				v := s.want(Presenting, "", ReasonNone)
				if v.Notice != test.want || v.Tap != TapReady || !v.Cancellable {
					t.Errorf("view %+v\n%s", v, s.log.String())
				}
				if len(bad.Deductions()) != 0 {
					t.Error("deducted")
				}
				s.tap(s.wallet, never)
				s.want(Ended, Paid, ReasonNone)
				s.agree(s.wallet, bad)
			})
		})
	}
}

// What a phone can answer to PAY: all but its card's signed word leaves the tap torn,
// whatever it did; held again and honest, it has paid once.
func TestAnswersToPay(t *testing.T) {
	for name, wrong := range map[string]func(*shop, *wallettest.Wallet){
		"status word":              func(_ *shop, w *wallettest.Wallet) { w.Status[protocol.TapInsPay] = iso7816.ConditionsNotSatisfied },
		"says not found":           func(_ *shop, w *wallettest.Wallet) { w.Status[protocol.TapInsPay] = iso7816.NotFound },
		"nothing":                  func(_ *shop, w *wallettest.Wallet) { w.Instead[protocol.TapInsPay] = nil },
		"garbage":                  func(_ *shop, w *wallettest.Wallet) { w.Instead[protocol.TapInsPay] = make([]byte, 200) },
		"another amount":           func(_ *shop, w *wallettest.Wallet) { w.Forge = func(r *protocol.TapResult) { r.Amount-- } },
		"another code":             func(_ *shop, w *wallettest.Wallet) { w.Forge = func(r *protocol.TapResult) { r.Scramble[0]++ } },
		"another PAY":              func(_ *shop, w *wallettest.Wallet) { w.Forge = func(r *protocol.TapResult) { r.Answers[0]++ } },
		"another terminal":         func(_ *shop, w *wallettest.Wallet) { w.Forge = func(r *protocol.TapResult) { r.Terminal = "T-0666" } },
		"signed by another card's": func(s *shop, w *wallettest.Wallet) { c := s.sale.Realm.Card(s.sale.Settlement, 8); w.Signer = &c },
	} {
		t.Run(name, func(t *testing.T) {
			tapping(t, func(s *shop) {
				s.wallet.Set(func() { wrong(s, s.wallet) })
				s.begin()
				s.tap(s.wallet, never)
				if v := s.want(Torn, "", ReasonNone); v.Card != s.wallet.Card.Number().Ending() || len(v.Alerts) != 1 || v.Alerts[0].Doing != Retapping {
					t.Errorf("view %+v", v)
				}
				if err := s.till.Dismiss(); !errors.Is(err, ErrSaleOpen) {
					t.Errorf("a torn tap was put aside: %v", err)
				}
				forged := s.wallet.Forge != nil || s.wallet.Signer != nil
				s.wallet.Set(func() { clear(s.wallet.Status); clear(s.wallet.Instead); s.wallet.Forge, s.wallet.Signer = nil, nil })
				s.tap(s.wallet, never)
				if forged { // what such a wallet keeps, nobody believes: the cashier ends it
					s.want(Torn, "", ReasonNone)
					if err := s.till.Cancel(); err != nil {
						t.Fatal(err)
					}
					s.want(Ended, GivenUp, ReasonTapTorn)
					return
				}
				v := s.want(Ended, Paid, ReasonNone)
				if len(v.Alerts) != 0 {
					t.Errorf("alerts %+v", v.Alerts)
				}
				s.agree(s.wallet)
			})
		})
	}
}

// Another phone held to a torn tap is told apart, and waited for.
func TestTwoPhones(t *testing.T) {
	tapping(t, func(s *shop) {
		other := s.anotherWallet(2)
		s.begin()
		s.tap(s.wallet, cut{payAPDU, "within"})
		s.want(Torn, "", ReasonNone)
		s.tap(other, never)
		if v := s.want(Torn, "", ReasonNone); v.Notice != ReasonTapOtherCard {
			t.Errorf("notice %s", v.Notice)
		}
		s.field.change(func() { s.field.wrong = ErrTwoCards })
		s.tap(s.wallet, never)
		if v := s.want(Torn, "", ReasonNone); v.Notice != ReasonTapTwo {
			t.Errorf("notice %s", v.Notice)
		}
		s.field.change(func() { s.field.wrong = nil })
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet, other)
	})
}

// A card of its holder's own making beside a true deduction is not sold on:
// settlement would not pay for it.
func TestRecoveredCardOfOnesOwnMaking(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.tap(s.wallet, cut{payAPDU, "within"})
		s.want(Torn, "", ReasonNone)
		made := protocoltest.Sign(s.t, s.wallet.Card.Key, s.wallet.Card.Claims())
		s.wallet.Set(func() { s.wallet.Beside = made })
		s.tap(s.wallet, never)
		s.want(Torn, "", ReasonNone)
		s.wallet.Set(func() { s.wallet.Beside = nil })
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}

// A wallet that has said "never" of as many taps as it can remember says nothing of the
// next for some minutes: the cashier is told so, and the tap stays torn.
func TestWalletFullOfTornTaps(t *testing.T) {
	tapping(t, func(s *shop) {
		s.wallet.Set(func() { s.wallet.MostBurnt = 1 })
		s.begin()
		s.tap(s.wallet, cut{payAPDU, "before"})
		s.want(Torn, "", ReasonNone)
		s.tap(s.wallet, never) // says "never", and pays
		s.want(Ended, Paid, ReasonNone)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		s.tap(s.wallet, cut{payAPDU, "before"})
		s.want(Torn, "", ReasonNone)
		s.tap(s.wallet, never)
		if v := s.want(Torn, "", ReasonNone); v.Notice != ReasonTapFull || !v.Cancellable || s.wallet.Burnt() != 1 {
			t.Fatalf("notice %q, %d burnt", v.Notice, s.wallet.Burnt())
		}
		s.wallet.Set(func() { s.wallet.MostBurnt = 2 }) // it has forgotten one
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}

// A phone that broke off and is held again so soon that the reader never saw it leave
// is asked again, before PAY and behind it; it need not be lifted once more.
func TestHeldAgainUnseen(t *testing.T) {
	for _, at := range []cut{{0, "before"}, {2, "within"}, {payAPDU, "before"}, {payAPDU, "within"}} {
		tapping(t, func(s *shop) {
			s.begin()
			s.field.change(func() { s.field.unseen = true })
			s.tap(s.wallet, at)
			p := s.field.hold(s.wallet, never)
			for range 5 {
				time.Sleep(10 * time.Second)
				synctest.Wait()
			}
			if s.till.View().Stage == Presenting { // RECOVER has said that nothing was deducted
				t.Fatalf("APDU %d %s: still offered", at.at, at.how)
			}
			s.want(Ended, Paid, ReasonNone)
			p.lift()
			s.agree(s.wallet)
		})
	}
}

// A phone that is left lying pays once, not the next customer's sale as well.
func TestPhoneLeftLying(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		p := s.field.hold(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		time.Sleep(10 * time.Second)
		s.want(Presenting, "", ReasonNone)
		p.lift()
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}

// So does one whose reader was pulled out meanwhile, and put back under it; that the
// reader is away is said.
func TestPhoneLeftLyingThroughALostReader(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		p := s.field.hold(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		for _, lost := range []bool{true, false} {
			s.field.change(func() { s.field.lost = lost })
			time.Sleep(10 * time.Second)
			v := s.want(Presenting, "", ReasonNone)
			if (v.Tap == TapOff) != lost || (v.TapReason == ReasonReaderLost) != lost {
				t.Errorf("lost %v: %s %s", lost, v.Tap, v.TapReason)
			}
		}
		p.lift()
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.agree(s.wallet)
	})
}

// A phone that answers slowly, or never, does not hold the sale up; one that was
// asked to pay leaves it torn.
func TestSlowPhone(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.field.slow = time.Hour
		p := s.field.hold(s.wallet, never)
		time.Sleep(10 * time.Second)
		p.lift()
		synctest.Wait()
		if v := s.want(Presenting, "", ReasonNone); v.Notice != ReasonTapSlow {
			t.Errorf("notice %s", v.Notice)
		}
		s.pay(nil)
		s.touch()
		s.want(Ended, Paid, ReasonNone)
	})
}

// Funds and refusals are said, and the sale goes on with a request of its own.
func TestRefusedThenScanned(t *testing.T) {
	for want, how := range map[Reason]func(*wallettest.Wallet){
		ReasonTapFunds:   func(w *wallettest.Wallet) { w.Balance = 1 },
		ReasonTapRefused: func(w *wallettest.Wallet) { w.Refuses = true },
	} {
		tapping(t, func(s *shop) {
			s.begin()
			first := s.request()
			s.wallet.Set(func() { how(s.wallet) })
			s.tap(s.wallet, never)
			v := s.want(Presenting, "", ReasonNone)
			if v.Notice != want || s.request().Unverified().Scramble == first.Unverified().Scramble {
				t.Errorf("%+v", v)
			}
			s.pay(nil)
			s.touch()
			s.want(Ended, Paid, ReasonNone)
			if s.settler.charges != 1 || len(s.wallet.Deductions()) != 0 {
				t.Error("charged otherwise")
			}
		})
	}
}

// Nobody confirms: nothing is charged.
func TestConfirmationTimesOut(t *testing.T) {
	tapping(t, func(s *shop) {
		s.begin()
		s.wallet.Set(func() { s.wallet.Asks = true })
		s.tap(s.wallet, never)
		s.want(Confirm, "", ReasonNone)
		time.Sleep(2 * time.Minute)
		s.want(Ended, Expired, ReasonTimedOut)
		s.agree(s.wallet)
	})
}

// Without what a tap is verified and cleared with there are none, and scan goes on.
func TestNoTaps(t *testing.T) {
	for want, how := range map[Reason]func(*shop, *TapSettings){
		ReasonBlocklist:  func(s *shop, _ *TapSettings) { s.purse.blocked.Issued -= 25 * 3600 },
		ReasonTapMost:    func(s *shop, set *TapSettings) { set.Limits.Tap = s.sale.Amount - 1 },
		ReasonTapUnsent:  func(_ *shop, set *TapSettings) { set.Limits.Count = 0 },
		ReasonReaderLost: func(s *shop, _ *TapSettings) { s.field.lost = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t)
			s.withTaps()
			set := TapDefaults()
			how(s, &set)
			s.tapped = []TapSettings{set}
			s.open()
			defer func() { s.till.Close() }()
			s.begin()
			time.Sleep(time.Second)
			s.tap(s.wallet, never)
			if v := s.want(Presenting, "", ReasonNone); v.Tap != TapOff || v.TapReason != want {
				t.Errorf("%s: %s %s", want, v.Tap, v.TapReason)
			}
			s.pay(nil)
			s.touch()
			s.want(Ended, Paid, ReasonNone)
			if len(s.wallet.Deductions()) != 0 {
				t.Error("deducted")
			}
		})
	}
}

// Offline, a wallet pays up to its limit and the terminal up to its own; when the
// network is back, all is cleared in order.
func TestOfflineLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.withTaps()
		set := TapDefaults()
		set.Limits = clearing.Limits{Tap: 100000, Card: 2 * s.sale.Amount, Count: 3, Sum: 1 << 40}
		s.tapped = []TapSettings{set}
		s.open()
		defer func() { s.till.Close() }()
		s.purse.set(func() { s.purse.down = ErrNotSent })
		other := s.anotherWallet(2)
		for n, w := range []*wallettest.Wallet{s.wallet, s.wallet, s.wallet, other, other} {
			s.begin()
			s.tap(w, never)
			switch v := s.till.View(); {
			case n == 2:
				if v.Stage != Presenting || v.Notice != ReasonTapCardMost {
					t.Errorf("the wallet's third tap: %+v", v)
				}
			case n == 4:
				if v.Stage != Presenting || v.TapReason != ReasonTapUnsent {
					t.Errorf("the terminal's fourth tap: %+v", v)
				}
			case v.Ending != Paid:
				t.Errorf("tap %d: %+v", n, v)
			}
			if s.till.View().Stage != Ended {
				if err := s.till.Cancel(); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
			if err := s.till.Dismiss(); err != nil {
				t.Fatal(err)
			}
		}
		s.restart()
		if v := s.till.View(); v.Unsent.Count != 3 {
			t.Errorf("after a restart %+v unsent", v.Unsent)
		}
		s.purse.set(func() { s.purse.down = nil })
		s.agree(s.wallet, other)
		var order []uint64
		for _, h := range s.purse.order {
			for _, e := range s.journal.entries {
				if e.Event == EventTapCleared {
					if pay, err := protocol.Parse[protocol.TapPay](e.Tap.Pay); err == nil && pay.Hash() == h {
						order = append(order, e.Sale)
					}
				}
			}
		}
		if len(order) != 3 || order[0] > order[1] || order[1] > order[2] {
			t.Errorf("cleared in the order %v", order)
		}
	})
}

// What settlement does not credit is an alert until it is seen, over restarts.
func TestUncredited(t *testing.T) {
	for _, result := range []protocol.ClearingResult{protocol.ClearingUncovered, protocol.ClearingCard, protocol.ClearingTerminal, protocol.ClearingConflict} {
		tapping(t, func(s *shop) {
			s.purse.set(func() { s.purse.result = result })
			s.begin()
			s.tap(s.wallet, never)
			s.want(Ended, Paid, ReasonNone)
			for range 2 {
				time.Sleep(time.Minute)
				synctest.Wait()
				if a := s.till.View().Alerts; len(a) != 1 || a[0].Clearing != result.String() || a[0].Resolved != Uncredited {
					t.Errorf("alerts %+v", a)
				}
				s.restart()
			}
			if err := s.till.SeeAlert(1); err != nil {
				t.Error(err)
			}
			s.restart()
			if a := s.till.View().Alerts; len(a) != 0 {
				t.Errorf("seen, and there again: %+v", a)
			}
			if sold, err := s.journal.Sold(t.Context(), 1, 0); err != nil || sold.Paid() {
				t.Errorf("sold %+v, %v", sold, err)
			}
		})
	}
}

// A clearing that settlement refuses to look at is told once, and tried again.
func TestRefusedClearing(t *testing.T) {
	tapping(t, func(s *shop) {
		s.purse.set(func() { s.purse.down = ErrTapRefused })
		s.begin()
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if a := s.till.View().Alerts; len(a) != 1 || a[0].Clearing != NotLookedAt || len(s.journal.noted(EventAlertRaised)) != 1 {
			t.Errorf("alerts %+v", a)
		}
		if err := s.till.SeeAlert(1); err != nil {
			t.Error(err)
		}
		s.purse.set(func() { s.purse.down = nil })
		s.agree(s.wallet)
		if a := s.till.View().Alerts; len(a) != 0 {
			t.Errorf("alerts %+v", a)
		}
	})
}

// A tap is refunded by settlement's number, once there is one.
func TestRefundOfATap(t *testing.T) {
	tapping(t, func(s *shop) {
		s.staffed()
		s.purse.set(func() { s.purse.down = ErrNotSent })
		s.begin()
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		if _, err := s.till.PlanRefund(t.Context(), 1, 0, 0); !errors.Is(err, ErrNotCleared) {
			t.Errorf("before it is cleared: %v", err)
		}
		s.purse.set(func() { s.purse.down = nil })
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		m, err := s.till.PlanVoid(t.Context(), 1)
		if err != nil || m.Reference != 8001 || m.Amount != s.sale.Amount {
			t.Fatalf("%+v, %v", m, err)
		}
		if _, err := s.till.Refund(t.Context(), m, s.approve(m)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s.settler.given != s.sale.Amount {
			t.Errorf("%d given back", s.settler.given)
		}
	})
}

// A given-up tap is told settlement of until it has answered, and asked about at the
// phone's next tap, whatever came between.
func TestAbandonedOffline(t *testing.T) {
	tapping(t, func(s *shop) {
		s.purse.set(func() { s.purse.down = errNobody })
		s.begin()
		s.tap(s.wallet, cut{payAPDU, "within"})
		if err := s.till.Cancel(); err != nil {
			t.Fatal(err)
		}
		s.want(Ended, GivenUp, ReasonTapTorn)
		if v := s.till.View(); v.Unsent.Count != 0 {
			t.Errorf("nobody owes what was given up: %+v", v.Unsent)
		}
		s.restart()
		s.begin()
		s.tap(s.anotherWallet(2), never)
		s.want(Ended, Paid, ReasonNone)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		s.tap(s.wallet, never)
		s.want(Ended, Paid, ReasonNone)
		s.purse.set(func() { s.purse.down = nil })
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		given := 0
		for _, v := range s.purse.taps {
			if v.Clearing.GivenUp {
				given++
			}
		}
		if given != 1 || len(s.purse.taps) != 3 {
			t.Errorf("%d given up of %d", given, len(s.purse.taps))
		}
	})
}
