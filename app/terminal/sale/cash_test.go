package sale

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// last is the newest entry of the journal.
func (s *shop) last() Entry {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.entries[len(s.journal.entries)-1]
}

// Guarantee 8: one entry, in the journal when the intent returns, and the change on the
// screen until it is dismissed; then the till sells on, by any rail, in one series of numbers.
func TestSellForCash(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		bill := Bill{Amount: 1150, Tip: 50, Items: []Item{{"tea", 2, 550, 700}}}
		e, err := s.till.SellForCash(bill, 2000)
		if err != nil {
			t.Fatal(err)
		}
		if e.Event != EventCashSold || e.Sale != 1 || e.Ending != Paid || *e.Cash != (CashOf{Given: 2000, Change: 850}) ||
			e.Tip != 50 || len(e.Items) != 1 || len(e.Tax) != 1 || e.Shift != 1 || e.Cashier != "B-02" || !e.Over() || e.Rail() != RailCash {
			t.Errorf("have %+v", e)
		}
		if kept := s.last(); kept.Event != EventCashSold || kept.Sale != e.Sale || kept.Cash.Change != 850 {
			t.Errorf("the journal ends with %+v", kept)
		}
		if v := s.want(Ended, Paid, ReasonNone); v.Cash == nil || v.Cash.Change != 850 || v.Number != 1 || v.Cancellable || len(v.Tax) != 1 {
			t.Errorf("shown: %+v", v)
		}
		if _, err := s.till.SellForCash(bill, 2000); !errors.Is(err, ErrSaleOpen) {
			t.Errorf("a second one: %v", err)
		}
		s.readyForNext()
		if v := s.till.View(); v.Number != 2 || v.Cash != nil {
			t.Errorf("the next: %+v", v)
		}
	})
}

func TestSellForCashRefused(t *testing.T) {
	inBubble(t, func(s *shop) {
		for name, c := range map[string]struct {
			bill  Bill
			given protocol.Amount
			want  error
		}{
			"nothing":    {Bill{}, 100, protocol.ErrRange},
			"too little": {Bill{Amount: 100}, 99, ErrGiven},
			"too many":   {Bill{Amount: 100}, protocol.MaxMinor + 1, ErrGiven},
			"bill":       {Bill{Amount: 100, Items: []Item{{"tea", 1, 99, 0}}}, 100, ErrBill},
		} {
			if _, err := s.till.SellForCash(c.bill, c.given); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		s.begin()
		if _, err := s.till.SellForCash(Bill{Amount: 1}, 1); !errors.Is(err, ErrSaleOpen) {
			t.Errorf("while a code is shown: %v", err)
		}
		if err := errors.Join(s.till.Cancel()); err != nil {
			t.Fatal(err)
		}
		s.want(Ended, Cancelled, ReasonNone)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		seen := len(s.views)
		s.mu.Unlock()
		s.journal.setFail(EventCashSold)
		if _, err := s.till.SellForCash(Bill{Amount: 1}, 1); err == nil || s.till.View().Stage != Idle {
			t.Errorf("a journal that cannot be written: %v, %+v", err, s.till.View())
		}
		s.journal.full = true
		if _, err := s.till.SellForCash(Bill{Amount: 1}, 1); !errors.Is(err, ErrFull) {
			t.Errorf("a full disk: %v", err)
		}
		s.mu.Lock()
		for _, v := range s.views[seen:] { // a window would take it for a sale that has come and gone
			if v.Stage != Idle {
				t.Errorf("shown, and not sold: %+v", v)
			}
		}
		s.mu.Unlock()
		s.journal.setFail("")
		s.till.Close()
		if _, err := s.till.SellForCash(Bill{Amount: 1}, 1); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		for _, e := range s.journal.entries {
			if e.Event == EventCashSold {
				t.Errorf("journal has %+v", e)
			}
		}
	})
}

// Only staff within a shift handle cash, where there is staff.
func TestCashNeedsDuty(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		s.till.StaffOnly = true
		if err := s.till.MoveCash(true, 100, "coins"); !errors.Is(err, ErrOffDuty) {
			t.Errorf("a cashier moves cash: %v", err)
		}
		if err := s.till.OpenDrawer("a note to be changed"); err != nil {
			t.Errorf("a cashier opens the drawer: %v", err)
		}
		if _, err := s.desk.SignIn(t.Context(), "A-01", []byte("274913")); err != nil {
			t.Fatal(err)
		}
		if err := s.till.MoveCash(false, 5000, "to the bank"); err != nil {
			t.Error(err)
		}
		if e := s.last(); e.Event != EventCashOut || e.Sale != 0 || e.Amount != 5000 || e.Cash.Reason != "to the bank" || e.Cashier != "A-01" || e.Rail() != RailCash {
			t.Errorf("have %+v", e)
		}
		if err := s.till.MoveCash(true, 1, "found"); err != nil || s.last().Event != EventCashIn {
			t.Errorf("have %v, %+v", err, s.last())
		}
		for _, reason := range []string{"", strings.Repeat("x", MaxReason+1), "a\nb", "\xff"} {
			if err := s.till.OpenDrawer(reason); !errors.Is(err, ErrReasonNeeded) {
				t.Errorf("reason %q: %v", reason, err)
			}
		}
		for _, amount := range []protocol.Amount{0, -1, protocol.MaxMinor + 1} {
			if err := s.till.MoveCash(true, amount, "x"); !errors.Is(err, protocol.ErrRange) {
				t.Errorf("%d: %v", amount, err)
			}
		}
		if _, err := s.desk.CloseShift(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		_, sold := s.till.SellForCash(Bill{Amount: 1}, 1)
		for what, err := range map[string]error{"sale": sold, "drawer": s.till.OpenDrawer("x"), "cash": s.till.MoveCash(true, 1, "x")} {
			if !errors.Is(err, ErrOffDuty) {
				t.Errorf("%s without a shift: %v", what, err)
			}
		}
	})
}

