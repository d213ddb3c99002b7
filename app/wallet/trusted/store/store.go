package store

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// KeySize is the length of the key that records are sealed with, bytes.
const KeySize = 32

// version is the file's format.
const version = 1

// Bucket is one kind of record.
type Bucket string

// The buckets.
const (
	Purse   Bucket = "purse"   // what there is one of
	Kept    Bucket = "kept"    // deductions by counter
	History Bucket = "history" // what the owner's screen lists, by number
)

// format holds the version and a sealed record that tells whether the key is right.
const format = "format"

var (
	keyVersion = []byte("version")
	keyCheck   = []byte("check")
)

// Store is an open file. It is safe for concurrent use; one transaction writes at a
// time.
type Store struct {
	sealer   *sealer
	db       *bbolt.DB
	file     *os.File
	doubtful bool

	mu      sync.Mutex
	stopped error
}

// Open opens the file at path or makes it, readable by this user only. key has
// KeySize bytes and comes from the secure unit. It fails with ErrDamaged,
// ErrInUse or ErrVersion.
func Open(path string, key []byte) (*Store, error) {
	s, err := open(path, key)
	if err != nil {
		return nil, fmt.Errorf("open the purse's file: %w", err)
	}
	return s, nil
}

func open(path string, key []byte) (_ *Store, err error) {
	s := &Store{}
	if s.sealer, err = newSealer(key); err != nil {
		return nil, err
	}
	err = guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: time.Second, FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flags int, mode os.FileMode) (file *os.File, err error) {
				s.file, err = os.OpenFile(name, flags, mode)
				return s.file, err
			},
		})
		return err
	})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, ErrInUse
	case err != nil:
		if s.file != nil {
			s.file.Close() // bbolt does not when it panics; a second Close does no harm
		}
		if notAStore(err) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// check makes a new file's buckets, and holds an old one against version and key.
func (s *Store) check() (err error) {
	if s.doubtful, err = doubtful(s.file, int64(s.db.Info().PageSize)); err != nil {
		return err
	}
	fresh := false
	err = s.read(func(tx *bbolt.Tx) error {
		first, _ := tx.Cursor().First()
		if fresh = first == nil; fresh {
			return nil
		}
		about := tx.Bucket([]byte(format))
		if about == nil {
			return fmt.Errorf("%w: no %s in it", ErrDamaged, format)
		}
		if v := about.Get(keyVersion); len(v) != 1 || v[0] != version {
			return fmt.Errorf("%w: %x", ErrVersion, v)
		}
		if _, err := s.sealer.open(format, keyCheck, about.Get(keyCheck)); err != nil {
			return err
		}
		for _, b := range []Bucket{Purse, Kept, History} {
			if tx.Bucket([]byte(b)) == nil {
				return fmt.Errorf("%w: no %s in it", ErrDamaged, b)
			}
		}
		return nil
	})
	if err != nil || !fresh {
		return err
	}
	return s.Update(func(tx *Tx) error {
		for _, b := range []Bucket{format, Purse, Kept, History} {
			if _, err := tx.tx.CreateBucket([]byte(b)); err != nil {
				return err
			}
		}
		about := tx.tx.Bucket([]byte(format))
		if err := about.Put(keyVersion, []byte{version}); err != nil {
			return err
		}
		return about.Put(keyCheck, s.sealer.seal(format, keyCheck, nil))
	})
}

// Doubtful says that the file's head is damaged in such a way that its last
// transaction may be missing. A process that was killed does not leave it so;
// a disk that wrote half a sector does.
func (s *Store) Doubtful() bool { return s.doubtful }

// Close gives the file up.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	jammed := errors.Is(s.stopped, ErrDamaged)
	if s.stopped == nil {
		s.stopped = os.ErrClosed
	}
	if jammed { // bbolt panicked and may hold its locks for ever; the file's lock falls with it
		return s.file.Close()
	}
	return s.db.Close()
}

// View reads. What a Tx returns may be kept.
func (s *Store) View(read func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		return fmt.Errorf("%w: %w", ErrStopped, s.stopped)
	}
	return s.read(func(tx *bbolt.Tx) error { return read(&Tx{tx: tx, sealer: s.sealer}) })
}

func (s *Store) read(read func(*bbolt.Tx) error) error {
	return guard(func() error { return s.db.View(read) })
}

// Update writes all that write does, or nothing when that returns an error. An error
// of the disk itself is ErrStopped from then on.
func (s *Store) Update(write func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		return fmt.Errorf("%w: %w", ErrStopped, s.stopped)
	}
	var own error // write's, which says nothing about the disk
	err := guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			own = write(&Tx{tx: tx, sealer: s.sealer})
			return own
		})
	})
	if err != nil && (own == nil || errors.Is(err, ErrDamaged)) {
		s.stopped = err
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return err
}

// guard turns what bbolt does with damaged pages, panics and reads outside of the
// mapped file, into an error.
func guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return work()
}
