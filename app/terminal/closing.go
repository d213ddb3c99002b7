package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
)

// keeper anchors the journal.
func (t *terminal) keeper() *anchor.Keeper {
	return &anchor.Keeper{
		Settings: anchor.Defaults(), Journal: t.journal, Lodge: adapter.Lodge(t.client), Now: time.Now, Log: t.log,
		Signer: token{t.unit}.Signer,
	}
}

// closeShift closes the shift of whoever is on duty, lodges the journal's head,
// and compares the shift's sales with settlement. A settlement that is not there
// does not keep the shift open: the head is lodged and the day compared later.
func (t *terminal) closeShift(ctx context.Context) (staff.Shift, reconcile.Report, error) {
	shift, err := t.desk.CloseShift(ctx, staff.Uncounted)
	if err != nil {
		return shift, reconcile.Report{}, err
	}
	if err := t.keeper().Anchor(ctx); err != nil {
		t.log.WarnContext(ctx, "journal not anchored at the close of a shift", "shift", shift.Number, "error", err.Error())
	}
	report, err := t.reconcile(ctx, shift.Opened, shift.Closed.Add(time.Second))
	return shift, report, err
}

// growing is how often totals are asked for that change while they are read.
const growing = 3

// reconcile compares the journal with settlement's totals, from ≤ decided < to.
func (t *terminal) reconcile(ctx context.Context, from, to time.Time) (reconcile.Report, error) {
	signer, err := t.unit.Signer(secureunit.Signing)
	if err != nil {
		return reconcile.Report{}, err
	}
	sign := func(q protocol.TotalsQuery) (*protocol.Signed[protocol.TotalsQuery], error) {
		return protocol.Sign(signer, q)
	}
	var totals settlementclient.Totals
	for range growing {
		totals, err = t.client.AllTotals(ctx, protocol.At(from), protocol.At(to), sign)
		if !errors.Is(err, settlementclient.ErrTotalsGrew) {
			break
		}
	}
	if err != nil {
		return reconcile.Report{}, err
	}
	return reconcile.Compare(protocol.At(from), protocol.At(to), func(visit func(sale.Entry) error) error {
		return t.journal.All(func(_ uint64, e sale.Entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return visit(e)
		})
	}, reconcile.Totals{Lines: totals.Lines, Sums: totals.Sums, Closed: totals.Closed})
}

// differs is what ends the command with status 1.
type differs struct{ reconcile.Report }

func (d differs) Error() string {
	return fmt.Sprintf("%d differences to settlement, %d without an answer", d.Differences(), len(d.Unknown))
}

// Hint says what a person can do.
func (d differs) Hint() string {
	if d.Differences() > 0 {
		return "Keep this report and call settlement's operator: each line that differs is listed above."
	}
	return "Start the terminal with its network: what is unknown is asked about until it is answered. Then compare again."
}
