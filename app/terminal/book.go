package main

import (
	"context"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// book is the journal as till and staff see it.
type book struct{ *journal.Journal }

// Record writes an event of the staff.
func (b book) Record(ctx context.Context, e staff.Event) error {
	return b.Append(ctx, sale.Entry{Event: sale.Event(e.Kind), At: e.At, Shift: e.Shift, Cashier: e.By, Staff: &e})
}

// Sold reads the journal for one sale. Only a refund needs it.
func (b book) Sold(ctx context.Context, number, reference uint64) (sale.Sold, error) {
	return sale.Gather(func(visit func(sale.Entry) error) error { return b.each(ctx, visit) }, number, reference)
}

// each reads all entries, oldest first, until the context ends.
func (b book) each(ctx context.Context, visit func(sale.Entry) error) error {
	return b.All(func(_ uint64, e sale.Entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return visit(e)
	})
}
