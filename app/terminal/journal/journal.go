// Package journal keeps what happened at a terminal: append-only, chained by
// hashes, and on the disk for good before Append returns.
//
// # Guarantees
//
//  1. An entry that Append has returned survives a crash and a power cut: each is
//     one bbolt transaction, synced.
//  2. Entries are never changed or removed. Each record holds the SHA-256 of the
//     one before it; Verify names the first record that does not fit.
//  3. Sale numbers are given once, without gaps over restarts.
//  4. Open sales are found without reading the whole journal.
//
// # Limits
//
// Whoever can write the file can replace the whole chain; lodging its head with
// settlement is what will show that. One process at a time opens a journal.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Buckets of the file. records: sequence number (8 bytes, big endian) → record.
// open: sale number → last entry of a sale that is not over. meta: see below.
var (
	bucketRecords = []byte("records")
	bucketOpen    = []byte("open")
	bucketMeta    = []byte("meta")
	keyNumber     = []byte("last sale number")
	keyHead       = []byte("head")
)

// Errors of the journal.
var (
	// ErrInUse says that another process has the journal open.
	ErrInUse = errors.New("the journal is in use by another process")
	// ErrBroken says that the chain does not hold.
	ErrBroken = errors.New("the journal's chain is broken")
	// ErrDamaged says that the file is not a journal or cannot be read.
	ErrDamaged = errors.New("the journal's file is damaged")
)

// Hash chains records: SHA-256 over the previous hash and the record's entry.
type Hash = [sha256.Size]byte

// record is what is stored: the hash of the record before it, then the entry as
// JSON.
type record struct {
	previous Hash
	entry    []byte
}

func (r record) hash() Hash { return sha256.Sum256(append(r.previous[:], r.entry...)) }

// Journal is an open journal. It is safe for concurrent use.
type Journal struct {
	db *bbolt.DB

	mu     sync.Mutex
	number uint64
}

// Open opens the journal in a file, or begins one.
func Open(path string) (*Journal, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("open journal %s: %w", path, ErrInUse)
	case err != nil:
		return nil, fmt.Errorf("open journal %s: %w: %w", path, ErrDamaged, err)
	}
	j := &Journal{db: db}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketRecords, bucketOpen, bucketMeta} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if n := tx.Bucket(bucketMeta).Get(keyNumber); len(n) == 8 {
			j.number = binary.BigEndian.Uint64(n)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), db.Close())
	}
	return j, nil
}

// Close closes the file, after whatever is being written.
func (j *Journal) Close() error { return j.db.Close() }

// NextNumber returns the number for the next sale: 1, 2, 3 … It becomes durable
// with the sale's first entry; a number whose sale never reached the journal is
// given again after a restart.
func (j *Journal) NextNumber() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.number++
	return j.number
}

// Append writes an entry and returns when it is on the disk.
func (j *Journal) Append(ctx context.Context, e sale.Entry) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append %s of sale %d: %w", e.Event, e.Sale, err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("append %s of sale %d: %w", e.Event, e.Sale, err)
	}
	err = j.db.Update(func(tx *bbolt.Tx) error {
		meta, records, open := tx.Bucket(bucketMeta), tx.Bucket(bucketRecords), tx.Bucket(bucketOpen)
		r := record{entry: text}
		copy(r.previous[:], meta.Get(keyHead))
		sequence, err := records.NextSequence()
		if err != nil {
			return err
		}
		records.FillPercent = 1 // keys only grow
		if err := records.Put(number(sequence), append(r.previous[:], text...)); err != nil {
			return err
		}
		head := r.hash()
		if err := meta.Put(keyHead, head[:]); err != nil {
			return err
		}
		if last := meta.Get(keyNumber); last == nil || e.Sale > binary.BigEndian.Uint64(last) {
			if err := meta.Put(keyNumber, number(e.Sale)); err != nil {
				return err
			}
		}
		if e.Over() {
			return open.Delete(number(e.Sale))
		}
		return open.Put(number(e.Sale), text)
	})
	if err != nil {
		return fmt.Errorf("append %s of sale %d: %w", e.Event, e.Sale, err)
	}
	return nil
}

// Open returns the last entry of every sale that is not over, by number.
func (j *Journal) Open(context.Context) ([]sale.Entry, error) {
	var entries []sale.Entry
	err := j.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketOpen).ForEach(func(_, text []byte) error {
			e, err := decode(text)
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
	err := j.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRecords).Cursor()
		for key, value := c.Last(); key != nil && len(entries) < n; key, value = c.Prev() {
			r, err := parse(value)
			if err != nil {
				return fmt.Errorf("record %d: %w", binary.BigEndian.Uint64(key), err)
			}
			e, err := decode(r.entry)
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
	return j.walk(func(sequence uint64, r record) error {
		e, err := decode(r.entry)
		if err != nil {
			return fmt.Errorf("record %d: %w", sequence, err)
		}
		return visit(sequence, e)
	})
}

// Verify checks the whole chain (guarantee 2). It returns how many records hold
// and the head's hash; ErrBroken names the first record that does not fit.
func (j *Journal) Verify(ctx context.Context) (records uint64, head Hash, err error) {
	var stored Hash
	err = j.walk(func(sequence uint64, r record) error {
		if sequence != records+1 {
			return fmt.Errorf("%w: record %d is missing", ErrBroken, records+1)
		}
		if r.previous != head {
			return fmt.Errorf("%w: record %d does not follow record %d", ErrBroken, sequence, records)
		}
		if _, err := decode(r.entry); err != nil {
			return fmt.Errorf("%w: record %d: %w", ErrBroken, sequence, err)
		}
		records, head = sequence, r.hash()
		return ctx.Err()
	})
	if err != nil {
		return records, head, err
	}
	err = j.db.View(func(tx *bbolt.Tx) error {
		copy(stored[:], tx.Bucket(bucketMeta).Get(keyHead))
		if tx.Bucket(bucketRecords).Sequence() != records || stored != head {
			return fmt.Errorf("%w: the chain ends at record %d, its head is another", ErrBroken, records)
		}
		return nil
	})
	return records, head, err
}

func (j *Journal) walk(visit func(uint64, record) error) error {
	return j.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketRecords).ForEach(func(key, value []byte) error {
			r, err := parse(value)
			if err != nil {
				return err
			}
			return visit(binary.BigEndian.Uint64(key), r)
		})
	})
}

func parse(value []byte) (record, error) {
	if len(value) < sha256.Size {
		return record{}, fmt.Errorf("%w: record too short", ErrBroken)
	}
	return record{previous: Hash(value[:sha256.Size]), entry: value[sha256.Size:]}, nil
}

// decode reads an entry back. Only what Append wrote is accepted.
func decode(text []byte) (sale.Entry, error) {
	var e sale.Entry
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	again, err := json.Marshal(e)
	if err != nil || string(again) != string(text) {
		return e, fmt.Errorf("%w: entry was not written by this journal", ErrBroken)
	}
	return e, nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
