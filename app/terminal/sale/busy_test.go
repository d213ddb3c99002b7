package sale

import (
	"slices"
	"testing"
	"time"
)

// Settlement turns a submission away because it has too much to do: it is handed
// in again, the same one, and counts once.
func TestSettlementIsBusyForAMoment(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.script = []any{ErrBusy, ErrBusy}
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Sending, "", ReasonNone)
		time.Sleep(6 * time.Second)
		s.want(Ended, Paid, ReasonNone)
		if s.settler.charges != 1 {
			t.Errorf("%d charges", s.settler.charges)
		}
		want := []Event{EventKeyed, EventRequest, EventPayment, EventFinger, EventSubmission, EventOutcome, EventAcknowledged}
		if have := s.journal.events(1); !slices.Equal(have, want) {
			t.Errorf("journal has %v, want %v", have, want)
		}
	})
}

// It stays busy: nothing was charged, the cashier is told, and settlement gets
// the tombstone.
func TestSettlementStaysBusy(t *testing.T) {
	inBubble(t, func(s *shop) {
		for range 20 {
			s.settler.script = append(s.settler.script, ErrBusy)
		}
		s.begin()
		s.pay(nil)
		s.touch()
		time.Sleep(20 * time.Second)
		s.want(Ended, Refused, ReasonBusy)
		if s.settler.charges != 0 {
			t.Errorf("%d charges", s.settler.charges)
		}
		s.settler.script = nil
		s.readyForNext()
	})
}

// Busy first, and then nobody knows: that is unknown, not refused.
func TestBusyAndThenLost(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.script = []any{ErrBusy, ErrNoAnswer}
		s.settler.setDown(nil)
		s.begin()
		s.pay(nil)
		s.touch()
		time.Sleep(10 * time.Second)
		s.want(Ended, Reversed, ReasonReversed)
		if !slices.Contains(s.journal.events(1), EventUnknown) {
			t.Errorf("journal has %v", s.journal.events(1))
		}
	})
}
