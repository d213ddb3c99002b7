package sale

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
)

// errPower is what a journal answers on which the power was cut.
var errPower = errors.New("power cut")

// Power is cut right before and right after each entry of a sale and of a refund,
// with answers that arrive and answers that are lost: the next start drives what
// is open to an end, and money has moved as the journal says, once or not at all.
func TestPowerCutAtEachEvent(t *testing.T) {
	events := Events()
	events = slices.DeleteFunc(events[:slices.Index(events, EventCashSold)], // see TestPowerCutAtCash
		func(e Event) bool { return strings.HasPrefix(string(e), "tap-") }) // see TestPowerCutInATap
	reached := map[Event]int{}
	for _, cut := range []string{"before", "after"} {
		for _, lost := range []bool{false, true} {
			for _, event := range events {
				t.Run(fmt.Sprintf("%s %s, lost %v", cut, event, lost), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { reached[event] += powerCut(t, cut, event, lost) })
				})
			}
		}
	}
	for _, event := range events {
		if reached[event] < 2 {
			t.Errorf("power was cut at %s %d times", event, reached[event])
		}
	}
}

// powerCut is one of them; it returns how often the power was cut.
func powerCut(t *testing.T, cut string, event Event, lost bool) (cuts int) {
	s := newShop(t)
	s.settler.lost = lost
	s.open()
	s.staffed()
	off := func(e Event) {
		if e == event && cuts == 0 {
			cuts++
			s.journal.off = true
			s.settler.setOff(true)
		}
	}
	if cut == "before" {
		s.journal.before = off
	} else {
		s.journal.after = off
	}
	if strings.HasPrefix(string(event), "refund") {
		s.settler.setLost(false)
		number := s.sell()
		s.settler.setLost(lost)
		if event == EventRefundEnded {
			s.settler.setDown(ErrNotSent)
			s.settler.setLost(false)
		}
		m := s.plan(number, 0)
		_, err := s.till.Refund(t.Context(), m, s.approve(m))
		if err != nil && !errors.Is(err, errPower) {
			t.Fatal(err)
		}
	} else {
		if event == EventReversal {
			s.settler.script = []any{ErrNoAnswer} // and settlement never sees it
		}
		s.begin()
		switch v := s.till.View(); {
		case v.Stage == Presenting && event == EventEnded:
			if err := s.till.Cancel(); err != nil {
				t.Fatal(err)
			}
		case v.Stage == Presenting:
			s.pay(nil)
			s.touch()
		}
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	s.till.Close()
	s.journal.before, s.journal.after, s.journal.off = nil, nil, false
	s.settler.setOff(false)
	s.settler.setLost(false)
	s.settler.setDown(nil)
	s.open()
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	if left, _ := s.journal.Open(t.Context()); len(left) != 0 {
		t.Errorf("still open: %+v", left)
	}
	for _, a := range s.till.View().Alerts {
		if a.Resolved == "" {
			t.Errorf("unresolved: %+v", a)
		}
	}
	s.balanced()
	s.till.Close()
	return cuts
}

// balanced compares settlement's money with the journal's endings.
func (s *shop) balanced() {
	s.t.Helper()
	paid, given := 0, protocol.Amount(0)
	last := map[uint64]Entry{}
	for _, e := range s.journal.entries {
		if e.Sale != 0 {
			last[e.Sale] = e
		}
	}
	for _, e := range last {
		switch e.Ending {
		case Paid:
			paid++
		case Refunded:
			given += e.Amount
		}
	}
	if paid != s.settler.charges || given != s.settler.given {
		s.t.Errorf("the journal has %d paid and %d given back, settlement %d and %d", paid, given, s.settler.charges, s.settler.given)
	}
}

// What settlement has decided is written before it is shown: after a power cut in between
// whoever stands at the till is told, once.
func TestOutcomeWrittenAndNotShownIsTold(t *testing.T) {
	for result, ending := range map[protocol.Result]Ending{protocol.ResultPaid: Paid, protocol.ResultFunds: Refused} {
		for _, sold := range []bool{false, true} { // another sale since, so that it must have been seen
			t.Run(fmt.Sprintf("%s, sold since %v", ending, sold), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newShop(t)
					s.settler.result = result
					s.open()
					s.journal.after = func(e Event) {
						if e == EventOutcome {
							s.journal.off = true
							s.settler.setOff(true)
						}
					}
					s.begin()
					s.pay(nil)
					s.touch()
					synctest.Wait()
					number := s.till.View().Number
					written := s.last().At
					if sold {
						if err := s.till.Dismiss(); err != nil {
							t.Fatal(err)
						}
						s.journal.off = false
						s.begin()
						if err := s.till.Cancel(); err != nil {
							t.Fatal(err)
						}
						synctest.Wait()
					}
					s.till.Close()
					s.journal.after, s.journal.off = nil, false
					s.settler.setOff(false)
					s.open()
					time.Sleep(time.Minute) // settlement knows that we know, which tells nobody here
					synctest.Wait()
					v := s.till.View()
					if sold {
						if len(v.Alerts) != 0 {
							t.Errorf("alerts %+v", v.Alerts)
						}
						s.till.Close()
						return
					}
					want := Alert{Number: number, Amount: s.sale.Amount, Currency: s.sale.Currency, Since: written, Doing: Telling, Rail: RailScan, Resolved: ending}
					if len(v.Alerts) != 1 || v.Alerts[0] != want || v.Unresolved != 0 {
						t.Fatalf("alerts %+v, want %+v; %d unresolved", v.Alerts, want, v.Unresolved)
					}
					if err := s.till.SeeAlert(number); err != nil {
						t.Fatal(err)
					}
					s.till.Close()
					s.open()
					if v := s.till.View(); len(v.Alerts) != 0 {
						t.Errorf("told again: %+v", v.Alerts)
					}
					s.till.Close()
				})
			})
		}
	}
}
