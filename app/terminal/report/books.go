package report

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Journal is where sales are read and Zs are kept; the terminal's journal is one.
type Journal interface {
	Append(context.Context, sale.Entry) error
	// Head returns the number and the hash of the last record; zeros before the first.
	Head() (record uint64, head [32]byte)
	// HashOf returns the chain's hash of a record.
	HashOf(record uint64) ([32]byte, error)
	// Since calls visit for every entry from a record on, in order.
	Since(ctx context.Context, from uint64, visit func(record uint64, e sale.Entry) error) error
}

// Desk closes shifts; *staff.Desk is one.
type Desk interface {
	Shift() staff.Shift
	CloseShift(ctx context.Context, counted protocol.Amount) (staff.Shift, error)
	SetDifference(ctx context.Context, shift uint64, difference protocol.Sum) error
}

// Options are what books are kept with.
type Options struct {
	Journal Journal
	// Desk is nil where there is no staff: then there are no Zs.
	Desk Desk
	// Signer returns the terminal's signing key. It is asked for each Z.
	Signer func() (crypto.Signer, error)
	// Who returns the shop's name and the terminal's, as its certificate has them.
	Who      func() (shop string, terminal protocol.ID)
	Currency protocol.Currency
	// Training keeps the books of training entries, and of no others.
	Training bool
	// Compare compares a shift with settlement, from ≤ decided < to. nil, or an error, leaves
	// the Z with a line that it was not compared.
	Compare func(ctx context.Context, from, to time.Time) (reconcile.Report, error)
	// CompareFor bounds Compare; 0 means 20 s.
	CompareFor time.Duration
	// Anchor lodges the journal's head with settlement (anchor.Keeper.Anchor), and Lodged
	// returns the record up to which settlement has signed for it. nil: nobody to lodge with.
	Anchor func(context.Context) error
	Lodged func() uint64
	Now    func() time.Time
	Log    *slog.Logger
	// FailPoint is called at each of FailPoints. It is for tests that end the process there.
	FailPoint func(name string)
}

// FailPoints are the names that Options.FailPoint is called with, in the order of a Z.
func FailPoints() []string { return []string{pointClosed, pointSigned, pointKept, pointLodged} }

const (
	pointClosed = "z.closed" // the shift is closed, nothing more
	pointSigned = "z.signed" // not in the journal yet
	pointKept   = "z.kept"   // in the journal, not lodged
	pointLodged = "z.lodged"
)

// ErrNotKept says that a shift was closed and its Z not made yet: it is made at the next Z
// or the next start.
var ErrNotKept = errors.New("the shift is closed, its Z report not made yet")

// Books are a terminal's reports. They are safe for concurrent use; one at a time is made, and
// while a Z is, which waits for settlement, all others wait: not to be called from where a
// window is drawn.
type Books struct {
	o Options

	mu   sync.Mutex
	last *Signed // the newest Z; nil before the first
	// records are where Zs stand that were listed, by number.
	records map[uint64]uint64
}

// Open finds the last Z, and makes those of shifts that were closed without: after a crash,
// or on a terminal that has sold before there were Zs. That one cannot be made now is logged
// and no error. Errors: the journal's, and those of Read.
func Open(ctx context.Context, o Options) (*Books, error) {
	if o.CompareFor == 0 {
		o.CompareFor = 20 * time.Second
	}
	b := &Books{o: o, records: map[uint64]uint64{}}
	if err := b.find(ctx); err != nil {
		return nil, fmt.Errorf("find the last Z report: %w", err)
	}
	if _, err := b.makeUp(ctx, func(Report) []string { return []string{notCompared("later")} }); err != nil {
		o.Log.ErrorContext(ctx, "Z report not made", "error", err.Error())
	}
	if b.last != nil { // which a crash may have kept from the shift
		b.keepDifference(ctx, *b.last)
	}
	return b, nil
}

// Last returns the newest Z report.
func (b *Books) Last() (Signed, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil {
		return Signed{}, false
	}
	return b.lodgedLocked(*b.last), true
}

func (b *Books) lodgedLocked(z Signed) Signed {
	z.Lodged = b.o.Lodged != nil && z.Record > 0 && b.o.Lodged() >= z.Record
	return z
}

