package sale

import "context"

// takeUpTap takes up a tap that the journal left open. It says whether the entry is
// one.
func (t *Till) takeUpTap(e Entry) bool {
	switch e.Event {
	case EventTapPay, EventTapTorn:
		ctx, cancel := context.WithCancelCause(t.ctx)
		s := &payment{till: t, cancel: cancel, entry: e}
		s.view = View{
			Stage: Torn, Number: e.Sale, Amount: e.Amount, Currency: e.Currency, Tip: e.Tip, Items: e.Items, Tax: e.Tax,
			Card: e.Tap.Ending, Cancellable: true, Interrupted: e.At,
		}
		t.mu.Lock()
		if t.front != nil { // not from this program's journal, which has one in front at a time
			cancel(errCancelled)
		} else {
			t.front = s
		}
		t.mu.Unlock()
		t.running.Go(func() {
			defer cancel(nil)
			s.resumeTorn(ctx)
		})
	case EventTapReported:
		if t.Now().Sub(e.At) > t.Tap.AbandonedFor {
			e.Event, e.At = EventEnded, t.Now()
			if err := t.Journal.Append(t.ctx, e); err != nil {
				t.Log.ErrorContext(t.ctx, "ending not journalled", "number", e.Sale, "error", err.Error())
			}
			return true
		}
		t.owe(e)
	case EventTapUncleared:
		a, err := alarmAgain(e)
		if err != nil { // cannot be: the journal's chain holds
			t.Log.ErrorContext(t.ctx, "settlement's answer about a tap cannot be read", "number", e.Sale, "error", err.Error())
			return true
		}
		t.owe(e)
		t.raise(t.ctx, a, false)
	case EventTapResult:
		t.owe(e)
		t.tell(e)
	case EventTapAbandoned, EventTapFound:
		t.owe(e)
	default:
		return false
	}
	return true
}
