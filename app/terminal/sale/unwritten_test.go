package sale

import (
	"testing"
	"testing/synctest"
	"time"
)

// neverShown fails if any view said that a sale or refund had ended.
func (s *shop) neverShown() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.views {
		if v.Ending != "" {
			s.t.Fatalf("the sale was shown as %s", v.Ending)
		}
		for _, r := range v.Refunds {
			if r.Ending != "" {
				s.t.Fatalf("the refund was shown as %s", r.Ending)
			}
		}
	}
}

// Guarantee 1: an outcome that is not in the journal is not shown, and not
// acknowledged; the next start finds it out again without charging again.
func TestOutcomeNotJournalled(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.journal.fail = EventOutcome
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Unknown, "", ReasonNoAnswer)
		time.Sleep(time.Minute)
		s.neverShown()
		if s.settler.acked != 0 {
			t.Error("acknowledged what is not in the journal")
		}
		s.till.Close()
		s.journal.fail = ""
		s.open()
		time.Sleep(time.Second)
		synctest.Wait()
		if left, _ := s.journal.Open(t.Context()); len(left) != 0 || s.settler.charges != 1 || s.settler.acked != 1 {
			t.Errorf("open %v, %d charges, %d acknowledgements", left, s.settler.charges, s.settler.acked)
		}
	})
}

// It is shown as soon as it is in the journal, and its alert is resolved.
func TestOutcomeJournalledLate(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.journal.fail = EventOutcome
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Unknown, "", ReasonNoAnswer)
		s.journal.setFail("")
		time.Sleep(time.Minute)
		if v := s.want(Ended, Paid, ReasonNone); len(v.Alerts) != 0 || v.Unresolved != 0 {
			t.Errorf("alerts %v, %d unresolved", v.Alerts, v.Unresolved)
		}
		if s.settler.acked != 1 || s.settler.charges != 1 {
			t.Errorf("%d charges, %d acknowledgements", s.settler.charges, s.settler.acked)
		}
	})
}

// A terminal that could not write the outcome down, and does not reach settlement
// when it starts again, takes the sale back: nobody was told that it was paid.
func TestOutcomeNotJournalledAndTakenBack(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.journal.fail = EventOutcome
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Unknown, "", ReasonNoAnswer)
		s.till.Close()
		s.neverShown()
		s.journal.fail = ""
		s.skew = time.Hour
		s.settler.setDown(ErrNotSent)
		s.open()
		time.Sleep(time.Minute)
		s.settler.setDown(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if left, _ := s.journal.Open(t.Context()); len(left) != 0 || s.settler.charges != 0 {
			t.Errorf("open %v, %d charges", left, s.settler.charges)
		}
	})
}

// A refund that never left is refused only if the journal says so: otherwise the
// next start would send what the cashier was told would not be.
func TestRefundEndedNotJournalled(t *testing.T) {
	for name, full := range map[string]bool{"broken": false, "full": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.staffed()
				number := s.sell()
				s.mu.Lock()
				s.views = nil
				s.mu.Unlock()
				s.journal.full = full
				s.journal.setFail(EventRefundEnded)
				s.settler.setDown(ErrNotSent)
				refund := s.giveBack(s.plan(number, 0))
				s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
				s.till.Close()
				s.neverShown()
				s.journal.setFail("")
				s.settler.setDown(nil)
				s.open()
				time.Sleep(time.Minute)
				synctest.Wait()
				if left, _ := s.journal.Open(t.Context()); len(left) != 0 || len(s.settler.refunds) != 1 || s.settler.given != s.sale.Amount {
					t.Errorf("open %v, %d refunds of %d", left, len(s.settler.refunds), s.settler.given)
				}
			})
		})
	}
}

// When it is not known whether the journal promises to send a refund, it is not
// sent, and not shown as refused either. When there was no room nothing was written.
func TestRefundSentNotJournalled(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		s.journal.full = true
		s.journal.setFail(EventRefundSent)
		s.wantRefund(s.giveBack(s.plan(number, 0)), Ended, Refused, ReasonFull)
		s.journal.full = false
		s.journal.setFail(EventRefundSent)
		refund := s.giveBack(s.plan(number, 0))
		s.wantRefund(refund, Ended, Refused, ReasonJournal) // taken back in the journal
		if s.settler.sent != 0 || s.settler.given != 0 {
			t.Errorf("%d sent, %d given back", s.settler.sent, s.settler.given)
		}
		if m := s.plan(number, 0); m.Amount != s.sale.Amount {
			t.Errorf("%d is left", m.Amount)
		}
	})
}

// A journal that fails for good with the promise: nobody knows what is on the
// disk. Nothing is sent, and the alert stands.
func TestRefundNobodyKnowsIfPromised(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.staffed()
		number := s.sell()
		m := s.plan(number, 0)
		s.journal.after = func(e Event) {
			if e == EventRefundAsked {
				s.journal.off = true
			}
		}
		refund := s.giveBack(m)
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		time.Sleep(time.Minute)
		s.wantRefund(refund, Unknown, "", ReasonNoAnswer)
		if v := s.till.View(); len(v.Alerts) != 1 || v.Alerts[0].Resolved != "" {
			t.Errorf("alerts %+v", v.Alerts)
		}
		if s.settler.sent != 0 {
			t.Error("sent what is perhaps not in the journal")
		}
	})
}
