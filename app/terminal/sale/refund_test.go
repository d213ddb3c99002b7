package sale

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// files are the desk's, in memory; it records nothing.
type files struct{ text []byte }

func (f *files) Load(context.Context) ([]byte, error)      { return f.text, nil }
func (f *files) Save(_ context.Context, text []byte) error { f.text = text; return nil }
func (f *files) Record(context.Context, staff.Event) error { return nil }
func (s *shop) approve(m staff.Matter) *staff.Approval     { return s.approval(m, "A-01", "274913") }
func (s *shop) approval(m staff.Matter, id protocol.ID, pin string) *staff.Approval {
	s.t.Helper()
	a, err := s.desk.Approve(s.t.Context(), id, []byte(pin), m)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// staffed puts a cashier on duty in a shift, with a manager somewhere near.
func (s *shop) staffed() {
	s.t.Helper()
	f := &files{}
	desk, err := staff.Open(s.t.Context(), staff.Options{Store: f, Recorder: f, Now: s.now, Log: slog.New(slog.DiscardHandler), Costs: staff.Costs{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		s.t.Fatal(err)
	}
	err = desk.Add(s.t.Context(), nil, "A-01", staff.Manager, []byte("274913"))
	boss, err2 := desk.Login(s.t.Context(), "A-01", []byte("274913"))
	err3 := desk.Add(s.t.Context(), boss, "B-02", staff.Cashier, []byte("8140"))
	_, err4 := desk.SignIn(s.t.Context(), "B-02", []byte("8140"))
	_, err5 := desk.OpenShift(s.t.Context(), 0)
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		s.t.Fatal(err)
	}
	s.desk = desk
}

// sell takes a paid sale off the screen and returns its number.
func (s *shop) sell() uint64 {
	s.t.Helper()
	s.begin()
	s.pay(nil)
	s.touch()
	v := s.want(Ended, Paid, ReasonNone)
	if err := s.till.Dismiss(); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
	return v.Number
}

func (s *shop) plan(number uint64, amount protocol.Amount) staff.Matter {
	s.t.Helper()
	m, err := s.till.PlanRefund(s.t.Context(), number, 0, amount)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// giveBack asks for a refund and lets it run.
func (s *shop) giveBack(m staff.Matter) uint64 {
	s.t.Helper()
	number, err := s.till.Refund(s.t.Context(), m, s.approve(m))
	if err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
	return number
}

func (s *shop) wantRefund(number uint64, stage Stage, ending Ending, reason Reason) RefundView {
	s.t.Helper()
	synctest.Wait()
	for _, r := range s.till.View().Refunds {
		if r.Number == number {
			if r.Stage != stage || r.Ending != ending || r.Reason != reason {
				s.t.Fatalf("have %+v, want %s %s %q\n%s", r, stage, ending, reason, s.log.String())
			}
			return r
		}
	}
	s.t.Fatalf("refund %d is not on the list", number)
	return RefundView{}
}

// In parts, then what is left, then no more. Each names cashier, approver, shift,
// and has a key of its own.
func TestRefund(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		m := s.plan(number, 3000)
		if want := (staff.Matter{Sale: 1, Reference: 4711, Amount: 3000, Currency: s.sale.Currency}); m != want {
			t.Fatalf("have %+v, want %+v", m, want)
		}
		first := s.giveBack(m)
		if r := s.wantRefund(first, Ended, Refunded, ReasonNone); r.Settled != 9001 || r.Approver != "A-01" || r.Void || r.Sale != 1 {
			t.Errorf("have %+v", r)
		}
		if first != 2 {
			t.Errorf("the refund is number %d", first)
		}
		if have, want := s.journal.events(first), []Event{EventRefundAsked, EventRefundSent, EventRefundOutcome}; !slices.Equal(have, want) {
			t.Errorf("journal has %v, want %v", have, want)
		}
		for _, e := range s.journal.entries {
			if e.Sale == first && (e.Shift != 1 || e.Cashier != "B-02" || e.Refund.Approver != "A-01" || e.Refund.Reference != 4711 || e.Refund.Key == protocol.Code{}) {
				t.Errorf("journal has %+v", e)
			}
			if e.Sale == number && (e.Shift != 1 || e.Cashier != "B-02") {
				t.Errorf("journal has %+v", e)
			}
		}
		if err := s.till.DismissRefund(first); err != nil || len(s.till.View().Refunds) != 0 {
			t.Errorf("have %v", err)
		}
		if _, err := s.till.PlanRefund(t.Context(), number, 0, s.sale.Amount-2999); !errors.Is(err, ErrTooMuch) {
			t.Errorf("more than is left: %v", err)
		}
		rest, err := s.till.PlanRefund(t.Context(), 0, 4711, 0) // by settlement's number
		if err != nil || rest.Amount != s.sale.Amount-3000 || rest.Sale != number {
			t.Fatalf("have %+v, %v", rest, err)
		}
		s.wantRefund(s.giveBack(rest), Ended, Refunded, ReasonNone)
		if _, err := s.till.PlanRefund(t.Context(), number, 0, 0); !errors.Is(err, ErrTooMuch) {
			t.Errorf("nothing is left: %v", err)
		}
		if s.settler.given != s.sale.Amount || len(s.settler.refunds) != 2 {
			t.Errorf("%d given back in %d refunds", s.settler.given, len(s.settler.refunds))
		}
		if v := s.till.View(); len(v.Alerts) != 0 {
			t.Errorf("have %+v", v.Alerts)
		}
	})
}

func TestVoid(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		whole, part := s.sell(), s.sell()
		if m, err := s.till.PlanVoid(t.Context(), whole); err != nil || m.Amount != s.sale.Amount {
			t.Fatalf("have %+v, %v", m, err)
		} else if r := s.wantRefund(s.giveBack(m), Ended, Refunded, ReasonNone); !r.Void {
			t.Errorf("have %+v", r)
		}
		_, err1 := s.desk.CloseShift(t.Context(), staff.Uncounted)
		_, err2 := s.desk.OpenShift(t.Context(), 0)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if _, err := s.till.PlanVoid(t.Context(), part); !errors.Is(err, ErrNotVoid) {
			t.Errorf("a sale of another shift: %v", err)
		}
	})
}