// In parts, with approval, never more than was paid, over restarts; settlement hears
// nothing of it.
func TestCashRefund(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		sold, err := s.till.SellForCash(Bill{Amount: 1000}, 5000)
		if err != nil {
			t.Fatal(err)
		}
		m := s.plan(sold.Sale, 300)
		if want := (staff.Matter{Sale: sold.Sale, Amount: 300, Currency: s.sale.Currency}); m != want {
			t.Fatalf("planned %+v, want %+v", m, want)
		}
		if _, err := s.till.Refund(t.Context(), m, nil); !errors.Is(err, staff.ErrApproval) {
			t.Errorf("without approval: %v", err)
		}
		other := m
		other.Amount++
		if _, err := s.till.Refund(t.Context(), m, s.approve(other)); !errors.Is(err, staff.ErrApproval) {
			t.Errorf("approved for another amount: %v", err)
		}
		for _, why := range []string{"two\nlines", strings.Repeat("x", MaxReason+1), "\xff"} {
			if _, err := s.till.RefundFor(t.Context(), m, why, s.approve(m)); !errors.Is(err, ErrReasonNeeded) {
				t.Errorf("because of %q: %v", why, err)
			}
		}
		number, err := s.till.RefundFor(t.Context(), m, "damaged", s.approve(m))
		if err != nil {
			t.Fatal(err)
		}
		e := s.last()
		if e.Event != EventCashRefunded || e.Sale != number || e.Ending != Refunded || e.Refund.Sale != sold.Sale || e.Refund.Approver != "A-01" ||
			e.Refund.Why != "damaged" || e.Refund.Reference != 0 || e.Refund.Rail != RailCash || e.Rail() != RailCash || !e.Over() {
			t.Errorf("have %+v", e)
		}
		if r := s.wantRefund(number, Ended, Refunded, ReasonNone); r.Rail != RailCash || r.Sale != sold.Sale {
			t.Errorf("shown: %+v", r)
		}
		s.till.Close()
		s.open()
		if _, err := s.till.PlanRefund(t.Context(), sold.Sale, 0, 701); !errors.Is(err, ErrTooMuch) {
			t.Errorf("more than is left: %v", err)
		}
		if _, err := s.till.PlanVoid(t.Context(), sold.Sale); !errors.Is(err, ErrNotVoid) {
			t.Errorf("void of a part: %v", err)
		}
		rest := s.plan(sold.Sale, 0)
		s.journal.setFail(EventCashRefunded)
		if _, err := s.till.Refund(t.Context(), rest, s.approve(rest)); err == nil {
			t.Error("refunded without a journal")
		}
		s.journal.setFail("")
		if _, err := s.till.Refund(t.Context(), rest, s.approve(rest)); err != nil || rest.Amount != 700 {
			t.Errorf("the rest, %d: %v", rest.Amount, err)
		}
		if _, err := s.till.PlanRefund(t.Context(), sold.Sale, 0, 0); !errors.Is(err, ErrTooMuch) {
			t.Errorf("nothing is left: %v", err)
		}
		if s.settler.given != 0 || s.settler.charges != 0 {
			t.Error("settlement has heard of it")
		}
	})
}

