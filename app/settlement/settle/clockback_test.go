package settle_test

import (
	"testing"
	"time"

	"countersign/protocol"
)

// A process died while it worked on a card sale, and then the clock was set
// back: its lease does not hold the money up until the clock catches up.
func TestLeaseFromTheFuture(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	crash := "acquirer.purchase.answer"
	w.crash.Store(&crash)
	o := w.open(w.owner())
	if outcome := w.submitOpen(o); outcome != nil {
		t.Errorf("%+v", outcome)
	}
	w.passFresh(-24 * time.Hour)
	if open, err := w.settler.SettleCards(t.Context()); open != 0 || err != nil {
		t.Errorf("%d open, %v", open, err)
	}
	w.passFresh(24 * time.Hour)
	w.want(w.submit(o.envelope), protocol.ResultDeclined)
	w.agrees(0)
}
