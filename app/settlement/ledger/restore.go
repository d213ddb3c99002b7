package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.etcd.io/bbolt"

	"countersign/app/program/backup"
	programstore "countersign/app/program/store"
)

// restoredAtOnce is how many records one transaction of the file writes.
const restoredAtOnce = 4096

// Restore makes the embedded store at path out of a backup, and reads it back and
// proves it before it is there. It fails with ErrNotEmpty where there is a file at
// path, and with what package backup says of from; nothing is changed then, nor when
// the process is killed.
func Restore(ctx context.Context, path string, from io.ReadSeeker, o RestoreOptions) (r Restored, err error) {
	m, err := backup.Read(ctx, from, backupProgram, backup.Visitor{About: fits})
	if err == nil {
		err = programstore.Place(path, func(db *bbolt.DB) (err error) {
			r, err = restoreInto(ctx, db, from, m, o)
			return err
		})
	}
	if errors.Is(err, programstore.ErrThere) {
		err = fmt.Errorf("%w: %s", ErrNotEmpty, path)
	}
	if err != nil {
		return r, fmt.Errorf("restore the ledger: %w", err)
	}
	o.at(pointKept)
	return r, nil
}

func restoreInto(ctx context.Context, db *bbolt.DB, from io.ReadSeeker, m backup.Manifest, o RestoreOptions) (r Restored, err error) {
	said, err := readSums(m)
	if err != nil {
		return r, err
	}
	if err := begun(db, said.References+skipped); err != nil {
		return r, err
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return r, err
	}
	into := boltRestoring{db: db, at: o.at}
	again, err := backup.Read(ctx, from, backupProgram, backup.Visitor{Section: into.section, Record: into.record})
	if err = errors.Join(err, into.flush()); err != nil {
		return r, err
	}
	if !sameManifest(again, m) {
		return r, fmt.Errorf("%w: the file changed while it was read", backup.ErrDamaged)
	}
	o.at(pointRestored)
	err = db.View(func(tx *bbolt.Tx) (err error) {
		r, err = o.compare(ctx, boltRecords{tx}, m)
		return err
	})
	if err == nil {
		o.at(pointProved)
	}
	return r, err
}

// begun is a ledger without records, whose numbers go on above last.
func begun(db *bbolt.DB, last uint64) error {
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		return errors.Join(meta.Put([]byte("format"), []byte(format)), meta.Put(keyRetrieval, numberKey(last)))
	})
}

// boltRestoring writes records in groups.
type boltRestoring struct {
	db      *bbolt.DB
	at      func(point string)
	bucket  string
	waiting []write
}

func (w *boltRestoring) section(name string) error {
	if name == bucketMeta || !slices.Contains(buckets[:], name) {
		return errUnknownSection(name)
	}
	err := w.flush()
	w.bucket = name
	return err
}

func (w *boltRestoring) record(key, value []byte) error {
	w.waiting = append(w.waiting, write{bucket: w.bucket, key: key, value: value})
	if len(w.waiting) < restoredAtOnce {
		return nil
	}
	return w.flush()
}

func (w *boltRestoring) flush() error {
	if len(w.waiting) == 0 {
		return nil
	}
	err := w.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte(w.bucket))
		bucket.FillPercent = 0.9 // they come in order
		for _, one := range w.waiting {
			if err := bucket.Put(one.key, one.value); err != nil {
				return fmt.Errorf("write %s: %w", w.bucket, err)
			}
		}
		return nil
	})
	w.waiting = w.waiting[:0]
	w.at(pointRestoring)
	return err
}

func sameManifest(a, b backup.Manifest) bool {
	return a.About == b.About && bytes.Equal(a.Sums, b.Sums) && slices.Equal(a.Sections, b.Sections)
}

func strictJSON(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
