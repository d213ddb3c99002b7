package logbook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
)

// OpenSnapshot makes a log from a journal's snapshot, in a directory of its own that
// Close removes again: for a command beside a terminal that runs, whose own index
// nobody else may open. It is made when the first question is asked, some ten thousand
// records a second, and Sale and Events, which read single records, are not answered.
func OpenSnapshot(ctx context.Context, s *journal.Snapshot, o Options) (*Book, error) {
	dir, err := os.MkdirTemp("", "countersign-log-") // for its owner alone
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	b, err := open(ctx, filepath.Join(dir, "index"), still{s}, o)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	b.left = func() error { return os.RemoveAll(dir) }
	return b, nil
}

// still is a snapshot as the source of an index that is opened once.
type still struct{ *journal.Snapshot }

// errStill says that a snapshot is not asked for single records.
var errStill = errors.New("a snapshot is read from its beginning to its end")

func (still) Watch() (<-chan struct{}, func())        { return nil, func() {} }
func (still) HashOf(uint64) (h journal.Hash, _ error) { return h, nil }
func (still) Records(context.Context, []uint64) ([]sale.Entry, error) {
	return nil, errStill
}
