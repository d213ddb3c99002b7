package report

import (
	"context"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Verify reads the whole journal and holds its Zs against it: each signed by the terminal's
// key, numbered without gaps, after the one before, of the records that it says, one for each
// shift that was closed before it, and its grand totals those of all Zs. It returns the last Z;
// zero where there is none. The error names the first Z that does not fit.
func Verify(ctx context.Context, j Journal, terminal protocol.Key, shop string) (last Signed, err error) {
	taken, refunded := protocol.Sum(0), protocol.Sum(0)
	shifts := map[uint64]bool{}
	err = j.Since(ctx, 1, func(record uint64, e sale.Entry) error {
		if e.Event != sale.EventZ {
			return nil
		}
		z, err := Read(e, shop)
		if err != nil {
			return err
		}
		if _, err := protocol.VerifyZReport(z.Message, terminal, last.Message); err != nil {
			return err
		}
		head, err := j.HashOf(z.Report.Last)
		switch {
		case err != nil:
			return fmt.Errorf("Z %d: %w", z.Number, err)
		case head != z.Head || z.Report.Last >= record:
			return fmt.Errorf("Z %d: %w: it is of another journal", z.Number, protocol.ErrOtherRequest)
		case shifts[z.Shift]:
			return fmt.Errorf("Z %d: %w: shift %d has one", z.Number, protocol.ErrOtherRequest, z.Shift)
		}
		if last.Message != nil && last.Currency != z.Currency {
			taken, refunded = 0, 0
		}
		taken, refunded = taken+z.Taken(), refunded+z.Refunded()
		if z.GrandTotal != taken || z.GrandRefunds != refunded {
			return fmt.Errorf("Z %d: %w: its grand totals are not the sums of all Zs", z.Number, protocol.ErrOtherRequest)
		}
		shifts[z.Shift] = true
		z.Record = record
		last = z
		return nil
	})
	if err != nil {
		return last, fmt.Errorf("verify Z reports: %w", err)
	}
	return last, nil
}
