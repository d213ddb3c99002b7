package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
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
	// keyCheckpoint: where its frame begins in the copy (8 bytes), then the
	// checkpoint as in the frame.
	keyCheckpoint = []byte("checkpoint")
)

// store is the journal's bbolt file.
type store struct {
	path string
	db   *bbolt.DB
	file *os.File
	// jammed says that bbolt panicked in the middle of a write: its locks may be
	// held for ever.
	jammed bool
}

// numbered is a record as it is stored.
type numbered struct {
	sequence uint64
	value    []byte
}

// openStore opens the file: errMissing where there is none or an empty one,
// ErrDamaged where it is not a journal.
func openStore(path string) (*store, error) { return openStoreAs(path, false) }

func openStoreAs(path string, readOnly bool) (*store, error) {
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, errMissing
	} else if err != nil {
		return nil, err
	}
	return newStoreAs(path, readOnly)
}

// newStore opens the file or makes it.
func newStore(path string) (*store, error) { return newStoreAs(path, false) }

func newStoreAs(path string, readOnly bool) (*store, error) {
	s := &store{path: path}
	err := guard(func() (err error) {
		// The list of free pages is kept in the file: to gather it anew, bbolt would
		// read every page at opening.
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: time.Second, FreelistType: bbolt.FreelistMapType, ReadOnly: readOnly,
			OpenFile: func(name string, flags int, mode os.FileMode) (file *os.File, err error) {
				s.file, err = os.OpenFile(name, flags, mode)
				return s.file, err
			},
		})
		return err
	})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, inUse()
	case err != nil && s.file != nil:
		s.file.Close() // bbolt does not when it panics; a second Close does no harm
		fallthrough
	case err != nil:
		if notAStore(err) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, err
	}
	return s, nil
}

// notAStore says whether bbolt refused what is in a file.
func notAStore(err error) bool {
	for _, cause := range []error{bbolterrors.ErrInvalid, bbolterrors.ErrInvalidMapping, bbolterrors.ErrVersionMismatch, bbolterrors.ErrChecksum} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return strings.Contains(err.Error(), "file size too small")
}

// guard turns what bbolt does with damaged pages, panics and reads outside of the
// mapped file, into an error. Only code of this file and of bbolt runs in it.
func guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return work()
}

func (s *store) close() error {
	if s.jammed { // the file stays mapped, and while it is, closing it frees no lock
		return errors.Join(unlockFile(s.file), s.file.Close())
	}
	return s.db.Close()
}

func (s *store) view(read func(*bbolt.Tx) error) error {
	return guard(func() error { return s.db.View(read) })
}

func (s *store) update(write func(*bbolt.Tx) error) error {
	if s.jammed {
		return fmt.Errorf("%w: it panicked before", ErrDamaged)
	}
	s.jammed = true
	return guard(func() error {
		err := s.db.Update(write)
		s.jammed = false
		return err
	})
}

// state is what the file says about its end.
type state struct {
	last, number uint64
	head         Hash
	checkpoint   []byte // with its place in the copy; nil where there is none
}

func (s *store) state() (st state, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			return errMissing // its making was cut short
		}
		for _, name := range [][]byte{bucketRecords, bucketOpen, bucketMeta} {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("%w: no %s in it", ErrDamaged, name)
			}
		}
		info, err := s.file.Stat()
		if err != nil {
			return err
		}
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: cut short to %d of %d bytes", ErrDamaged, info.Size(), tx.Size())
		}
		meta := tx.Bucket(bucketMeta)
		st.last = tx.Bucket(bucketRecords).Sequence()
		copy(st.head[:], meta.Get(keyHead))
		st.checkpoint = bytes.Clone(meta.Get(keyCheckpoint))
		if n := meta.Get(keyNumber); len(n) == 8 {
			st.number = binary.BigEndian.Uint64(n)
		}
		key, _ := tx.Bucket(bucketRecords).Cursor().Last()
		if last := uint64(0); len(key) == 8 {
			last = binary.BigEndian.Uint64(key)
			if last != st.last {
				return fmt.Errorf("%w: the chain ends at record %d, its head is another", ErrBroken, last)
			}
		} else if st.last != 0 {
			return fmt.Errorf("%w: record 1 is missing", ErrBroken)
		}
		return nil
	})
	return st, err
}

// read returns at most n records from a sequence number on.
func (s *store) read(from uint64, n int) (list []numbered, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRecords).Cursor()
		for key, value := c.Seek(number(from)); key != nil && len(list) < n; key, value = c.Next() {
			list = append(list, numbered{binary.BigEndian.Uint64(key), bytes.Clone(value)})
		}
		return nil
	})
	return list, err
}

// headAt returns the chain's hash of one record; zero for record 0.
func (s *store) headAt(sequence uint64) (Hash, error) {
	if sequence == 0 {
		return Hash{}, nil
	}
	list, err := s.read(sequence, 1)
	if err != nil {
		return Hash{}, err
	}
	if len(list) == 0 || list[0].sequence != sequence {
		return Hash{}, fmt.Errorf("%w: record %d is missing", ErrBroken, sequence)
	}
	r, err := parse(list[0].value)
	return r.hash(), err
}

// prepare makes the buckets.
func prepare(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketRecords, bucketOpen, bucketMeta} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// put adds a record to the end, and brings what is derived from it up to date.
func put(tx *bbolt.Tx, sequence uint64, r record, e sale.Entry) error {
	meta, records, open := tx.Bucket(bucketMeta), tx.Bucket(bucketRecords), tx.Bucket(bucketOpen)
	records.FillPercent = 1 // keys only grow
	if err := records.Put(number(sequence), r.bytes()); err != nil {
		return err
	}
	if err := records.SetSequence(sequence); err != nil {
		return err
	}
	head := r.hash()
	if err := meta.Put(keyHead, head[:]); err != nil {
		return err
	}
	if last := meta.Get(keyNumber); len(last) != 8 || e.Sale > binary.BigEndian.Uint64(last) {
		if err := meta.Put(keyNumber, number(e.Sale)); err != nil {
			return err
		}
	}
	if e.Sale == 0 || e.Over() {
		return open.Delete(number(e.Sale))
	}
	return open.Put(number(e.Sale), r.entry)
}
