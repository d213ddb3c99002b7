package ledger

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// records is what a store gives a transaction to read: what was committed.
type records interface {
	// get returns what is kept under a key, nil if nothing is. The caller does
	// not change it, nor keep it beyond the transaction.
	get(bucket string, key []byte) ([]byte, error)
	// lastEntry returns the number of the last entry, 0 if there is none.
	lastEntry() (uint64, error)
}

// walker is records that can also be walked through in ascending order of keys.
type walker interface {
	records
	// each visits the keys from first up to, but without, end; nil is no bound.
	each(bucket string, first, end []byte, visit func(key, value []byte) error) error
}

// change is one transaction: it reads the records through what it wrote itself.
// All rules about what may be kept are here, for every store; a store carries
// its writes out, all or none.
type change struct {
	records
	pending map[string][]byte // by bucket, 0, key; nil is removed
	order   []write
	last    uint64 // the last entry of its own
}

// write is one record to keep, or with a nil value to remove.
type write struct {
	bucket     string
	key, value []byte
	v          any // what value encodes, for a store with columns; nil if it is no CBOR
}

var _ Tx = (*change)(nil)

func newChange(r records) *change { return &change{records: r, pending: map[string][]byte{}} }

// get implements records, so that changes can be stacked.
func (t *change) get(bucket string, key []byte) ([]byte, error) {
	if value, ok := t.pending[bucket+"\x00"+string(key)]; ok {
		return value, nil
	}
	return t.records.get(bucket, key)
}

func (t *change) put(bucket string, key, value []byte) { t.write(write{bucket, key, value, nil}) }

func (t *change) write(w write) {
	t.pending[w.bucket+"\x00"+string(w.key)] = w.value
	t.order = append(t.order, w)
}

// absorb takes over what a change that was stacked on t wrote.
func (t *change) absorb(top *change) {
	for _, w := range top.order {
		t.write(w)
	}
	t.last = max(t.last, top.last)
}

func (t *change) remove(bucket string, key []byte) { t.put(bucket, key, nil) }

// lastEntry implements records.
func (t *change) lastEntry() (uint64, error) {
	if t.last != 0 {
		return t.last, nil
	}
	return t.records.lastEntry()
}

// record decodes what is kept under a key; ErrNotFound.
func record[T any](r records, bucket string, key []byte) (v T, err error) {
	raw, err := r.get(bucket, key)
	if err != nil {
		return v, err
	}
	if raw == nil {
		return v, ErrNotFound
	}
	if err := cbor.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("ledger: damaged record in %s: %w", bucket, err)
	}
	return v, nil
}

func (t *change) keep(bucket string, key []byte, v any) error {
	raw, err := cbor.Marshal(v)
	if err != nil {
		return fmt.Errorf("ledger: encode for %s: %w", bucket, err)
	}
	t.write(write{bucket, key, raw, v})
	return nil
}

// add is keep for what must not be there yet.
func (t *change) add(bucket string, key []byte, v any) error {
	there, err := t.get(bucket, key)
	switch {
	case err != nil:
		return err
	case there != nil:
		return fmt.Errorf("%w: %s", ErrExists, bucket)
	}
	return t.keep(bucket, key, v)
}
