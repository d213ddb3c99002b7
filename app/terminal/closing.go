package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/report"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
)

// keeper anchors the journal; there is one, which the reports use too.
func (t *terminal) keeper() *anchor.Keeper {
	if t.anchors == nil {
		t.anchors = &anchor.Keeper{
			Settings: anchor.Defaults(), Journal: t.journal, Lodge: adapter.Lodge(t.client), Now: time.Now, Log: t.log,
			Signer: token{t.unit}.Signer,
		}
	}
	return t.anchors
}

// openReports opens the X and Z reports of this terminal. Whoever has them is the only one to
// make Zs.
func (t *terminal) openReports(ctx context.Context) (*report.Books, error) {
	return report.Open(ctx, report.Options{
		Journal: t.journal, Desk: t.desk, Signer: token{t.unit}.Signer, Currency: protocol.Currency(t.currency),
		Who: func() (string, protocol.ID) {
			claims := t.papers.Current().Claims
			return *claims.Device.Name, claims.Subject
		},
		Compare: t.reconcile, Anchor: t.keeper().Anchor, Lodged: t.lodged, Now: time.Now, Log: t.log,
	})
}

// lodged is the record up to which settlement has signed for the journal's head, as far as the
// newest checkpoint tells.
func (t *terminal) lodged() uint64 {
	last, _ := t.journal.LastCheckpoint()
	if len(last.Receipt) == 0 {
		return 0
	}
	return last.Sequence
}

// errUncompared says that a shift was closed without settlement.
var errUncompared = errors.New("the shift is closed and its Z report made, but settlement could not be asked: compare the day later with terminal reconcile")

// closeShift closes the shift of whoever is on duty with the cash that was counted, makes its Z
// report, lodges the journal's head, and compares the shift's sales with settlement. A settlement
// that is not there does not keep the shift open: the head is lodged and the day compared later.
func (t *terminal) closeShift(ctx context.Context, books *report.Books, counted protocol.Amount) (report.Signed, error) {
	z, err := books.Z(ctx, counted)
	if err == nil && z.Compared == nil {
		err = errUncompared
	}
	if errors.Is(z.Unlodged, anchor.ErrContradicted) { // of all that keeps a head from being lodged, what a manager must know
		t.log.ErrorContext(ctx, "Z report not lodged", "number", z.Number, "error", z.Unlodged.Error())
		err = errors.Join(err, z.Unlodged)
	}
	return z, err
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
	entries, err := reconcile.Entries(ctx, t.journal, from)
	if err != nil {
		return reconcile.Report{}, err
	}
	return reconcile.Compare(protocol.At(from), protocol.At(to), entries, reconcile.Totals{Lines: totals.Lines, Sums: totals.Sums, Closed: totals.Closed})
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
