package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
)

func open(t *testing.T, path string) *store.Registry {
	t.Helper()
	r, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // closing twice is nothing
	return r
}

func update(t *testing.T, r *store.Registry, f func(*store.Tx) error) {
	t.Helper()
	if err := r.Update(f); err != nil {
		t.Fatal(err)
	}
}

func TestARegistryBelongsToOneAuthority(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "registry.db"))
	mine := store.Authority{Name: "countersign/1", Key: []byte("key"), Root: []byte("root")}
	if err := r.View(func(tx *store.Tx) error { _, err := tx.Authority(); return err }); !errors.Is(err, store.ErrNotInitialised) {
		t.Errorf("empty: %v", err)
	}
	update(t, r, func(tx *store.Tx) error { return tx.SetAuthority(mine) })
	again := mine
	again.Root = []byte("another root for the same keys")
	update(t, r, func(tx *store.Tx) error { return tx.SetAuthority(again) })
	for _, other := range []store.Authority{{Name: "countersign/2", Key: mine.Key}, {Name: mine.Name, Key: []byte("other")}} {
		if err := r.Update(func(tx *store.Tx) error { return tx.SetAuthority(other) }); !errors.Is(err, store.ErrInitialised) {
			t.Errorf("%s: %v", other.Name, err)
		}
	}
	update(t, r, func(tx *store.Tx) error {
		if got, err := tx.Authority(); err != nil || string(got.Root) != "root" {
			t.Errorf("root is now %q: %v", got.Root, err)
		}
		return nil
	})
}

// Sequence numbers never go back: not with the clock, not over a restart, not
// with an old copy of the file.
func TestSequenceNeverGoesBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "registry.db")
	now := time.Unix(1_800_000_000, 0)
	r := open(t, path)
	var last uint64
	next := func(at time.Time) {
		t.Helper()
		update(t, r, func(tx *store.Tx) error {
			n, err := tx.NextSequence(at)
			if n <= last {
				t.Errorf("%d after %d", n, last)
			}
			last = n
			return err
		})
	}
	next(now)
	next(now)
	next(now.Add(-time.Hour))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r = open(t, path)
	for i := range 30 {
		next(now.Add(time.Duration(i) * time.Minute))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	r = open(t, path)
	next(now.Add(time.Hour))
}

func TestARegistryIsOneProcesss(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path)
	if _, err := store.Open(path); !errors.Is(err, store.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	if err := r.Lost(); err != nil {
		t.Errorf("in its place: %v", err)
	}
	if err := os.Rename(path, path+" away"); err != nil {
		t.Fatal(err)
	}
	if r.Lost() == nil {
		t.Error("moved away, and not noticed")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if r.Lost() == nil {
		t.Error("replaced, and not noticed")
	}
}

func TestWhatFailedChangedNothing(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "registry.db"))
	failed := errors.New("failed")
	device := store.Device{Subject: "T-0001", Role: protocol.RoleTerminal}
	err := r.Update(func(tx *store.Tx) error { return errors.Join(tx.PutDevice(device), failed) })
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	update(t, r, func(tx *store.Tx) error {
		if _, ok, err := tx.Device("T-0001"); ok || err != nil {
			t.Errorf("kept: %v, %v", ok, err)
		}
		return nil
	})
}

func TestCodesAreCancelledBySubject(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "registry.db"))
	update(t, r, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutCode(protocol.Hash{1}, store.Code{Subject: "T-0001"}),
			tx.PutCode(protocol.Hash{2}, store.Code{Subject: "T-0001", UsedBy: []byte("keys")}),
			tx.PutCode(protocol.Hash{3}, store.Code{Subject: "T-0002"}))
	})
	update(t, r, func(tx *store.Tx) error {
		if n, err := tx.CancelCodes("T-0001"); n != 1 || err != nil {
			t.Errorf("cancelled %d: %v", n, err)
		}
		for key, want := range map[byte]bool{1: true, 2: false, 3: false} {
			if c, ok, err := tx.Code(protocol.Hash{key}); !ok || err != nil || c.Cancelled != want {
				t.Errorf("code %d: %+v, %v", key, c, err)
			}
		}
		return nil
	})
}
