package settle_test

import (
	"context"
	"sync"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// overtaking does something between a decision and the transaction that is to
// keep it, once.
type overtaking struct {
	ledger.Ledger
	once sync.Once
	do   func()
}

func (o *overtaking) Update(ctx context.Context, change func(ledger.Tx) error) error {
	o.once.Do(o.do)
	return o.Ledger.Update(ctx, change)
}

// Guarantee 2: what is signed is what is kept, also when the ledger changes
// while the token signs.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(w *world, o open)
		want protocol.Result
		left int64 // in the shop's account
	}{
		{"the money is spent", func(w *world, o open) {
			w.sale.Amount = funds
			w.want(w.submit(honest()(w)), protocol.ResultPaid)
		}, protocol.ResultFunds, funds},
		{"the sale is reversed", func(_ *world, o open) {
			o.says("reversal", protocol.ResultReversed)(o.reverse())
		}, protocol.ResultReversed, 0},
		{"the same is decided", func(w *world, o open) {
			w.want(w.submit(o.envelope), protocol.ResultPaid)
		}, protocol.ResultPaid, 7800},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			o := w.open(w.owner())
			slow := w.config
			slow.Ledger = &overtaking{Ledger: w.ledger, do: func() { test.do(w, o) }}
			settler, err := settle.New(slow)
			if err != nil {
				t.Fatal(err)
			}
			o.says("overtaken", test.want)(settler.Submit(t.Context(), "T-0001", o.envelope))
			w.moved(test.left)
		})
	}
}
