package logbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

// ErrNoSale says that there is no such sale or refund.
var ErrNoSale = errors.New("there is no such sale in the log")

// Sale returns a sale or refund with its time line, which is read from the journal by
// the places that the index knows: what the journal's chain was verified to hold. Error:
// ErrNoSale.
func (b *Book) Sale(ctx context.Context, number uint64) (d Detail, err error) {
	var records, asked []uint64 // of the sale; and the first of each refund
	err = b.view(ctx, func(x *index, v store.View) error {
		d, records, asked = Detail{}, nil, nil
		in, rows, n, err := x.find(v, number)
		if err != nil {
			return err
		}
		d.Row = b.rowOf(x, in, rows, n)
		if records, err = x.recordsOf(v, rows, n); err != nil {
			return err
		}
		reference := d.Row.Reference
		if d.Row.Refund {
			return nil // nothing gives a refund back
		}
		return x.refunds(ctx, v, number, reference, func(in uint64, rows block, n int) error {
			list, err := x.recordsOf(v, rows, n)
			if err != nil || len(list) == 0 {
				return err
			}
			d.Refunds, asked = append(d.Refunds, b.rowOf(x, in, rows, n)), append(asked, list[0])
			return nil
		})
	})
	if err != nil {
		return d, err
	}
	entries, err := b.source.Records(ctx, records)
	if err != nil {
		return d, fmt.Errorf("sale %d: %w", number, err)
	}
	for n, e := range entries {
		s := Step{Record: records[n], At: e.At.In(b.options.Location), Event: e.Event, Reason: e.Reason, Ending: e.Ending, Note: noteOf(e)}
		if n > 0 {
			s.Took = max(e.At.Sub(entries[n-1].At), 0) // the clock may have been set back
		}
		if e.Sale == number {
			d.Entry = e
		} else { // what is said about the sale is not its own
			s.Reason, s.Ending = "", ""
		}
		d.Steps = append(d.Steps, s)
	}
	if asked == nil {
		return d, nil
	}
	if entries, err = b.source.Records(ctx, asked); err != nil {
		return d, fmt.Errorf("refunds of sale %d: %w", number, err)
	}
	for _, e := range entries {
		why := ""
		if e.Refund != nil {
			why = e.Refund.Why
		}
		d.Whys = append(d.Whys, why)
	}
	return d, nil
}

// noteOf is what a manager may want to know of a step, in no language but that of whoever asked for a refund.
func noteOf(e sale.Entry) string {
	var facts []string
	if e.Attempt > 1 {
		facts = append(facts, "×"+strconv.Itoa(int(e.Attempt)))
	}
	if e.ByPIN {
		facts = append(facts, "PIN")
	}
	if e.Tap != nil && e.Tap.Ending != "" {
		facts = append(facts, "•••• "+e.Tap.Ending)
	}
	if e.Reference != 0 {
		facts = append(facts, "# "+strconv.FormatUint(e.Reference, 10))
	}
	if e.Refund != nil && e.Refund.Approver != "" {
		facts = append(facts, string(e.Refund.Approver))
	}
	if (e.Event == sale.EventRefundAsked || e.Event == sale.EventCashRefunded) && e.Refund != nil && e.Refund.Why != "" {
		facts = append(facts, e.Refund.Why)
	}
	if e.Alert != nil && e.Alert.Doing != "" {
		facts = append(facts, string(e.Alert.Doing))
	}
	return strings.Join(facts, " · ")
}

// find returns where a sale's row is. Error: ErrNoSale.
func (x *index) find(v store.View, number uint64) (in uint64, rows block, n int, err error) {
	if number == 0 {
		return 0, nil, 0, ErrNoSale
	}
	in, n = place(number)
	if rows, err = x.rowsOf(v, in); err != nil {
		return 0, nil, 0, err
	}
	if rows == nil || !rows.used(n) {
		return 0, nil, 0, fmt.Errorf("%w: %d", ErrNoSale, number)
	}
	return in, rows, n, nil
}

// refunds calls visit for every refund of a sale, by either of its names, oldest
// first.
func (x *index) refunds(ctx context.Context, v store.View, number, reference uint64, visit func(in uint64, rows block, n int) error) error {
	for _, in := range x.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s, known := x.known(in); known && !(number != 0 && number >= s.MinOf && number <= s.MaxOf) &&
			!(reference != 0 && reference >= s.MinRef && reference <= s.MaxRef) {
			continue
		}
		rows, err := x.rowsOf(v, in)
		if err != nil {
			return err
		}
		for n := range blockRows {
			if rows.u8(colFlags, n)&flagRefund != 0 &&
				(number != 0 && rows.u64(colOf, n) == number || reference != 0 && rows.u64(colOfReference, n) == reference) {
				if err := visit(in, rows, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// withReference calls visit for every sale with settlement's reference.
func (x *index) withReference(v store.View, reference uint64, visit func(rows block, n int) error) error {
	for _, in := range x.blocks {
		if s, known := x.known(in); known && (reference < s.MinReference || reference > s.MaxReference) {
			continue
		}
		rows, err := x.rowsOf(v, in)
		if err != nil {
			return err
		}
		for n := range blockRows {
			if rows.u64(colReference, n) == reference && rows.used(n) && rows.u8(colFlags, n)&flagRefund == 0 {
				if err := visit(rows, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// errBehind says that the index is being made.
var errBehind = errors.New("the log's index is being made")

// behindMost is how many records whoever asks what was sold waits for.
const behindMost = 8192

// RecordsOf returns the records of a sale and its refunds, for the journal.
func (b *Book) RecordsOf(ctx context.Context, number, reference uint64) (list []uint64, err error) {
	if has, of := b.Progress(); of-has > behindMost {
		return nil, errBehind
	}
	err = b.view(ctx, func(x *index, v store.View) error {
		list = nil
		add := func(rows block, n int) error {
			records, err := x.recordsOf(v, rows, n)
			list = append(list, records...)
			return err
		}
		if number != 0 {
			if _, rows, n, err := x.find(v, number); err == nil {
				if err := add(rows, n); err != nil {
					return err
				}
			} else if !errors.Is(err, ErrNoSale) {
				return err
			}
		}
		if reference != 0 && number == 0 {
			if err := x.withReference(v, reference, add); err != nil {
				return err
			}
		}
		return x.refunds(ctx, v, number, reference, func(_ uint64, rows block, n int) error { return add(rows, n) })
	})
	slices.Sort(list)
	return slices.Compact(list), err
}
