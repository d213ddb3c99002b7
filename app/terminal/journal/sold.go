package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// searchBatch is how many records are looked through in one transaction.
const searchBatch = 4096

// Index finds records without looking through all of them.
type Index interface {
	// RecordsOf returns the numbers of all records, in order, of a sale and of its
	// refunds, by its number on this terminal, by settlement's reference, or both. An
	// error says that the index cannot tell.
	RecordsOf(ctx context.Context, number, reference uint64) ([]uint64, error)
}

// UseIndex has Sold ask an index first; nil for none.
func (j *Journal) UseIndex(x Index) {
	if x == nil {
		j.index.Store(nil)
		return
	}
	j.index.Store(&x)
}

// Sold returns what is known of a sale and its refunds, by its number on this
// terminal, or where that is 0 by settlement's reference. Without an index, or where
// that cannot tell, it looks through all records but decodes only those that name the
// sale.
func (j *Journal) Sold(ctx context.Context, number, reference uint64) (sale.Sold, error) {
	s, err := j.gather(ctx, number, reference)
	if err == nil && s.Sale.Sale != 0 && (s.Sale.Sale != number || s.Sale.Reference != reference) {
		// Both its names are known now, and a refund may use either.
		s, err = j.gather(ctx, s.Sale.Sale, s.Sale.Reference)
	}
	if err != nil {
		return s, fmt.Errorf("look for sale %d, reference %d: %w", number, reference, err)
	}
	return s, nil
}

func (j *Journal) gather(ctx context.Context, number, reference uint64) (sale.Sold, error) {
	if x := j.index.Load(); x != nil {
		if s, err := j.gatherBy(ctx, *x, number, reference); err == nil {
			return s, nil
		}
	}
	return j.gatherAll(ctx, number, reference)
}

// gatherBy reads what an index names.
func (j *Journal) gatherBy(ctx context.Context, x Index, number, reference uint64) (s sale.Sold, err error) {
	records, err := x.RecordsOf(ctx, number, reference)
	if err != nil {
		return s, err
	}
	entries, err := j.Records(ctx, records)
	if err != nil {
		return s, err
	}
	return sale.Gather(func(visit func(sale.Entry) error) error {
		for _, e := range entries {
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	}, number, reference)
}

// gatherAll looks through all records.
func (j *Journal) gatherAll(ctx context.Context, number, reference uint64) (sale.Sold, error) {
	var names [][]byte
	for field, n := range map[string]uint64{"sale": number, "reference": reference} {
		if n != 0 {
			names = append(names, fmt.Appendf(nil, "%q:%d,", field, n), fmt.Appendf(nil, "%q:%d}", field, n))
		}
	}
	return sale.Gather(func(visit func(sale.Entry) error) error {
		for from := uint64(1); ; from += searchBatch {
			list, last, err := j.store.search(from, searchBatch, names)
			if err != nil {
				return err
			}
			for _, n := range list {
				e, err := j.decode(n.value[len(Hash{}):])
				if err != nil {
					return fmt.Errorf("record %d: %w", n.sequence, err)
				}
				if err := visit(e); err != nil {
					return err
				}
			}
			if last < from+searchBatch-1 || ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}, number, reference)
}

// search returns those of n records from a sequence number on that hold one of
// the texts, and the last record that it looked at.
func (s *store) search(from uint64, n int, texts [][]byte) (list []numbered, last uint64, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRecords).Cursor()
		for key, value := c.Seek(number(from)); key != nil && n > 0; key, value = c.Next() {
			n--
			last = binary.BigEndian.Uint64(key)
			for _, text := range texts {
				if len(value) > len(Hash{}) && bytes.Contains(value[len(Hash{}):], text) {
					list = append(list, numbered{last, bytes.Clone(value)})
					break
				}
			}
		}
		return nil
	})
	return list, last, err
}
