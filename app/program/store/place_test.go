package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"countersign/app/program/store"
)

func TestPlace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [strange] name")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kept.db")
	names := func() (names []string) {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			names = append(names, one.Name())
		}
		return names
	}
	bucket := func(name string) func(*bbolt.DB) error {
		return func(db *bbolt.DB) error {
			return db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte(name)); return err })
		}
	}
	own := errors.New("nothing to fill it with")
	if err := store.Place(path, func(*bbolt.DB) error { return own }); !errors.Is(err, own) || len(names()) != 0 {
		t.Errorf("failed: %v, left %v", err, names())
	}
	// What a killed process left goes; what another one fills stays.
	for name, content := range map[string]string{"kept.db.restoring-1": "", "kept.db.restoring-2": "half a file"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := store.Place(path, func(db *bbolt.DB) error {
		if err := store.Place(path, bucket("first")); err != nil {
			return err
		}
		if left := names(); len(left) != 2 || left[0] != "kept.db" {
			t.Errorf("beside one that is being filled: %v", left)
		}
		return nil
	})
	if !errors.Is(err, store.ErrThere) {
		t.Errorf("another was quicker: %v", err)
	}
	if err := store.Place(path, bucket("third")); !errors.Is(err, store.ErrThere) {
		t.Errorf("over a file: %v", err)
	}
	if left := names(); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("first")) == nil {
			t.Error("not what was filled in")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
