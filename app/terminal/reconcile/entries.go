package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/sale"
)

// Journal is what is compared; the terminal's journal is one.
type Journal interface {
	// Head returns the number and the hash of the last record; zeros before the first.
	Head() (record uint64, head [32]byte)
	// Since calls visit for every entry from a record on, in order.
	Since(ctx context.Context, from uint64, visit func(record uint64, e sale.Entry) error) error
	// Open returns the last entry of every sale and refund that is not over.
	Open(context.Context) ([]sale.Entry, error)
}

// stretch is how many records are looked at together.
const stretch = 4096

// Entries returns those entries of a journal that Compare needs for a period from some time
// on, without reading what is long before: what is open, however old, then all records since.
// The begin is where a whole stretch of records is a day older than the period.
func Entries(ctx context.Context, j Journal, from time.Time) (func(visit func(sale.Entry) error) error, error) {
	open, err := j.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("reconcile: read what is open: %w", err)
	}
	begin, err := beginOf(ctx, j, from.Add(-clockSkew))
	if err != nil {
		return nil, fmt.Errorf("reconcile: look for the begin: %w", err)
	}
	return func(visit func(sale.Entry) error) error {
		for _, e := range open {
			if err := visit(e); err != nil {
				return err
			}
		}
		return j.Since(ctx, begin, func(_ uint64, e sale.Entry) error { return visit(e) })
	}, nil
}

// beginOf goes back from the end, stretch by stretch, to one without an entry of that time.
func beginOf(ctx context.Context, j Journal, from time.Time) (uint64, error) {
	head, _ := j.Head()
	for begin := head + 1; ; {
		end := begin
		begin = max(end, stretch+1) - stretch
		if end <= 1 {
			return 1, nil
		}
		young := false
		err := j.Since(ctx, begin, func(record uint64, e sale.Entry) error {
			if record >= end {
				return errEnough
			}
			young = young || !e.At.Before(from)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return 0, err
		}
		if !young {
			return end, nil
		}
	}
}

// errEnough ends a walk.
var errEnough = errors.New("read enough")