// What is refused before anything is sent.
func TestRefundRefusedHere(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		m := s.plan(number, 3000)
		refused := func(what string, m staff.Matter, a *staff.Approval, want error) {
			t.Helper()
			if _, err := s.till.Refund(t.Context(), m, a); !errors.Is(err, want) {
				t.Errorf("%s: have %v, want %v", what, err, want)
			}
		}
		refused("no approval", m, nil, staff.ErrApproval)
		other := m
		other.Amount = 2999
		refused("approval of another amount", m, s.approve(other), staff.ErrApproval)
		late := s.approve(m)
		time.Sleep(staff.ApprovalLife + time.Second)
		refused("approval of two minutes ago", m, late, staff.ErrApproval)
		other = m
		other.Reference = 4712
		refused("another reference", other, s.approve(other), ErrStale)
		good := s.approve(m)
		s.journal.setFail(EventRefundAsked)
		if _, err := s.till.Refund(t.Context(), m, good); err == nil {
			t.Error("asked without a record")
		}
		s.journal.setFail("")
		refused("approval used", m, good, staff.ErrApproval)
		refused("unknown sale", staff.Matter{Sale: 99, Reference: 1, Amount: 1, Currency: 156}, nil, ErrNotPaid)
		if err := s.desk.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		refused("nobody on duty", m, nil, ErrOffDuty)
		if s.settler.sent != 0 {
			t.Errorf("%d refunds sent", s.settler.sent)
		}
	})
}

// What settlement refuses is told as it is and leaves the sale refundable.
func TestRefundRefusedThere(t *testing.T) {
	for result, reason := range map[protocol.RefundResult]Reason{
		protocol.RefundExceeds: ReasonExceeds, protocol.RefundNotPaid: ReasonNotPaid, protocol.RefundConflict: ReasonConflict,
		protocol.RefundDeclined: ReasonDeclined, protocol.RefundFunds: ReasonMerchantFunds,
	} {
		inBubble(t, func(s *shop) {
			s.staffed()
			number := s.sell()
			s.settler.setRefusing(result)
			s.wantRefund(s.giveBack(s.plan(number, 0)), Ended, Refused, reason)
			s.settler.setRefusing(protocol.RefundMade)
			s.wantRefund(s.giveBack(s.plan(number, 0)), Ended, Refunded, ReasonNone)
		})
	}
}

