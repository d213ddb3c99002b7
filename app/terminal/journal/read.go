package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// batch is how many records are read in one transaction: a long one would keep
// pages from being used again.
const batch = 256

// Open returns the last entry of every sale that is not over, by number.
func (j *Journal) Open(context.Context) ([]sale.Entry, error) {
	var entries []sale.Entry
	err := j.store.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOpen).ForEach(func(_, text []byte) error {
			e, err := j.decode(text)
			if err != nil {
				return err
			}
			entries = append(entries, e)
			return nil
		})
	})
	return entries, err
}

// Last returns the last n entries that end or decide a sale, newest first.
func (j *Journal) Last(n int) ([]sale.Entry, error) {
	var entries []sale.Entry
	seen := map[uint64]bool{}
	err := j.store.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRecords).Cursor()
		for key, value := c.Last(); key != nil && len(entries) < n; key, value = c.Prev() {
			r, err := parse(value)
			if err != nil {
				return fmt.Errorf("record %d: %w", binary.BigEndian.Uint64(key), err)
			}
			e, err := j.decode(r.entry)
			if err != nil {
				return err
			}
			if e.Ending != "" && !seen[e.Sale] {
				seen[e.Sale] = true
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

// All calls visit for every entry in order; an error from it ends the walk.
func (j *Journal) All(visit func(sequence uint64, e sale.Entry) error) error {
	return j.store.walk(1, func(n numbered) error {
		r, err := parse(n.value)
		if err != nil {
			return fmt.Errorf("record %d: %w", n.sequence, err)
		}
		e, err := j.decode(r.entry)
		if err != nil {
			return fmt.Errorf("record %d: %w", n.sequence, err)
		}
		return visit(n.sequence, e)
	})
}

// walk calls visit for every record from a sequence number on, outside of any
// transaction.
func (s *store) walk(from uint64, visit func(numbered) error) error {
	for {
		list, err := s.read(from, batch)
		if err != nil {
			return err
		}
		for _, n := range list {
			if err := visit(n); err != nil {
				return err
			}
			from = n.sequence + 1
		}
		if len(list) < batch {
			return nil
		}
	}
}

// derived is what the store keeps so that it need not be gathered: it must follow
// from the records.
type derived struct {
	number uint64
	open   map[uint64][]byte
}

func newDerived() *derived { return &derived{open: map[uint64][]byte{}} }

func (d *derived) add(e sale.Entry, text []byte) {
	d.number = max(d.number, e.Sale)
	if e.Sale == 0 || e.Over() {
		delete(d.open, e.Sale)
	} else {
		d.open[e.Sale] = text
	}
}

// holds says whether the store keeps just this.
func (d *derived) holds(tx *bbolt.Tx) bool {
	n := 0
	fits := true
	err := tx.Bucket(bucketOpen).ForEach(func(key, text []byte) error {
		n++
		fits = fits && len(key) == 8 && bytes.Equal(d.open[binary.BigEndian.Uint64(key)], text)
		return nil
	})
	stored := tx.Bucket(bucketMeta).Get(keyNumber)
	if d.number == 0 && stored == nil {
		stored = number(0)
	}
	return err == nil && fits && n == len(d.open) && bytes.Equal(stored, number(d.number))
}

// put has the store keep it.
func (d *derived) put(tx *bbolt.Tx) error {
	if err := tx.DeleteBucket(bucketOpen); err != nil {
		return err
	}
	open, err := tx.CreateBucket(bucketOpen)
	if err != nil {
		return err
	}
	for n, text := range d.open {
		if err := open.Put(number(n), text); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put(keyNumber, number(d.number))
}
