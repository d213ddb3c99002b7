package main

import (
	"context"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
)

// book is the journal as a sale sees it; it looks sales up by reading on.
type book struct{ *journal.Journal }

func (b book) Sold(_ context.Context, number, reference uint64) (sale.Sold, error) {
	return sale.Gather(func(visit func(sale.Entry) error) error {
		return b.All(func(_ uint64, e sale.Entry) error { return visit(e) })
	}, number, reference)
}
