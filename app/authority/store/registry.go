package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrNotInitialised says that no authority was made in this registry yet.
	ErrNotInitialised = errors.New("registry belongs to no authority yet")
	// ErrInitialised says that the registry belongs to another authority.
	ErrInitialised = errors.New("registry belongs to another authority")
	// ErrLocked says that another process has the registry open.
	ErrLocked = errors.New("registry is in use by another process")
)

// The buckets. Values are JSON, so that an administrator can read an archive
// with standard tools.
const (
	bucketAuthority    = "authority"
	bucketCodes        = "codes"        // by SHA-256 of the secret
	bucketDevices      = "devices"      // by subject
	bucketCertificates = "certificates" // by Hash
	bucketKeys         = "keys"         // by SHA-256 of the compressed point
	bucketDeposits     = "deposits"     // by wallet
	bucketRevocations  = "revocations"  // by subject
	bucketStatements   = "statements"   // by wallet
)

func buckets() []string {
	return []string{bucketAuthority, bucketCodes, bucketDevices, bucketCertificates, bucketKeys, bucketDeposits, bucketRevocations, bucketErasures, bucketStatements}
}

// Registry is an open registry. It is safe for concurrent use; writers wait
// for each other.
type Registry struct {
	db   *bbolt.DB
	file os.FileInfo // as it was opened
}

// Open opens or makes the registry file (mode 0600). It fails with ErrLocked
// when another process has it.
func Open(path string) (*Registry, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, InitialMmapSize: mapped()})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open registry %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open registry %s: %w", path, err), db.Close())
	}
	file, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open registry: %w", err), db.Close())
	}
	return &Registry{db, file}, nil
}

// mapped is how much address space the file gets from the beginning. A commit that
// outgrows it has to wait for readers, and whoever would read waits for it: while a
// backup is written nothing would be answered. Windows makes the file as large as the
// map.
func mapped() int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	return 1 << 30
}

// Close waits for transactions under way.
func (r *Registry) Close() error { return r.db.Close() }

// Lost fails once the registry's file is no longer at its path: deleted, moved
// away or replaced by another. What is written from then on would be lost.
func (r *Registry) Lost() error {
	now, err := os.Stat(r.db.Path())
	if err != nil {
		return fmt.Errorf("registry is gone: %w", err)
	}
	if !os.SameFile(now, r.file) {
		return fmt.Errorf("registry is gone: %s is another file now", r.db.Path())
	}
	return nil
}

// Update runs f in a transaction that is committed, durably, if f succeeds.
func (r *Registry) Update(f func(*Tx) error) error {
	return r.db.Update(func(tx *bbolt.Tx) error { return f(&Tx{tx}) })
}

// View runs f on one consistent state.
func (r *Registry) View(f func(*Tx) error) error {
	return r.db.View(func(tx *bbolt.Tx) error { return f(&Tx{tx}) })
}

// Tx is one transaction. It must not be used after the function that it was
// given to has returned.
type Tx struct{ tx *bbolt.Tx }

// get decodes the record under key; ok is false if there is none.
func get[T any](t *Tx, bucket string, key []byte) (record T, ok bool, err error) {
	raw := t.tx.Bucket([]byte(bucket)).Get(key)
	if raw == nil {
		return record, false, nil
	}
	record, err = decode[T](bucket, key, raw)
	return record, err == nil, err
}

func decode[T any](bucket string, key, raw []byte) (record T, err error) {
	if err := json.Unmarshal(raw, &record); err != nil {
		return record, fmt.Errorf("read record %x of %s: %w", key, bucket, err)
	}
	return record, nil
}

func put[T any](t *Tx, bucket string, key []byte, record T) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write record %x of %s: %w", key, bucket, err)
	}
	if err := t.tx.Bucket([]byte(bucket)).Put(key, raw); err != nil {
		return fmt.Errorf("write record %x of %s: %w", key, bucket, err)
	}
	return nil
}

// each calls f for every record of a bucket in the order of its keys.
func each[T any](t *Tx, bucket string, f func(key []byte, record T) error) error {
	return t.tx.Bucket([]byte(bucket)).ForEach(func(key, raw []byte) error {
		record, err := decode[T](bucket, key, raw)
		if err != nil {
			return err
		}
		return f(key, record)
	})
}
