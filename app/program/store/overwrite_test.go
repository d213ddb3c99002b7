package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"countersign/app/program/store"
)

func open(t *testing.T, o *bbolt.Options) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "file.db"), 0o600, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func update(t *testing.T, db *bbolt.DB, f func(b *bbolt.Bucket) error) {
	t.Helper()
	err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte("records"))
		if err != nil {
			return err
		}
		return f(b)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// found counts how often a secret is in the file.
func found(t *testing.T, db *bbolt.DB, secret []byte) int {
	t.Helper()
	raw, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(raw, secret)
}

func secret() []byte {
	b := make([]byte, 229)
	rand.Read(b)
	return b
}

func options() map[string]*bbolt.Options {
	return map[string]*bbolt.Options{
		"as by default":      nil,
		"as a ledger has it": {FreelistType: bbolt.FreelistMapType, NoFreelistSync: true, InitialMmapSize: 1 << 28},
	}
}

// What was deleted is gone from the file, small or large, and wherever copies of
// it were left by what was written beside it; what was not deleted is there.
func TestOverwrite(t *testing.T) {
	for name, o := range options() {
		t.Run(name, func(t *testing.T) {
			db := open(t, o)
			erased, kept := secret(), secret()
			put := func(key string, value []byte) {
				update(t, db, func(b *bbolt.Bucket) error { return b.Put([]byte(key), value) })
			}
			put("erased", erased)
			put("kept", kept)
			put("erased too", append(bytes.Repeat([]byte{7}, 20_000), erased...))
			for i := range 200 { // leaves copies of the pages beside
				put(fmt.Sprint("other ", i), secret())
			}
			copies := found(t, db, erased)
			for _, key := range []string{"erased", "erased too"} {
				update(t, db, func(b *bbolt.Bucket) error { return b.Delete([]byte(key)) })
			}
			if copies < 2 || found(t, db, erased) == 0 {
				t.Fatalf("%d copies, and %d after deleting: nothing to overwrite", copies, found(t, db, erased))
			}
			if err := store.Overwrite(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if n := found(t, db, erased); n != 0 {
				t.Errorf("%d copies of what was erased are left", n)
			}
			err := db.View(func(tx *bbolt.Tx) error {
				if b := tx.Bucket([]byte("records")); !bytes.Equal(b.Get([]byte("kept")), kept) || b.Stats().KeyN != 201 {
					t.Error("something else is gone")
				}
				for err := range tx.Check() {
					t.Error(err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			size := func() int64 {
				info, err := os.Stat(db.Path())
				if err != nil {
					t.Fatal(err)
				}
				return info.Size()
			}
			before := size()
			for range 10 {
				if err := store.Overwrite(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			if after := size(); after > before+1<<20 {
				t.Errorf("the file grew from %d to %d", before, after)
			}
		})
	}
}

// A reader of the time before keeps the pages from being overwritten; the next
// call does it.
func TestOverwriteWaitsForReaders(t *testing.T) {
	db := open(t, &bbolt.Options{InitialMmapSize: 1 << 28}) // growing would wait for the reader
	erased := secret()
	update(t, db, func(b *bbolt.Bucket) error { return b.Put([]byte("k"), erased) })
	reader, err := db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	update(t, db, func(b *bbolt.Bucket) error { return b.Delete([]byte("k")) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := store.Overwrite(ctx, db); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a reader: %v", err)
	}
	if got := reader.Bucket([]byte("records")).Get([]byte("k")); !bytes.Equal(got, erased) {
		t.Error("the reader lost what it reads")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := store.Overwrite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if found(t, db, erased) != 0 {
		t.Error("not overwritten")
	}
}

// Others read and write meanwhile, and nothing of what was erased is left, of
// what they wrote nothing is lost.
func TestOverwriteAmongOthers(t *testing.T) {
	db := open(t, &bbolt.Options{NoSync: true, InitialMmapSize: 1 << 28})
	var secrets [][]byte
	for i := range 40 {
		secrets = append(secrets, secret())
		update(t, db, func(b *bbolt.Bucket) error { return b.Put(fmt.Append(nil, "secret ", i), secrets[i]) })
	}
	for i := range secrets {
		update(t, db, func(b *bbolt.Bucket) error { return b.Delete(fmt.Append(nil, "secret ", i)) })
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	written := make([]int, 2)
	for n := range written {
		others.Add(2)
		go func() {
			defer others.Done()
			for ; ; written[n]++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				update(t, db, func(b *bbolt.Bucket) error { return b.Put(fmt.Append(nil, n, " ", written[n]), secret()) })
			}
		}()
		go func() {
			defer others.Done()
			for {
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
				_ = db.View(func(tx *bbolt.Tx) error { tx.Bucket([]byte("records")).Get([]byte("0 0")); return nil })
			}
		}()
	}
	var failed error
	for range 3 {
		failed = errors.Join(failed, store.Overwrite(t.Context(), db))
	}
	close(stop)
	others.Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	for i, s := range secrets {
		if n := found(t, db, s); n != 0 {
			t.Errorf("secret %d is left %d times", i, n)
		}
	}
	_ = db.View(func(tx *bbolt.Tx) error {
		if have := tx.Bucket([]byte("records")).Stats().KeyN; have != written[0]+written[1] {
			t.Errorf("%d records, %d were written", have, written[0]+written[1])
		}
		return nil
	})
}