// X says what was taken since the last Z. Errors: the journal's.
func (b *Books) X(ctx context.Context) (Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tally()
	first, last := b.next(), uint64(0)
	err := b.o.Journal.Since(ctx, first, func(record uint64, e sale.Entry) error {
		t.add(e)
		last = record
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("X report: %w", err)
	}
	r := t.report()
	r.Kind, r.First, r.Last = KindX, first, max(last, first-1)
	if r.Last > 0 {
		if r.Head, err = b.o.Journal.HashOf(r.Last); err != nil {
			return Report{}, fmt.Errorf("X report: %w", err)
		}
	}
	if r.To.IsZero() {
		r.To = b.o.Now().UTC()
	}
	if r.From.IsZero() && b.last != nil {
		r.From = b.last.To
	}
	b.finish(&r)
	return r, nil
}

// Z closes the shift with the cash that was counted, or staff.Uncounted, compares it with
// settlement, makes its Z report and lodges the journal's head. A settlement that is not there
// keeps nothing back. Errors: those of staff.Desk.CloseShift, with which the shift is open
// still; with ErrNotKept it is closed.
func (b *Books) Z(ctx context.Context, counted protocol.Amount) (Signed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	shift, err := b.o.Desk.CloseShift(ctx, counted)
	if err != nil {
		return Signed{}, err
	}
	b.failPoint(pointClosed)
	ctx = context.WithoutCancel(ctx) // whoever asked may have gone: the shift is closed
	var compared *reconcile.Report
	made, err := b.makeUp(ctx, func(r Report) (lines []string) {
		if r.Shift != shift.Number {
			return []string{notCompared("later")}
		}
		lines, compared = b.compare(ctx, r)
		return lines
	})
	switch {
	case err != nil:
		return Signed{Compared: compared}, fmt.Errorf("%w: %w", ErrNotKept, err)
	case made == 0 || b.last == nil || b.last.Shift != shift.Number:
		return Signed{Compared: compared}, fmt.Errorf("%w: the journal does not have its end", ErrNotKept)
	}
	var unlodged error
	if b.o.Anchor != nil {
		if unlodged = b.o.Anchor(ctx); unlodged != nil { // it is lodged later
			b.o.Log.WarnContext(ctx, "journal not anchored after a Z report", "number", b.last.Number, "error", unlodged.Error())
		}
	}
	b.failPoint(pointLodged)
	z := b.lodgedLocked(*b.last)
	z.Compared, z.Unlodged = compared, unlodged
	return z, nil
}

// compare asks settlement about a shift.
func (b *Books) compare(ctx context.Context, r Report) ([]string, *reconcile.Report) {
	if b.o.Compare == nil {
		return []string{notCompared("nobody")}, nil
	}
	ctx, stop := context.WithTimeout(ctx, b.o.CompareFor)
	defer stop()
	compared, err := b.o.Compare(ctx, r.From, r.To.Add(time.Second))
	if err != nil {
		b.o.Log.WarnContext(ctx, "shift not compared with settlement", "shift", r.Shift, "error", err.Error())
		return []string{notCompared("no-answer")}, nil
	}
	return differencesOf(compared), &compared
}

func (b *Books) failPoint(name string) {
	if b.o.FailPoint != nil {
		b.o.FailPoint(name)
	}
}

// next is the first record that no Z is of.
func (b *Books) next() uint64 {
	if b.last == nil {
		return 1
	}
	return b.last.Report.Last + 1
}

// tally begins after the last Z.
func (b *Books) tally() *tally {
	var open []OpenLine
	if b.last != nil {
		open = b.last.Unknown
	}
	return newTally(b.o.Currency, b.o.Training, open)
}

// finish says whose report it is and the totals of all.
func (b *Books) finish(r *Report) {
	r.Shop, r.Terminal = b.o.Who()
	r.Number, r.GrandTotal, r.GrandRefunds = 1, r.Taken(), r.Refunded()
	if b.last == nil {
		return
	}
	r.Number, r.Previous = b.last.Number+1, b.last.Message.Hash()
	if b.last.Currency == r.Currency {
		r.GrandTotal, r.GrandRefunds = r.GrandTotal+b.last.GrandTotal, r.GrandRefunds+b.last.GrandRefunds
	}
}
