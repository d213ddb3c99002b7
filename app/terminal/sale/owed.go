package sale

import (
	"context"
	"maps"
	"slices"
	"sync"

	"countersign/app/terminal/clearing"
	"countersign/protocol"
)

// owed are the taps that are not over: to be cleared, to be reported as given up,
// given up and not found out about, or cleared otherwise than they should have been.
type owed struct {
	mu   sync.Mutex
	taps map[uint64]Entry
	// refused are those that a manager was told of since the start.
	refused map[uint64]bool
}

// owe takes a tap up whose entry is in the journal.
func (t *Till) owe(e Entry) {
	of := *e.Tap
	e.Tap = &of
	t.owed.mu.Lock()
	t.owed.taps[e.Sale] = e
	t.owed.mu.Unlock()
	item := clearing.Item{Number: e.Sale, Card: of.Card}
	switch e.Event {
	case EventTapResult:
		item.Amount = e.Amount
	case EventTapFound, EventTapAbandoned:
	default:
		return // settlement knows all that there is
	}
	t.queue.Add(item)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.showLocked()
}

// owedTap returns a tap that is not over.
func (t *Till) owedTap(number uint64) (Entry, bool) {
	t.owed.mu.Lock()
	defer t.owed.mu.Unlock()
	e, there := t.owed.taps[number]
	return e, there
}

// change writes down what has become of a tap that was at an event, and says
// whether it still was.
func (t *Till) change(ctx context.Context, number uint64, from, to Event, how func(*Entry)) (e Entry, changed bool, err error) {
	t.owed.mu.Lock()
	defer t.owed.mu.Unlock()
	e, there := t.owed.taps[number]
	if !there || e.Event != from {
		return e, false, nil
	}
	of := *e.Tap
	e.Event, e.At, e.Tap = to, t.Now(), &of
	how(&e)
	if err := t.Journal.Append(context.WithoutCancel(ctx), e); err != nil {
		return e, false, err
	}
	if e.Over() {
		delete(t.owed.taps, number)
	} else {
		t.owed.taps[number] = e
	}
	return e, true, nil
}

// givenUpBy lists the taps of a card that were given up and are not found out about,
// by number.
func (t *Till) givenUpBy(card protocol.CardMark) []Entry {
	t.owed.mu.Lock()
	defer t.owed.mu.Unlock()
	var list []Entry
	for _, number := range slices.Sorted(maps.Keys(t.owed.taps)) {
		e := t.owed.taps[number]
		if e.Tap.Card == card && (e.Event == EventTapAbandoned || e.Event == EventTapReported) {
			list = append(list, e)
		}
	}
	return list
}

// askAboutFormer asks a card, before it is charged again, about taps that were given
// up: what it was charged then goes back to it. Each is asked about once a sale. It says whether
// anything was asked: the card has forgotten this tap then, which begins anew.
func (s *payment) askAboutFormer(ctx context.Context, h *held) (asked bool, err error) {
	for _, e := range s.till.givenUpBy(protocol.MarkOf(h.reader.Card().Holder.Key)) {
		if s.asked[e.Sale] {
			continue
		}
		if s.asked == nil {
			s.asked = map[uint64]bool{}
		}
		s.asked[e.Sale] = true
		asked = true
		if err := s.till.askAbout(ctx, h.card, e); err != nil {
			s.till.Log.WarnContext(ctx, "tap that was given up not found out about", "number", e.Sale, "error", err.Error())
			if ctx.Err() != nil {
				return asked, err
			}
		}
	}
	return asked, nil
}

// askAbout asks the card of a tap that was given up, and writes its answer down.
func (t *Till) askAbout(ctx context.Context, card Card, e Entry) error {
	of, signed, err := t.recover(ctx, card, e.Tap)
	if err != nil {
		return err
	}
	if signed.Unverified().Status != protocol.TapDeducted {
		_, _, err := t.change(ctx, e.Sale, e.Event, EventTapNever, func(*Entry) {})
		return err
	}
	pay, err := protocol.Parse[protocol.TapPay](e.Tap.Pay)
	if err != nil {
		return err
	}
	envelope, err := t.sealClearing(e.Tap, of, pay, signed, true)
	if err != nil {
		return err
	}
	found, changed, err := t.change(ctx, e.Sale, e.Event, EventTapFound, func(e *Entry) { e.Tap.Sealed = envelope.Sealed })
	if err == nil && changed {
		t.owe(found)
	}
	return err
}