// Nothing was sent, and that is known: the refund ends here.
func TestRefundNotSent(t *testing.T) {
	for err, reason := range map[error]Reason{ErrNotSent: ReasonUnreachable, ErrBusy: ReasonBusy, ErrSettlement: ReasonSettlement} {
		inBubble(t, func(s *shop) {
			s.staffed()
			number := s.sell()
			s.settler.setDown(err)
			refund := s.giveBack(s.plan(number, 0))
			s.wantRefund(refund, Ended, Refused, reason)
			s.settler.setDown(nil)
			time.Sleep(time.Hour)
			if s.settler.sent != 0 {
				t.Error("sent after it was over")
			}
			s.wantRefund(s.giveBack(s.plan(number, 0)), Ended, Refunded, ReasonNone)
		})
	}
}

// Guarantee 5: an unknown refund is repeated with the same key until it is
// answered, over restarts, and moves its money once. Meanwhile an alert stands
// and no second refund of that sale begins.
func TestRefundUnknown(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		s.settler.setLost(true)
		refund := s.giveBack(s.plan(number, 3000))
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		time.Sleep(time.Minute)
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		if a := s.till.View().Alerts; len(a) != 1 || !a[0].Refund || a[0].Number != refund || a[0].Amount != 3000 || a[0].Doing != Repeating {
			t.Errorf("have %+v", a)
		}
		if _, err := s.till.PlanRefund(t.Context(), number, 0, 0); !errors.Is(err, ErrRefundOpen) {
			t.Errorf("have %v", err)
		}
		s.settler.setDown(ErrNotSent) // does not end a refund that may have arrived
		s.settler.setLost(false)
		time.Sleep(time.Minute)
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		s.till.Close()
		sent := s.settler.sent
		s.open()
		time.Sleep(time.Minute)
		synctest.Wait()
		if a := s.till.View().Alerts; len(a) != 1 || a[0].Resolved != "" {
			t.Errorf("have %+v", a)
		}
		s.settler.setDown(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if a := s.till.View().Alerts; len(a) != 1 || a[0].Resolved != Refunded {
			t.Errorf("have %+v", a)
		}
		if s.settler.given != 3000 || len(s.settler.refunds) != 1 || s.settler.sent != sent+1 {
			t.Errorf("%d given back in %d refunds, %d sent", s.settler.given, len(s.settler.refunds), s.settler.sent)
		}
		if m := s.plan(number, 0); m.Amount != s.sale.Amount-3000 {
			t.Errorf("%d is left", m.Amount)
		}
	})
}

// Guarantee 5: what is not in the journal is not shown as made.
func TestRefundOutcomeNotJournalled(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		s.journal.setFail(EventRefundOutcome)
		refund := s.giveBack(s.plan(number, 0))
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		s.mu.Lock()
		views := slices.Clone(s.views)
		s.mu.Unlock()
		for _, v := range views {
			for _, r := range v.Refunds {
				if r.Ending != "" {
					t.Fatalf("shown as %s", r.Ending)
				}
			}
		}
		s.journal.setFail("")
		time.Sleep(time.Minute)
		s.wantRefund(refund, Ended, Refunded, ReasonNone)
		if len(s.settler.refunds) != 1 {
			t.Errorf("%d refunds", len(s.settler.refunds))
		}
	})
}

// A sale of another terminal is refunded by settlement's number and an amount.
func TestRefundOfAnotherTerminal(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		if _, err := s.till.PlanRefund(t.Context(), 0, 815, 0); !errors.Is(err, ErrNotPaid) {
			t.Errorf("without an amount: %v", err)
		}
		m, err := s.till.PlanRefund(t.Context(), 0, 815, 1200)
		if err != nil {
			t.Fatal(err)
		}
		s.wantRefund(s.giveBack(m), Ended, Refunded, ReasonNone)
	})
}

// Who may sell is said by duty and shift once there is a staff.
func TestStaffOnly(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.till.StaffOnly = true
		if err := s.till.Begin(1); !errors.Is(err, ErrOffDuty) {
			t.Errorf("have %v", err)
		}
		s.staffed()
		s.sell()
		if _, err := s.desk.CloseShift(t.Context(), staff.Uncounted); err != nil {
			t.Fatal(err)
		}
		if err := s.till.Begin(1); !errors.Is(err, ErrOffDuty) {
			t.Errorf("without a shift: %v", err)
		}
	})
}
