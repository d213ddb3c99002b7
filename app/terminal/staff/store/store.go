// Package store keeps the staff's state in a bbolt file of its own.
//
// # Guarantees
//
//  1. Save returns when the state is on the disk for good; a crash or power cut
//     leaves the old one or the new one whole (one bbolt transaction, synced).
//  2. One process at a time has the file open: while the terminal runs, its
//     commands are told so.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var (
	bucket = []byte("staff")
	key    = []byte("state")
)

// Fault is an error with a hint for the person in front of the terminal.
type Fault struct{ text, hint string }

func (f *Fault) Error() string { return f.text }

// Hint says what a person can do.
func (f *Fault) Hint() string { return f.hint }

// Errors of Open.
var (
	ErrInUse = &Fault{"the staff file is in use by another process",
		"The terminal is running: close its window, then try again."}
	ErrDamaged = &Fault{"the staff file cannot be read",
		"Restore it from a copy, or remove it and add the staff again."}
)

// Store is an open file. It is safe for concurrent use.
type Store struct{ db *bbolt.DB }

// Open opens the file, or makes it. Errors: ErrInUse, ErrDamaged.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("open %s: %w", path, ErrInUse)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w: %w", path, ErrDamaged, err)
	}
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Load returns what was saved last, or nil.
func (s *Store) Load(context.Context) (state []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucket); b != nil {
			state = append(state, b.Get(key)...) // bbolt's own memory ends with the transaction
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	return state, nil
}

// Save replaces the state.
func (s *Store) Save(ctx context.Context, state []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("save staff: %w", err)
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return b.Put(key, state)
	})
	if err != nil {
		return fmt.Errorf("save staff: %w", err)
	}
	return nil
}
