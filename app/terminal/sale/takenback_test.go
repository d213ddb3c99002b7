package sale

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// stubborn is a settlement that takes nothing back: it was paid.
type stubborn struct{ *fakeSettler }

func (s stubborn) Reverse(_ context.Context, about protocol.Advice) (Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer(about, 1, protocol.ResultPaid), nil
}

// A sale that ended here and turns out to be paid there: the journal says so, a
// manager is told, and settlement is told that we know.
func TestEndedHereAndPaidThere(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.till.Settler = stubborn{s.settler}
		s.begin()
		s.pay(nil)
		s.want(Finger, "", ReasonNone)
		if err := s.till.Cancel(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		number := s.till.View().Number
		sold, err := s.journal.Sold(t.Context(), number, 0)
		if err != nil || !sold.Paid() || sold.Sale.Event != EventAcknowledged {
			t.Errorf("the journal says %s, %s; %v", sold.Sale.Event, sold.Sale.Ending, err)
		}
		if raised, resolved := s.journal.noted(EventAlertRaised), s.journal.noted(EventAlertResolved); len(raised) != 1 || len(resolved) != 1 || resolved[0].Resolved != Paid {
			t.Errorf("alerts %+v, %+v", raised, resolved)
		}
		if s.settler.acked != 1 {
			t.Errorf("%d acknowledgements", s.settler.acked)
		}
	})
}

// Once a payment was opened its wallet waits: whatever ends the sale before a
// finger was asked for, it is taken back at settlement too.
func TestEndedBeforeTheFingerIsTakenBack(t *testing.T) {
	inBubble(t, func(s *shop) {
		s.settler.setDown(ErrNotSent)
		s.begin()
		request := s.request().Hash()
		s.pay(nil)
		s.want(Ended, Refused, ReasonUnreachable)
		number := s.till.View().Number
		if events := s.journal.events(number); !slices.Contains(events, EventReversal) || slices.Contains(events, EventEnded) {
			t.Errorf("journalled %v", events)
		}
		s.settler.setDown(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if s.settler.paid[request] != protocol.ResultReversed {
			t.Error("settlement knows nothing of it: the wallet waits for ever")
		}
		if events := s.journal.events(number); events[len(events)-1] != EventEnded {
			t.Errorf("journalled %v", events)
		}
	})
}

// What settlement has said was given back altogether counts, also what other
// terminals gave, and what is on its way.
func TestLeftOfASale(t *testing.T) {
	key := protocoltest.New(t, "countersign/1").Settlement("settlement-1").Key
	said := func(refunded protocol.Amount) []byte {
		return protocoltest.Sign(t, key, protocol.RefundOutcome{Reference: 1, Key: protocol.Code{1}, Result: protocol.RefundMade, Number: 2,
			Amount: 100, Currency: 156, Refunded: refunded, Decided: 50}).Bytes()
	}
	made := Entry{Sale: 2, Event: EventRefundOutcome, Ending: Refunded, Amount: 100, Outcome: said(100)}
	open := Entry{Sale: 3, Event: EventRefundUnknown, Amount: 200}
	elsewhere := made
	elsewhere.Outcome = said(700)
	for name, test := range map[string]struct {
		refunds []Entry
		want    protocol.Amount
	}{
		"nothing given":             {nil, 1000},
		"given":                     {[]Entry{made}, 900},
		"given and on its way":      {[]Entry{made, open}, 700},
		"given by others as well":   {[]Entry{elsewhere}, 300},
		"refused":                   {[]Entry{{Sale: 2, Event: EventRefundOutcome, Ending: Refused, Amount: 100}}, 1000},
		"more than there ever was":  {[]Entry{elsewhere, {Sale: 4, Event: EventRefundSent, Amount: 950}}, 0},
		"ended without having left": {[]Entry{{Sale: 2, Event: EventRefundEnded, Ending: Refused, Amount: 100}}, 1000},
	} {
		if left := (Sold{Sale: Entry{Sale: 1, Ending: Paid, Amount: 1000}, Refunds: test.refunds}).Left(); left != test.want {
			t.Errorf("%s: %d left, want %d", name, left, test.want)
		}
	}
}
