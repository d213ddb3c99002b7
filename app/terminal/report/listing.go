package report

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Zs returns Z reports, newest first: those with a smaller number than before (0: all), limit of
// them at most. Each Z says where the one before is to be found, so that a page reads a few
// records for each. Errors: the journal's, and those of Read.
func (b *Books) Zs(ctx context.Context, before uint64, limit int) ([]Signed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	z := b.last
	var err error
	if known, there := b.records[before-1]; there { // a page that follows another
		if z, err = b.read(ctx, known, before-1); err != nil {
			return nil, err
		}
	}
	var list []Signed
	for z != nil && len(list) < limit {
		if before == 0 || z.Number < before {
			list = append(list, b.lodgedLocked(*z))
		}
		b.records[z.Number] = z.Record
		if z.Number == 1 {
			break
		}
		// The one before was written after its own last record, which this one's begin follows.
		if z, err = b.read(ctx, z.First, z.Number-1); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// read reads the Z with a number, which stands at a record or after it.
func (b *Books) read(ctx context.Context, from, number uint64) (*Signed, error) {
	var found *Signed
	err := b.o.Journal.Since(ctx, from, func(record uint64, e sale.Entry) error {
		if e.Event != sale.EventZ || e.Report == nil || e.Report.Number != number {
			return nil
		}
		shop, _ := b.o.Who()
		z, err := Read(e, shop)
		if err != nil {
			return err
		}
		z.Record, found = record, &z
		return errStop
	})
	switch {
	case err != nil && !errors.Is(err, errStop):
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("Z report %d: %w: it is not in the journal", number, protocol.ErrMalformed)
	}
	return found, nil
}
