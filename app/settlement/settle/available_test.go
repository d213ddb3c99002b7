package settle_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol/problem"
)

// away is a ledger whose updates fail as if its database were away.
type away struct {
	ledger.Ledger
	err error
}

func (a *away) Update(ctx context.Context, change func(ledger.Tx) error) error {
	if a.err != nil {
		return a.err
	}
	return a.Ledger.Update(ctx, change)
}

// A terminal is told to try again if nothing was kept, and nothing at all if
// nobody knows.
func TestLedgerAway(t *testing.T) {
	t.Parallel()
	var store *away
	w := newWorld(t, func(c *settle.Config) {
		store = &away{Ledger: c.Ledger}
		c.Ledger = store
	})
	request := w.request()
	envelope := w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner())
	for _, test := range []struct {
		err    error
		status int
	}{
		{fmt.Errorf("%w: no route", ledger.ErrUnavailable), http.StatusServiceUnavailable},
		{fmt.Errorf("%w: %w", ledger.ErrUnavailable, ledger.ErrUnknown), 0},
	} {
		store.err = test.err
		_, err := w.settler.Submit(t.Context(), "T-0001", envelope)
		var p *problem.Problem
		if err == nil || errors.As(err, &p) != (test.status != 0) || p != nil && p.Status != test.status {
			t.Errorf("%v is told as %v", test.err, err)
		}
	}
	w.moved(0)
	store.err = nil
	w.submit(envelope)
}
