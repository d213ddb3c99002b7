package main

import (
	"context"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// book is the journal as a sale sees it; it looks sales up by reading on.
type book struct{ *journal.Journal }

// Record writes an event of the staff.
func (b book) Record(ctx context.Context, e staff.Event) error {
	return b.Append(ctx, sale.Entry{Event: sale.Event(e.Kind), At: e.At, Shift: e.Shift, Cashier: e.By, Staff: &e})
}

// Sold reads the journal for one sale.
func (b book) Sold(_ context.Context, number, reference uint64) (sale.Sold, error) {
	return sale.Gather(func(visit func(sale.Entry) error) error {
		return b.All(func(_ uint64, e sale.Entry) error { return visit(e) })
	}, number, reference)
}
