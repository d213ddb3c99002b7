package ledger

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// boltRecords reads a bbolt transaction, and writes what a change wants kept.
type boltRecords struct{ tx *bbolt.Tx }

var _ walker = boltRecords{}

func (r boltRecords) get(bucket string, key []byte) ([]byte, error) {
	return r.tx.Bucket([]byte(bucket)).Get(key), nil
}

func (r boltRecords) lastEntry() (uint64, error) {
	key, _ := r.tx.Bucket([]byte(bucketEntries)).Cursor().Last()
	if key == nil {
		return 0, nil
	}
	return number(key), nil
}

func (r boltRecords) each(bucket string, first, end []byte, visit func(key, value []byte) error) error {
	cursor := r.tx.Bucket([]byte(bucket)).Cursor()
	for key, value := cursor.Seek(first); key != nil && (end == nil || bytes.Compare(key, end) < 0); key, value = cursor.Next() {
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

// apply carries writes out. A member of a group touches the shared transaction
// only when it has succeeded.
func (r boltRecords) apply(order []write) error {
	for _, w := range order {
		bucket := r.tx.Bucket([]byte(w.bucket))
		var err error
		if w.value == nil {
			err = bucket.Delete(w.key)
		} else {
			err = bucket.Put(w.key, w.value)
		}
		if err == nil && w.bucket == bucketAuthorisations && w.value != nil {
			err = r.borne(w.v.(Authorisation).Retrieval)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", w.bucket, err)
		}
	}
	return nil
}

// keyRetrieval is where meta keeps the greatest number that the acquirer was
// asked under. Such a number is taken even if nothing of ours came to bear it.
var keyRetrieval = []byte("last retrieval")

// borne notes a number that the acquirer was asked under.
func (r boltRecords) borne(n uint64) error {
	meta := r.tx.Bucket([]byte(bucketMeta))
	if last := meta.Get(keyRetrieval); last != nil && number(last) >= n {
		return nil
	}
	return meta.Put(keyRetrieval, numberKey(n))
}

// lastNumber returns the greatest number that a sale, a refund or something that
// the acquirer was asked bears.
func (r boltRecords) lastNumber() (last uint64, err error) {
	for _, numbers := range []string{bucketReferences, bucketRefundNumbers, bucketPurseReferences} {
		if key, _ := r.tx.Bucket([]byte(numbers)).Cursor().Last(); key != nil {
			last = max(last, number(key))
		}
	}
	if kept := r.tx.Bucket([]byte(bucketMeta)).Get(keyRetrieval); kept != nil {
		return max(last, number(kept)), nil
	}
	// A ledger from before the number was noted: it is looked for once.
	err = newSnapshot(r).EachAuthorisation(func(_ AuthorisationKey, a Authorisation) error {
		last = max(last, a.Retrieval)
		return nil
	})
	if err == nil {
		err = r.borne(last)
	}
	return last, err
}
