package logbook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

const (
	// batch is how many records are read together and then put into the index, for
	// which questions wait.
	batch = 1024
	// keepAfter is how many records are in memory alone, at most: so many are read again
	// after a crash. While the index is made, it is more.
	keepAfter, keepAfterMany = 4096, 65536
	// keepBlocks is how many blocks are changed in memory before they are written.
	keepBlocks = 32
	// pause is how long the index waits once something was appended: what follows at
	// once is read together, and a sale comes first. A question does not wait for it.
	pause = 200 * time.Millisecond
)

// followBehind keeps the index up to date.
func (b *Book) followBehind(ctx context.Context) {
	defer close(b.ended)
	changed, stop := b.source.Watch()
	defer stop()
	for ctx.Err() == nil {
		if err := b.follow(ctx); err != nil && ctx.Err() == nil {
			b.options.Log.ErrorContext(ctx, "the log does not follow the journal", "error", err.Error())
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// follow brings the index to where the journal is.
func (b *Book) follow(ctx context.Context) error {
	select {
	case b.following <- struct{}{}:
		defer func() { <-b.following }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		from, err := b.applied()
		if err != nil || from >= b.source.Appended() {
			return err
		}
		if err := b.advance(ctx, from); err != nil {
			return fmt.Errorf("index records after %d: %w", from, err)
		}
	}
}

func (b *Book) applied() (uint64, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.x == nil {
		return 0, errClosed
	}
	return b.x.Applied, nil
}

// numbered is an entry with its record's number.
type numbered struct {
	record uint64
	entry  sale.Entry
}

var errEnough = errors.New("enough")

// advance puts some more records into the index.
func (b *Book) advance(ctx context.Context, from uint64) error {
	list := make([]numbered, 0, min(batch, b.source.Appended()-from)) // mostly it is one
	err := b.source.Since(ctx, from+1, func(record uint64, e sale.Entry) error {
		if list = append(list, numbered{record, e}); len(list) == cap(list) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil {
		return errClosed
	}
	if len(list) == 0 || list[0].record != b.x.Applied+1 {
		return fmt.Errorf("record %d is not there", b.x.Applied+1)
	}
	return b.put(ctx, list)
}

// put applies entries and keeps the index from time to time. mu is held.
func (b *Book) put(ctx context.Context, list []numbered) error {
	for _, n := range list {
		if err := b.x.apply(n.record, n.entry); errors.Is(err, store.ErrDamaged) {
			if closed := b.x.store.Close(); closed != nil {
				b.options.Log.WarnContext(ctx, "index not closed", "error", closed.Error())
			}
			return b.anew(ctx, err)
		} else if err != nil {
			return err
		}
	}
	most := keepAfter
	if b.source.Appended()-min(b.x.Applied, b.source.Appended()) > keepAfterMany {
		most = keepAfterMany
	}
	if b.x.fresh >= most || len(b.x.rows) > keepBlocks {
		if err := b.keep(); err != nil { // a full disk: what is in memory answers, and is written later
			b.options.Log.WarnContext(ctx, "index not written", "error", err.Error())
		}
	}
	return nil
}

// keep writes the index. mu is held.
func (b *Book) keep() error {
	if b.x.fresh == 0 {
		return nil
	}
	head, err := b.source.HashOf(b.x.Applied)
	if err != nil {
		return err
	}
	return b.x.write(head)
}
