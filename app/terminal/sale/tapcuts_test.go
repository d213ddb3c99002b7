package sale

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
)

// apdus is how many a tap takes, and one that recovers: more than either.
const apdus = 8

// cuts are all the points at which a phone can leave the field.
func cuts() []cut {
	var list []cut
	for at := range apdus {
		for _, how := range []string{"before", "within", "after"} {
			list = append(list, cut{at, how})
		}
	}
	return list
}

// A phone that leaves the field at any point, then is held again: exactly one
// deduction, whatever the customer saw.
func TestEveryCutPoint(t *testing.T) {
	seen := map[Stage]int{}
	for _, at := range cuts() {
		t.Run(fmt.Sprintf("%s APDU %d", at.how, at.at), func(t *testing.T) {
			tapping(t, func(s *shop) {
				s.begin()
				s.tap(s.wallet, at)
				v := s.till.View()
				seen[v.Stage]++
				deducted := len(s.wallet.Deductions())
				switch v.Stage {
				case Presenting: // PAY has not left
					if deducted != 0 {
						t.Errorf("offered again, and the wallet deducted")
					}
				case Torn:
				case Ended:
				default:
					t.Fatalf("stage %s", v.Stage)
				}
				for n := 0; s.till.View().Stage != Ended && n < 2; n++ {
					s.tap(s.wallet, never)
				}
				s.want(Ended, Paid, ReasonNone)
				s.agree(s.wallet)
				if n := len(s.wallet.Deductions()); n != 1 {
					t.Errorf("%d deductions", n)
				}
			})
		})
	}
	if seen[Presenting] < 3 || seen[Torn] < 2 || seen[Ended] < 2 {
		t.Errorf("cut points led to %v", seen)
	}
}

// The same for a phone that is held again to a torn tap and leaves again, at every
// point of both: torn before the deduction and after it.
func TestEveryCutPointOfARecovery(t *testing.T) {
	for _, torn := range []string{"before", "within"} {
		for _, at := range cuts() {
			t.Run(fmt.Sprintf("PAY lost %s, then %s APDU %d", torn, at.how, at.at), func(t *testing.T) {
				tapping(t, func(s *shop) {
					s.begin()
					s.tap(s.wallet, cut{payAPDU, torn})
					s.want(Torn, "", ReasonNone)
					s.tap(s.wallet, at)
					for n := 0; s.till.View().Stage != Ended && n < 3; n++ {
						s.tap(s.wallet, never)
					}
					s.want(Ended, Paid, ReasonNone)
					s.agree(s.wallet)
					if n := len(s.wallet.Deductions()); n != 1 {
						t.Errorf("%d deductions", n)
					}
				})
			})
		}
	}
}

// payAPDU is which APDU of a tap is PAY: SELECT, GET in two links and the rest of its
// answer come before.
const payAPDU = 4

// A torn tap that the cashier gives up, at every point at which it can be torn; the
// phone pays the next sale, before which it is asked: one deduction for that, and what
// was deducted for the other goes back.
func TestGivenUpAtEveryCutPoint(t *testing.T) {
	for _, at := range cuts() {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s APDU %d, restart %v", at.how, at.at, restart), func(t *testing.T) {
				tapping(t, func(s *shop) {
					s.begin()
					s.tap(s.wallet, at)
					if s.till.View().Stage != Torn {
						return // as in TestEveryCutPoint
					}
					deducted := len(s.wallet.Deductions())
					if err := s.till.Cancel(); err != nil {
						t.Fatal(err)
					}
					s.want(Ended, GivenUp, ReasonTapTorn)
					time.Sleep(time.Minute)
					synctest.Wait()
					if len(s.purse.abandoned) != 1 {
						t.Error("settlement was not told")
					}
					if restart {
						s.restart()
					} else if err := s.till.Dismiss(); err != nil {
						t.Fatal(err)
					}
					s.begin()
					s.tap(s.wallet, never)
					s.want(Ended, Paid, ReasonNone)
					s.agree(s.wallet)
					if n := len(s.wallet.Deductions()); n != deducted+1 {
						t.Errorf("%d deductions, %d before", n, deducted)
					}
					events := s.journal.events(1)
					last := EventTapNever
					if deducted == 1 {
						last = EventTapCleared
					}
					if events[len(events)-1] != last {
						t.Errorf("journal has %v, want %v last", events, last)
					}
				})
			})
		}
	}
}

// Power is cut before and after each entry of a tap, where the phone has or has not
// deducted: the next start goes on from the journal, and the same phone, held again,
// has paid once.
func TestPowerCutInATap(t *testing.T) {
	reached := map[Event]int{}
	for _, side := range []string{"before", "after"} {
		for _, event := range Events() {
			if !strings.HasPrefix(string(event), "tap-") {
				continue
			}
			for _, at := range []cut{never, {payAPDU, "before"}, {payAPDU, "within"}} {
				t.Run(fmt.Sprintf("%s %s, %s", side, event, at.how), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { reached[event] += powerCutInATap(t, side, event, at) })
				})
			}
		}
	}
	for _, event := range Events() {
		if strings.HasPrefix(string(event), "tap-") && reached[event] < 2 {
			t.Errorf("power was cut at %s %d times", event, reached[event])
		}
	}
}

