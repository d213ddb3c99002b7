package logbook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

// Options of a book. The zero value is of use.
type Options struct {
	// Location is the shop's time zone, for days, hours and the times of rows; nil:
	// time.Local.
	Location *time.Location
	// Log is told when the index is made again, and what goes wrong behind; nil:
	// nothing is told.
	Log *slog.Logger
}

// source is what of a journal the index is made from.
type source interface {
	Appended() uint64
	Watch() (changed <-chan struct{}, stop func())
	HashOf(record uint64) (journal.Hash, error)
	Since(ctx context.Context, from uint64, visit func(record uint64, e sale.Entry) error) error
	Records(ctx context.Context, records []uint64) ([]sale.Entry, error)
}

// Book is the log of a terminal: an index that follows a journal. It is safe for
// concurrent use.
type Book struct {
	path    string
	source  source
	options Options

	// following is held by whoever brings the index up to date.
	following chan struct{}
	// mu guards x and all that is in it.
	mu sync.RWMutex
	x  *index

	stop  context.CancelFunc
	ended chan struct{}
	leave func()
	left  func() error
}

// Open opens the index in a file, beside a journal that is open, or begins a new one.
// It returns at once: what the index does not have yet is read behind, and questions
// wait for that, as long as their context lets them. From then on the journal asks the
// index what was sold. Close the book before the journal.
//
// An index that cannot be used is made again without being asked. Errors are those of
// the file system, and a store that another process has open.
func Open(ctx context.Context, path string, j *journal.Journal, o Options) (*Book, error) {
	b, err := open(ctx, path, j, o)
	if err != nil {
		return nil, err
	}
	j.UseIndex(b)
	b.leave = func() { j.UseIndex(nil) }
	return b, nil
}

func open(ctx context.Context, path string, from source, o Options) (*Book, error) {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Book{path: path, source: from, options: o, following: make(chan struct{}, 1), ended: make(chan struct{}), leave: func() {}, left: func() error { return nil }}
	if err := b.load(ctx); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	go b.followBehind(behind)
	return b, nil
}

// load opens the index, or makes a new one where it cannot be used.
func (b *Book) load(ctx context.Context) error {
	s, err := store.Open(b.path)
	if err == nil {
		if b.x, err = load(s); err == nil {
			err = b.belongs()
		}
		if err == nil {
			return nil
		}
		if closed := s.Close(); closed != nil {
			b.options.Log.WarnContext(ctx, "index not closed", "error", closed.Error())
		}
	}
	if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, errFormat) && !errors.Is(err, errOther) {
		return err
	}
	return b.anew(ctx, err)
}

// errOther says that an index is not of this journal's chain.
var errOther = errors.New("index of another journal")

// belongs says whether the journal has the record that the index ends with.
func (b *Book) belongs() error {
	if b.x.Applied > b.source.Appended() {
		return fmt.Errorf("%w: it goes on to record %d", errOther, b.x.Applied)
	}
	if head, err := b.source.HashOf(b.x.Applied); err != nil {
		return err
	} else if head != b.x.Head {
		return fmt.Errorf("%w: record %d is another", errOther, b.x.Applied)
	}
	return nil
}

// anew begins an empty index in place of one that cannot be used.
func (b *Book) anew(ctx context.Context, why error) error {
	b.options.Log.WarnContext(ctx, "the log's index is made again from the journal", "why", why.Error())
	if err := os.Remove(b.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s, err := store.Open(b.path)
	if err != nil {
		return err
	}
	if b.x, err = load(s); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// Close ends the following, keeps what the index has, and closes it.
func (b *Book) Close() error {
	b.leave()
	b.stop()
	<-b.ended
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil {
		return nil
	}
	err := b.keep()
	err = errors.Join(err, b.x.store.Close(), b.left())
	b.x = nil
	return err
}

// Progress returns how many records the index has, and how many the journal has.
func (b *Book) Progress() (records, of uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.x != nil {
		records = b.x.Applied
	}
	return records, max(records, b.source.Appended())
}

// errClosed says that a book was asked after Close.
var errClosed = fmt.Errorf("log is %w", os.ErrClosed)

// view lets read look at the index once it has all that the journal has. An index that
// turns out to be damaged is made again first.
func (b *Book) view(ctx context.Context, read func(*index, store.View) error) error {
	for again := false; ; again = true {
		if err := b.follow(ctx); err != nil {
			return err
		}
		err := b.viewNow(read)
		if again || !errors.Is(err, store.ErrDamaged) {
			return err
		}
		if err := b.repair(ctx, err); err != nil {
			return err
		}
	}
}

func (b *Book) viewNow(read func(*index, store.View) error) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.x == nil {
		return errClosed
	}
	return b.x.store.View(func(v store.View) error { return read(b.x, v) })
}

// repair begins the index anew.
func (b *Book) repair(ctx context.Context, why error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil {
		return errClosed
	}
	if err := b.x.store.Close(); err != nil {
		b.options.Log.WarnContext(ctx, "index not closed", "error", err.Error())
	}
	b.x = nil
	return b.anew(ctx, why)
}
