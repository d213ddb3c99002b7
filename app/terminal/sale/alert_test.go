package sale

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
)

var errDown = errors.New("network is down")

// beginUnknown takes a sale to where nobody knows its outcome. settled says
// whether settlement has charged.
func (s *shop) beginUnknown(settled bool) {
	s.t.Helper()
	if settled {
		s.settler.setLost(true)
	} else {
		s.settler.script = []any{ErrNoAnswer}
	}
	s.begin()
	s.pay(nil)
	s.settler.setDown(errDown)
	s.touch()
	s.want(Unknown, "", ReasonNoAnswer)
}

// The alert stands while the till sells on, says what is being done, and says how
// it was resolved until somebody has seen it. Both ends of it are in the journal.
func TestAlert(t *testing.T) {
	for _, settled := range []bool{false, true} {
		inBubble(t, func(s *shop) {
			began := s.now()
			s.beginUnknown(settled)
			alert := func(doing Doing, resolved Ending) {
				t.Helper()
				synctest.Wait()
				list := s.till.View().Alerts
				want := Alert{Number: 1, Amount: s.sale.Amount, Currency: s.sale.Currency, Since: began, Doing: doing, Resolved: resolved}
				if len(list) != 1 || list[0] != want {
					t.Fatalf("have %+v, want %+v", list, want)
				}
			}
			alert(Asking, "")
			if err := s.till.Dismiss(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Second)
			alert(Asking, "")
			if err := s.till.SeeAlert(1); !errors.Is(err, ErrAlertStands) {
				t.Errorf("have %v", err)
			}
			time.Sleep(15 * time.Second)
			alert(Reversing, "")
			s.settler.setDown(nil)
			s.settler.setLost(false)
			time.Sleep(30 * time.Second)
			alert(Reversing, Reversed)
			if s.settler.charges != 0 {
				t.Errorf("%d charges", s.settler.charges)
			}
			if err := s.till.SeeAlert(1); err != nil || len(s.till.View().Alerts) != 0 {
				t.Errorf("have %v, %v", err, s.till.View().Alerts)
			}
			if err := s.till.SeeAlert(1); !errors.Is(err, ErrNoAlert) {
				t.Errorf("have %v", err)
			}
			raised, resolved := s.journal.noted(EventAlertRaised), s.journal.noted(EventAlertResolved)
			if len(raised) != 1 || raised[0].Resolved != "" || len(resolved) != 1 || resolved[0].Resolved != Reversed || resolved[0].Number != 1 {
				t.Errorf("journal has %+v, %+v", raised, resolved)
			}
			s.begin() // and the till sells on
			s.pay(nil)
			s.touch()
			s.want(Ended, Paid, ReasonNone)
		})
	}
}

// A cashier who waits sees the end on the screen; the alert need not tell it.
func TestAlertSeen(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.beginUnknown(true)
		s.settler.setDown(nil)
		time.Sleep(30 * time.Second)
		if v := s.want(Ended, Paid, ReasonNone); len(v.Alerts) != 0 {
			t.Errorf("have %+v", v.Alerts)
		}
		if resolved := s.journal.noted(EventAlertResolved); len(resolved) != 1 || resolved[0].Resolved != Paid {
			t.Errorf("journal has %+v", resolved)
		}
	})
}

// What settlement answers while it is asked. That it has not decided is waited
// for, to the end of the minute; that it has never seen the sale is not.
func TestAnswersWhileAsked(t *testing.T) {
	for name, test := range map[string]struct {
		answer error
		ends   time.Duration // at the latest
		ending Ending
	}{
		"decides in time":  {ErrUndecided, 45 * time.Second, Paid},
		"decides too late": {ErrUndecided, 2 * time.Minute, Reversed},
		"never seen":       {ErrNeverSeen, 5 * time.Second, Reversed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(s *shop) {
				s.settler.script = []any{ErrNoAnswer}
				s.begin()
				s.pay(nil)
				s.settler.setQuery(test.answer)
				s.touch()
				time.Sleep(time.Millisecond)
				if test.ending == Paid {
					time.Sleep(30 * time.Second)
					s.want(Unknown, "", ReasonNoAnswer)
					s.settler.mu.Lock()
					for request := range s.settler.asked {
						s.settler.paid[request] = protocol.ResultPaid
					}
					s.settler.mu.Unlock()
					s.settler.setQuery(nil)
				}
				time.Sleep(test.ends)
				reason := ReasonNone
				if test.ending == Reversed {
					reason = ReasonReversed
				}
				s.want(Ended, test.ending, reason)
			})
		})
	}
}

// Guarantee 2 over restarts: the alert stands again with its old time, and a sale
// that has been unknown for longer than a minute is asked about once and then
// taken back.
func TestAlertOverRestart(t *testing.T) {
	inBubble(t, func(s *shop) {
		began := s.now()
		s.beginUnknown(false)
		s.till.Close()
		off := 3 * time.Hour
		time.Sleep(off)
		s.sale.Realm.Now = s.sale.Realm.Now.Add(off) // open begins to count anew
		s.settler.queries = 0
		s.open()
		synctest.Wait()
		list := s.till.View().Alerts
		if len(list) != 1 || !list[0].Since.Equal(began) || list[0].Doing != Reversing {
			t.Fatalf("have %+v", list)
		}
		if s.settler.queries != 1 {
			t.Errorf("asked %d times", s.settler.queries)
		}
		s.settler.setDown(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if list := s.till.View().Alerts; len(list) != 1 || list[0].Resolved != Reversed {
			t.Errorf("have %+v", list)
		}
		if n := len(s.journal.noted(EventAlertRaised)); n != 1 {
			t.Errorf("raised %d times", n)
		}
	})
}

// A full disk stops a new sale with words of its own.
func TestDiskFull(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.journal.fail, s.journal.full = EventKeyed, true
		s.begin()
		s.want(Ended, Refused, ReasonFull)
		s.journal.setFail("")
		s.readyForNext()
	})
}

func TestDeclined(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.result = protocol.ResultDeclined
		s.begin()
		s.pay(nil)
		s.touch()
		s.want(Ended, Refused, ReasonDeclined)
	})
}