func powerCutInATap(t *testing.T, side string, event Event, at cut) (cuts int) {
	s := newShop(t)
	s.withTaps()
	s.open()
	off := func(e Event) {
		if e == event && cuts == 0 {
			cuts++
			s.journal.off = true
			s.settler.setOff(true)
			s.purse.set(func() { s.purse.down = errPower })
		}
	}
	if side == "before" {
		s.journal.before = off
	} else {
		s.journal.after = off
	}
	switch event {
	case EventTapAnswered:
		s.wallet.Set(func() { s.wallet.Asks = true })
	case EventTapUncleared, EventTapSeen:
		s.purse.set(func() { s.purse.forked = true })
	}
	s.begin()
	s.tap(s.wallet, at)
	if s.till.View().Stage == Torn {
		switch event {
		case EventTapAbandoned, EventTapReported, EventTapFound:
			if err := s.till.Cancel(); err != nil {
				t.Fatal(err)
			}
		default:
			s.tap(s.wallet, never)
		}
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	if event == EventTapSeen {
		if err := s.till.SeeAlert(1); err != nil && !errors.Is(err, errPower) && !errors.Is(err, ErrNoAlert) {
			t.Fatal(err)
		}
	}
	if v := s.till.View(); v.Stage == Ended && event == EventTapFound {
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.begin()
		s.tap(s.wallet, never)
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	s.till.Close()
	s.journal.before, s.journal.after, s.journal.off = nil, nil, false
	s.settler.setOff(false)
	s.purse.set(func() { s.purse.down, s.purse.forked = nil, false })
	s.wallet.Set(func() { s.wallet.Confirmed = true })
	last := s.journal.LastNumber()
	events := s.journal.events(last)
	s.open()
	synctest.Wait()
	switch v := s.till.View(); v.Stage {
	case Idle:
		unseen := events[len(events)-1] == EventTapResult
		told := len(v.Alerts) == 1 && v.Alerts[0].Doing == Telling
		switch {
		case unseen && len(v.Alerts) == 1 && v.Alerts[0].Clearing != "": // settlement has said worse of it
		case unseen != told:
			t.Errorf("alerts %+v after %v", v.Alerts, events)
		case told:
			want := Alert{Number: last, Amount: s.sale.Amount, Currency: s.sale.Currency, Since: v.Alerts[0].Since, Doing: Telling, Rail: RailTap, Resolved: Paid}
			if v.Alerts[0] != want {
				t.Errorf("alert %+v", v.Alerts[0])
			}
			time.Sleep(time.Minute) // it is cleared, and still nobody has seen it
			if have := s.till.View().Alerts; len(have) != 1 || s.till.SeeAlert(last) != nil || len(s.till.View().Alerts) != 0 {
				t.Errorf("alerts %+v", have)
			}
		}
		s.begin()
	case Torn:
		if alerts := v.Alerts; len(alerts) != 1 || alerts[0].Doing != Retapping {
			t.Errorf("alerts %+v", alerts)
		}
	default:
		t.Fatalf("stage %s after a restart", v.Stage)
	}
	for n := 0; s.till.View().Stage != Ended && n < 3; n++ {
		s.tap(s.wallet, never)
	}
	s.want(Ended, Paid, ReasonNone)
	for _, a := range s.till.View().Alerts {
		if a.Clearing == "" || s.till.SeeAlert(a.Number) != nil {
			t.Errorf("alert %+v", a)
		}
	}
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	if left, _ := s.journal.Open(t.Context()); len(left) != 0 {
		for _, e := range left {
			if e.Event != EventTapReported {
				t.Errorf("still open: %+v", e)
			}
		}
	}
	s.agreePaid()
	s.till.Close()
	return cuts
}

// agreePaid compares what the wallet has deducted with what the journal says is paid
// or was given up.
func (s *shop) agreePaid() {
	s.t.Helper()
	last := map[uint64]Entry{}
	for _, e := range s.journal.entries {
		if e.Tap != nil {
			last[e.Sale] = e
		}
	}
	byPay := map[protocol.Hash]Entry{}
	for _, e := range last {
		pay, err := protocol.Parse[protocol.TapPay](e.Tap.Pay)
		if err != nil {
			s.t.Fatal(err)
		}
		byPay[pay.Hash()] = e
	}
	paid := 0
	for _, d := range s.wallet.Deductions() {
		switch e := byPay[d.Answers]; e.Ending {
		case Paid:
			paid++
		case GivenUp:
		default:
			s.t.Errorf("the wallet deducted for sale %d, which is %q at %s", e.Sale, e.Ending, e.Event)
		}
	}
	for _, e := range last {
		if e.Ending == Paid {
			paid--
		}
	}
	if paid != 0 {
		s.t.Errorf("%d more deductions than paid sales", paid)
	}
}
