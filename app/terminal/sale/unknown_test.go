package sale

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
)

// Guarantee 2: settlement charged, its answer was lost. The terminal asks and
// learns that it is paid; it is charged once.
func TestAnswerLost(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.lost = true
		s.begin()
		s.pay(nil)
		s.settler.setDown(errors.New("network is down"))
		s.touch()
		if v := s.want(Unknown, "", ReasonNoAnswer); v.Cancellable {
			t.Error("an unknown sale can be cancelled")
		}
		time.Sleep(20 * time.Second)
		s.want(Unknown, "", ReasonNoAnswer)
		s.settler.setDown(nil)
		time.Sleep(30 * time.Second)
		s.want(Ended, Paid, ReasonNone)
		if s.settler.charges != 1 || s.settler.acked != 1 {
			t.Errorf("%d charges, %d acknowledgements", s.settler.charges, s.settler.acked)
		}
	})
}

// The link stays down: after a minute the sale is taken back as soon as there
// is a link, and the money with it.
func TestReversedAfterAMinute(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.lost = true
		s.begin()
		s.pay(nil)
		s.settler.setDown(errors.New("network is down"))
		s.touch()
		time.Sleep(2 * time.Minute)
		s.want(Unknown, "", ReasonNoAnswer)
		s.settler.setDown(nil)
		time.Sleep(time.Minute)
		s.want(Ended, Reversed, ReasonReversed)
		if s.settler.charges != 0 {
			t.Errorf("%d charges left", s.settler.charges)
		}
		want := []Event{EventKeyed, EventRequest, EventPayment, EventFinger, EventSubmission, EventUnknown, EventReversal, EventOutcome, EventAcknowledged}
		if have := s.journal.events(1); !slices.Equal(have, want) {
			t.Errorf("journal has %v, want %v", have, want)
		}
	})
}

// The cashier puts the unknown sale aside and goes on selling; it is counted
// until it ends.
func TestPutAside(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.script = []any{ErrNoAnswer}
		s.begin()
		s.pay(nil)
		s.settler.setDown(errors.New("network is down"))
		s.touch()
		s.want(Unknown, "", ReasonNoAnswer)
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		if v := s.till.View(); v.Stage != Idle || v.Unresolved != 1 {
			t.Errorf("have %+v", v)
		}
		s.settler.setDown(nil)
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Ended, Paid, ReasonNone)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if v := s.till.View(); v.Unresolved != 0 || v.Number != 2 {
			t.Errorf("have %+v", v)
		}
	})
}

// Guarantee 2 across restarts: whatever the journal left open is driven to an
// end by the next start, and a sale that was paid stays paid.
func TestTakenUpAfterRestart(t *testing.T) {
	for _, last := range []Event{EventPayment, EventFinger, EventSubmission, EventUnknown, EventReversal, EventOutcome} {
		for _, charged := range []bool{false, true} {
			t.Run(string(last), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newShop(t)
					e := Entry{Sale: 7, Event: last, Amount: 7800, Currency: 156, Request: protocol.Hash{1}, Payment: protocol.Hash{2}, Scramble: protocol.Code{3}, Attempt: 1}
					s.journal.entries, s.journal.number = []Entry{e}, 7
					if charged {
						s.settler.paid[e.Request], s.settler.charges = protocol.ResultPaid, 1
					}
					s.open()
					defer func() { s.till.Close() }() // the last one that was opened
					synctest.Wait()
					time.Sleep(5 * time.Minute)
					synctest.Wait()
					if left, _ := s.journal.Open(t.Context()); len(left) != 0 {
						t.Errorf("still open: %v", left)
					}
					if v := s.till.View(); v.Unresolved != 0 || v.Stage != Idle {
						t.Errorf("view %+v", v)
					}
					wantCharges := 0
					if charged && last != EventReversal {
						wantCharges = 1
					}
					if s.settler.charges != wantCharges {
						t.Errorf("%d charges, want %d", s.settler.charges, wantCharges)
					}
				})
			})
		}
	}
}

// A journal that cannot be written stops the sale before its side effect.
func TestJournalFull(t *testing.T) {
	for _, event := range []Event{EventKeyed, EventRequest, EventPayment, EventFinger, EventSubmission} {
		t.Run(string(event), func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.journal.fail = event
				s.begin()
				if event != EventKeyed && event != EventRequest {
					s.pay(nil)
					s.touch()
				}
				s.want(Ended, Refused, ReasonJournal)
				if s.settler.charges != 0 {
					t.Error("charged without a record")
				}
				s.journal.fail = ""
				s.readyForNext()
			})
		})
	}
}

// The till closes in the middle of everything and leaves no goroutine behind
// (synctest fails the test if it does).
func TestCloseInMidSale(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.begin()
		s.pay(nil)
		s.want(Finger, "", ReasonNone)
		s.till.Close()
		if err := s.till.Begin(1); err != ErrClosed {
			t.Errorf("have %v", err)
		}
		if left, _ := s.journal.Open(t.Context()); len(left) != 1 {
			t.Errorf("the payment was opened; want it taken back at the next start, have %v", left)
		}
	})
}
