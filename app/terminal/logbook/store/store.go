// Package store keeps an index's blocks in a file: numbered pieces of bytes in
// tables, and one note about all of them.
//
// # Guarantees
//
//  1. A Batch is written whole or not at all, also in a power cut.
//  2. Reading copies nothing: a view's bytes are the mapped file's.
//  3. What is damaged is told as ErrDamaged, never handed out and never a panic: each
//     block carries a checksum, which is checked when it is first read.
//
// # Limits
//
// A view's bytes must not be kept or changed after the view ends. A view that lasts
// makes the file grow while batches are written.
package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged says that the file is not a store or cannot be read: remove it and make
// it again.
var ErrDamaged = errors.New("the index is damaged")

// Table names a series of blocks.
type Table string

var (
	bucketNote = []byte("note")
	keyNote    = []byte("note")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// sumSize is the checksum before each block.
const sumSize = 4

// Store is an open file. It is safe for concurrent use.
type Store struct {
	db *bbolt.DB

	mu      sync.Mutex
	checked map[place]struct{}
	// jammed says that a write panicked: its locks are held for ever.
	jammed bool
}

// place is where a block is.
type place struct {
	table  Table
	number uint64
}

// Open opens the file or makes it. Errors: ErrDamaged, and those of the file system;
// another process that has it open is waited for, for a second.
func Open(path string) (*Store, error) {
	s := &Store{checked: map[place]struct{}{}}
	var file *os.File
	err := guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: time.Second, FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flags int, mode os.FileMode) (f *os.File, err error) {
				file, err = os.OpenFile(name, flags, mode)
				return file, err
			},
		})
		return err
	})
	if err != nil {
		if file != nil {
			file.Close() // bbolt does not when it panics; a second Close does no harm
		}
		if notAStore(err) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	return s, nil
}

// notAStore says whether bbolt refused what is in the file.
func notAStore(err error) bool {
	for _, cause := range []error{bbolterrors.ErrInvalid, bbolterrors.ErrInvalidMapping, bbolterrors.ErrVersionMismatch, bbolterrors.ErrChecksum} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return strings.Contains(err.Error(), "file size too small")
}

// Close closes the file after the views that are open.
func (s *Store) Close() error {
	if s.jammed {
		return fmt.Errorf("%w: a write panicked", ErrDamaged)
	}
	return guard(s.db.Close)
}

// guard turns what bbolt and the mapped file do when they are damaged into an error.
func guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return work()
}

// Block is what is put in a place.
type Block struct {
	Table  Table
	Number uint64
	Bytes  []byte
}

// Batch is what is written together.
type Batch struct {
	Note   []byte
	Blocks []Block
}

// Write writes a batch and syncs it.
func (s *Store) Write(b Batch) error {
	if s.jammed {
		return fmt.Errorf("%w: a write panicked", ErrDamaged)
	}
	s.jammed = true
	err := guard(func() error {
		err := s.db.Update(func(tx *bbolt.Tx) error { return write(tx, b) })
		s.jammed = false
		return err
	})
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	s.mu.Lock()
	for _, block := range b.Blocks {
		delete(s.checked, place{block.Table, block.Number})
	}
	s.mu.Unlock()
	return nil
}

func write(tx *bbolt.Tx, b Batch) error {
	for _, block := range b.Blocks {
		bucket, err := tx.CreateBucketIfNotExists([]byte(block.Table))
		if err != nil {
			return err
		}
		bucket.FillPercent = 1 // keys only grow
		value := binary.BigEndian.AppendUint32(make([]byte, 0, sumSize+len(block.Bytes)), sum(block))
		if err := bucket.Put(key(block.Number), append(value, block.Bytes...)); err != nil {
			return err
		}
	}
	note, err := tx.CreateBucketIfNotExists(bucketNote)
	if err != nil {
		return err
	}
	return note.Put(keyNote, b.Note)
}

// sum covers the place, so that a block is not taken for another.
func sum(b Block) uint32 {
	s := crc32.Checksum([]byte(b.Table), castagnoli)
	s = crc32.Update(s, castagnoli, key(b.Number))
	return crc32.Update(s, castagnoli, b.Bytes)
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// View is the store at a moment.
type View struct {
	s  *Store
	tx *bbolt.Tx
}

// View calls read with the store as it is. An error of read's, a damaged block, and a
// fault of the mapped file while read looks at it are returned.
func (s *Store) View(read func(View) error) error {
	return guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error { return read(View{s, tx}) })
	})
}

// Note returns the last batch's note, nil where there is none.
func (v View) Note() []byte {
	if b := v.tx.Bucket(bucketNote); b != nil {
		return b.Get(keyNote)
	}
	return nil
}

// Get returns a block, nil where there is none. Error: ErrDamaged.
func (v View) Get(table Table, number uint64) ([]byte, error) {
	b := v.tx.Bucket([]byte(table))
	if b == nil {
		return nil, nil
	}
	value := b.Get(key(number))
	if value == nil {
		return nil, nil
	}
	return v.s.check(place{table, number}, value)
}

// Each calls visit for every block of a table in order.
func (v View) Each(table Table, visit func(number uint64, block []byte) error) error {
	b := v.tx.Bucket([]byte(table))
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, value []byte) error {
		if len(k) != 8 {
			return fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(k))
		}
		number := binary.BigEndian.Uint64(k)
		block, err := v.s.check(place{table, number}, value)
		if err != nil {
			return err
		}
		return visit(number, block)
	})
}

// check takes the checksum off a block, and looks at it the first time.
func (s *Store) check(p place, value []byte) ([]byte, error) {
	if len(value) < sumSize {
		return nil, fmt.Errorf("%w: %s %d is cut short", ErrDamaged, p.table, p.number)
	}
	block := value[sumSize:]
	s.mu.Lock()
	_, known := s.checked[p]
	s.mu.Unlock()
	if known {
		return block, nil
	}
	if binary.BigEndian.Uint32(value) != sum(Block{p.table, p.number, block}) {
		return nil, fmt.Errorf("%w: %s %d has another checksum", ErrDamaged, p.table, p.number)
	}
	s.mu.Lock()
	s.checked[p] = struct{}{}
	s.mu.Unlock()
	return block, nil
}
