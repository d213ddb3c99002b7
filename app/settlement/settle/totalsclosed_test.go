package settle_test

import (
	"context"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// slowLedger has something happen before each transaction.
type slowLedger struct {
	ledger.Ledger
	before func()
}

func (l *slowLedger) Update(ctx context.Context, change func(ledger.Tx) error) error {
	if before := l.before; before != nil {
		l.before = nil
		before()
	}
	return l.Ledger.Update(ctx, change)
}

// A payment that is decided in the last second of a period and booked after it
// belongs to the period: totals that were fetched in between do not say that the
// period was over, or they would never reconcile.
func TestTotalsCloseWhenNothingCanFollow(t *testing.T) {
	t.Parallel()
	slow := &slowLedger{}
	w := newWorld(t, func(c *settle.Config) { slow.Ledger, c.Ledger = c.Ledger, slow })
	begin := w.clock()
	end := begin.Add(time.Second)
	between := protocol.DayTotals{}
	slow.before = func() {
		w.passFresh(8 * time.Second)
		between = w.totals(begin, end, 0)
	}
	w.paid(1000)
	if len(between.Lines) != 0 {
		t.Fatalf("booked before it was: %+v", between)
	}
	if between.Closed() {
		t.Error("the period was called over, and a payment of it was still to come")
	}
	w.passFresh(time.Minute)
	if after := w.totals(begin, end, 0); !after.Closed() || len(after.Lines) != 1 {
		t.Errorf("closed %v, %d lines", after.Closed(), len(after.Lines))
	}
	if open := w.totals(begin, w.clock().Add(time.Hour), 0); open.Closed() || open.Decided != protocol.At(w.clock()) {
		t.Errorf("a period that goes on: closed %v, as of %v", open.Closed(), open.Decided)
	}
}
