package report

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// errStop ends a walk through the journal.
var errStop = errors.New("read enough")

// least is how many records are looked through first for the last Z.
const least = 256

// find looks for the last Z, from the journal's end towards its begin.
func (b *Books) find(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	end, _ := b.o.Journal.Head()
	for size := uint64(least); end > 0 && b.last == nil; size *= 2 {
		begin := uint64(1)
		if end > size {
			begin = end - size + 1
		}
		err := b.o.Journal.Since(ctx, begin, func(record uint64, e sale.Entry) error {
			if record > end {
				return errStop
			}
			if e.Event != sale.EventZ || e.Training != b.o.Training {
				return nil
			}
			shop, _ := b.o.Who()
			z, err := Read(e, shop)
			z.Record, b.last = record, &z
			return err
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		end = begin - 1
	}
	return nil
}

// makeUp makes the Z of every closed shift that has none, oldest first, and says how many.
// compare says what settlement has otherwise.
func (b *Books) makeUp(ctx context.Context, compare func(Report) []string) (made int, err error) {
	if b.o.Desk == nil {
		return 0, nil
	}
	for {
		t := b.tally()
		last := uint64(0)
		err := b.o.Journal.Since(ctx, b.next(), func(record uint64, e sale.Entry) error {
			if e.Training == b.o.Training && e.Staff != nil && e.Staff.Kind == staff.ShiftClosed && (b.last == nil || e.Staff.Shift > b.last.Shift) {
				t.add(e)
				last = record
				return errStop
			}
			t.add(e)
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			return made, err
		}
		if last == 0 {
			return made, nil
		}
		if err := b.make(ctx, t, last, compare); err != nil {
			return made, err
		}
		made++
	}
}

// make makes a Z that ends with a record, and keeps it.
func (b *Books) make(ctx context.Context, t *tally, last uint64, compare func(Report) []string) error {
	r := t.report()
	r.Kind, r.First, r.Last = KindZ, b.next(), last
	head, err := b.o.Journal.HashOf(last)
	if err != nil {
		return err
	}
	r.Head = head
	if r.From.IsZero() {
		r.From = r.To
	}
	r.OpenedBy, r.ClosedBy = nobody(r.OpenedBy), nobody(r.ClosedBy)
	r.Differences = append(r.Differences, compare(r)...)
	b.finish(&r)
	signer, err := b.o.Signer()
	if err != nil {
		return fmt.Errorf("sign Z report %d: %w", r.Number, err)
	}
	tips := map[sale.Rail]protocol.Sum{}
	for name, l := range t.rails {
		tips[name] = l.tips
	}
	now := b.o.Now()
	signed, err := protocol.Sign(signer, messageOf(r, tips, now))
	if err != nil {
		return fmt.Errorf("sign Z report %d: %w", r.Number, err)
	}
	b.failPoint(pointSigned)
	err = b.o.Journal.Append(ctx, sale.Entry{
		Event: sale.EventZ, At: now, Currency: r.Currency, Shift: r.Shift, Cashier: r.ClosedBy, Training: b.o.Training,
		Report: &sale.ReportOf{Number: r.Number, Signed: signed.Bytes()},
	})
	if err != nil {
		return fmt.Errorf("keep Z report %d: %w", r.Number, err)
	}
	b.failPoint(pointKept)
	z := Signed{Report: reportOf(signed.Unverified(), r.Shop), Message: signed}
	if kept, err := b.read(ctx, b.next(), z.Number); err == nil {
		z.Record = kept.Record
	} else {
		b.o.Log.WarnContext(ctx, "record of a Z report not found", "number", z.Number, "error", err.Error())
	}
	b.last = &z
	b.o.Log.InfoContext(ctx, "Z report made", "number", z.Number, "shift", z.Shift, "record", z.Record)
	b.keepDifference(ctx, z)
	return nil
}

// keepDifference has the desk say what the Z says.
func (b *Books) keepDifference(ctx context.Context, z Signed) {
	if b.o.Desk == nil || z.Cash.Uncounted {
		return
	}
	if err := b.o.Desk.SetDifference(ctx, z.Shift, z.Cash.Difference); err != nil { // the Z has it
		b.o.Log.WarnContext(ctx, "difference not kept with the shift", "shift", z.Shift, "error", err.Error())
	}
}
