package store

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// Tx is one transaction.
type Tx struct {
	tx     *bbolt.Tx
	sealer *sealer
}

func (t *Tx) bucket(b Bucket) (*bbolt.Bucket, error) {
	if found := t.tx.Bucket([]byte(b)); found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("%w: no %s in it", ErrDamaged, b)
}

// Get returns a record, or nil where there is none. It fails with ErrDamaged.
func (t *Tx) Get(b Bucket, key []byte) ([]byte, error) {
	bucket, err := t.bucket(b)
	if err != nil {
		return nil, err
	}
	sealed := bucket.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return t.sealer.open(b, key, sealed)
}

// Put writes a record.
func (t *Tx) Put(b Bucket, key, value []byte) error {
	bucket, err := t.bucket(b)
	if err != nil {
		return err
	}
	return bucket.Put(key, t.sealer.seal(b, key, value))
}

// Delete removes a record; that there is none is no error.
func (t *Tx) Delete(b Bucket, key []byte) error {
	bucket, err := t.bucket(b)
	if err != nil {
		return err
	}
	return bucket.Delete(key)
}

// All calls visit with each record of a bucket by ascending key, until that fails.
// It fails with visit's error or ErrDamaged.
func (t *Tx) All(b Bucket, visit func(key, value []byte) error) error {
	bucket, err := t.bucket(b)
	if err != nil {
		return err
	}
	return bucket.ForEach(func(key, sealed []byte) error {
		value, err := t.sealer.open(b, key, sealed)
		if err != nil {
			return err
		}
		return visit(bytes.Clone(key), value)
	})
}
