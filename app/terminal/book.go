package main

import (
	"context"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// book is the journal as the staff's desk sees it.
type book struct{ *journal.Journal }

// Record writes an event of the staff.
func (b book) Record(ctx context.Context, e staff.Event) error {
	return b.Append(ctx, sale.Entry{Event: sale.Event(e.Kind), At: e.At, Shift: e.Shift, Cashier: e.By, Staff: &e})
}