// A sale for cash can be taken back within its shift; one by phone names its rail.
func TestCashVoidAndRails(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		e, err := s.till.SellForCash(Bill{Amount: 1000}, 1000)
		if err != nil || e.Cash.Change != 0 {
			t.Fatalf("%+v, %v", e, err)
		}
		m, err := s.till.PlanVoid(t.Context(), e.Sale)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.till.Refund(t.Context(), m, s.approve(m)); err != nil || !s.last().Refund.Void {
			t.Errorf("%v, %+v", err, s.last().Refund)
		}
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		number := s.giveBack(s.plan(s.sell(), 100))
		if s.wantRefund(number, Ended, Refunded, ReasonNone).Rail != RailScan || s.last().Refund.Rail != RailScan {
			t.Errorf("have %+v", s.last())
		}
	})
}

// Power is cut right before and right after the entry of a cash sale and a cash refund: what
// the next start has is what the drawer was opened for, or what nobody was told of.
func TestPowerCutAtCash(t *testing.T) {
	for _, cut := range []string{"before", "after"} {
		for _, event := range []Event{EventCashSold, EventCashRefunded, EventCashIn, EventCashOut, EventDrawer} {
			t.Run(fmt.Sprintf("%s %s", cut, event), func(t *testing.T) {
				inBubble(t, func(s *shop) {
					s.staffed()
					sold, err := s.till.SellForCash(Bill{Amount: 500}, 500)
					if err != nil {
						t.Fatal(err)
					}
					if err := s.till.Dismiss(); err != nil {
						t.Fatal(err)
					}
					m := s.plan(sold.Sale, 200)
					approval := s.approve(m)
					before := len(s.journal.entries)
					off := func(e Event) { s.journal.off = e == event }
					if cut == "before" {
						s.journal.before = off
					} else {
						s.journal.after = off
					}
					var told error
					switch event {
					case EventCashSold:
						_, told = s.till.SellForCash(Bill{Amount: 700}, 1000)
					case EventCashRefunded:
						_, told = s.till.Refund(t.Context(), m, approval)
					case EventDrawer:
						told = s.till.OpenDrawer("change")
					default:
						told = s.till.MoveCash(event == EventCashIn, 10, "change")
					}
					if (told == nil) != (cut == "after") || errors.Is(told, errPower) != (cut == "before") {
						t.Errorf("told %v", told)
					}
					s.till.Close()
					s.journal.before, s.journal.after, s.journal.off = nil, nil, false
					s.open()
					synctest.Wait()
					if left, _ := s.journal.Open(t.Context()); len(left) != 0 {
						t.Errorf("open: %+v", left)
					}
					if have := len(s.journal.entries) - before; have != map[string]int{"before": 0, "after": 1}[cut] {
						t.Errorf("%d entries", have)
					}
				})
			})
		}
	}
}

// What was printed is known, and touches no sale that is open.
func TestPrinted(t *testing.T) {
	inBubble(t, func(s *shop) {
		number := s.sell()
		if err := errors.Join(s.till.Printed(number, false), s.till.Printed(number, true)); err != nil {
			t.Fatal(err)
		}
		if have, want := s.journal.events(0), []Event{EventPrinted, EventReprinted}; !slices.Equal(have, want) || s.last().Of != number {
			t.Errorf("have %v, %+v", have, s.last())
		}
	})
}

// In training nothing is written that is not marked.
func TestTrainingMarks(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.till.Close()
		settings := s.till.Settings
		settings.Training = true
		till, err := Open(t.Context(), settings, s.till.Ports)
		if err != nil {
			t.Fatal(err)
		}
		s.till = till
		s.staffed()
		s.sell()
		if _, err := till.SellForCash(Bill{Amount: 1}, 1); err != nil || !till.View().Training {
			t.Errorf("%v, %+v", err, till.View())
		}
		for _, e := range s.journal.entries {
			if !e.Training {
				t.Errorf("%+v is not marked", e)
			}
		}
	})
}
