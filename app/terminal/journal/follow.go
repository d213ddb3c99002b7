package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// Appended returns the number of the last record, 0 before the first. It waits for
// nothing that is being written.
func (j *Journal) Appended() uint64 { return j.appended.Load() }

// Watch returns a channel on which there is something to receive when records were
// appended since the last time. Appending never waits for whoever watches. stop ends
// it.
func (j *Journal) Watch() (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	j.watching.Lock()
	defer j.watching.Unlock()
	j.watchers = append(j.watchers, c)
	return c, func() {
		j.watching.Lock()
		defer j.watching.Unlock()
		j.watchers = slices.DeleteFunc(j.watchers, func(w chan struct{}) bool { return w == c })
	}
}

// reached says where the journal ends now.
func (j *Journal) reached(end chain) {
	j.end = end
	j.appended.Store(end.sequence)
	j.watching.Lock()
	defer j.watching.Unlock()
	for _, w := range j.watchers {
		select {
		case w <- struct{}{}:
		default: // there is something to receive already
		}
	}
}

// Since calls visit for every entry from a record on, in order; an error from it ends
// the walk, and so does the context. The chain is not verified: [Journal.Verify]
// does that. Error: ErrBroken for what is not an entry.
func (j *Journal) Since(ctx context.Context, from uint64, visit func(record uint64, e sale.Entry) error) error {
	return j.store.walk(from, func(n numbered) error {
		e, err := n.entry()
		if err != nil {
			return err
		}
		if err := visit(n.sequence, e); err != nil {
			return err
		}
		return ctx.Err()
	})
}

// Records returns the entries of some records, in the order asked for. Error:
// ErrBroken where one is missing or is not an entry.
func (j *Journal) Records(ctx context.Context, records []uint64) ([]sale.Entry, error) {
	entries := make([]sale.Entry, 0, len(records))
	for some := range slices.Chunk(records, batch) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := j.store.view(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			for _, record := range some {
				e, err := numbered{record, b.Get(number(record))}.entry()
				if err != nil {
					return err
				}
				entries = append(entries, e)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read records: %w", err)
		}
	}
	return entries, nil
}

// entry reads a record's entry without holding it against the chain.
func (n numbered) entry() (e sale.Entry, err error) {
	r, err := parse(n.value)
	if err == nil {
		if err = json.Unmarshal(r.entry, &e); err != nil {
			err = fmt.Errorf("%w: %v", ErrBroken, err)
		}
	}
	if err != nil {
		return e, fmt.Errorf("record %d: %w", n.sequence, err)
	}
	return e, nil
}
