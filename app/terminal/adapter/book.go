package adapter

import (
	"context"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// Book is the journal as the staff's desk sees it; it implements staff.Recorder.
type Book struct{ *journal.Journal }

// Record writes an event of the staff. Errors are the journal's.
func (b Book) Record(ctx context.Context, e staff.Event) error {
	return b.Append(ctx, sale.Entry{Event: sale.Event(e.Kind), At: e.At, Shift: e.Shift, Cashier: e.By, Staff: &e})
}
