package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, KeySize) }

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, key(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // often closed before
	return s
}

func put(t *testing.T, s *Store, b Bucket, k, v string) {
	t.Helper()
	if err := s.Update(func(tx *Tx) error { return tx.Put(b, []byte(k), []byte(v)) }); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *Store, b Bucket, k string) (v []byte, err error) {
	t.Helper()
	err = s.View(func(tx *Tx) error {
		v, err = tx.Get(b, []byte(k))
		return err
	})
	return v, err
}

// Guarantee 1: what was written is there after opening again; what failed is not.
func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purse.db")
	s := opened(t, path)
	put(t, s, Kept, "b", "two")
	put(t, s, Kept, "a", "one")
	put(t, s, Kept, "c", "three")
	no := errors.New("no")
	if err := s.Update(func(tx *Tx) error {
		if err := tx.Delete(Kept, []byte("a")); err != nil {
			return err
		}
		return no
	}); !errors.Is(err, no) || errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	if err := s.Update(func(tx *Tx) error { return tx.Delete(Kept, []byte("c")) }); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.View(func(*Tx) error { return nil }); !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	s = opened(t, path)
	if s.Doubtful() {
		t.Error("doubtful")
	}
	var all []string
	if err := s.View(func(tx *Tx) error {
		return tx.All(Kept, func(key, value []byte) error {
			all = append(all, string(key)+string(value))
			return nil
		})
	}); err != nil || len(all) != 2 || all[0] != "aone" || all[1] != "btwo" {
		t.Error(all, err)
	}
	if v, err := get(t, s, Purse, "a"); v != nil || err != nil {
		t.Error(v, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

// Guarantee 2: a record in another's place, of another key, or changed is ErrDamaged.
func TestSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purse.db")
	s := opened(t, path)
	put(t, s, Purse, "state", "rich")
	put(t, s, Purse, "other", "poor")
	put(t, s, Kept, "state", "kept")
	raw := func(tx *bbolt.Tx, b Bucket, k string) []byte { return tx.Bucket([]byte(b)).Get([]byte(k)) }
	for name, change := range map[string]func(*bbolt.Tx) []byte{
		"another key's":    func(tx *bbolt.Tx) []byte { return raw(tx, Purse, "other") },
		"another bucket's": func(tx *bbolt.Tx) []byte { return raw(tx, Kept, "state") },
		"cut short":        func(tx *bbolt.Tx) []byte { return raw(tx, Purse, "state")[:27] },
		"nothing":          func(*bbolt.Tx) []byte { return []byte{} },
		"of another unit": func(*bbolt.Tx) []byte {
			other, err := newSealer(key(2))
			if err != nil {
				t.Fatal(err)
			}
			return other.seal(Purse, []byte("state"), []byte("rich"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			back := errors.New("roll back")
			err := s.db.Update(func(tx *bbolt.Tx) error {
				if err := tx.Bucket([]byte(Purse)).Put([]byte("state"), bytes.Clone(change(tx))); err != nil {
					return err
				}
				if v, err := (&Tx{tx, s.sealer}).Get(Purse, []byte("state")); !errors.Is(err, ErrDamaged) || v != nil {
					t.Errorf("%q %v", v, err)
				}
				return back
			})
			if !errors.Is(err, back) {
				t.Fatal(err)
			}
		})
	}
	if v, err := get(t, s, Purse, "state"); err != nil || string(v) != "rich" {
		t.Errorf("%q %v", v, err)
	}
	content, err := os.ReadFile(path)
	if err != nil || bytes.Contains(content, []byte("rich")) {
		t.Error("the file can be read", err)
	}
}

// What is no file of ours, or not to be opened, is told apart.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "purse.db")
	s := opened(t, path)
	if _, err := Open(path, key(1)); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, key(2)); !errors.Is(err, ErrDamaged) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(path, key(1)[:16]); err == nil {
		t.Error("a short key")
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a purse "), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text, key(1)); !errors.Is(err, ErrDamaged) {
		t.Errorf("another file: %v", err)
	}
	s = opened(t, path)
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(format)).Put(keyVersion, []byte{version + 1}) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, key(1)); !errors.Is(err, ErrVersion) {
		t.Errorf("a newer format: %v", err)
	}
}

// Guarantee 3: after the disk has failed nothing is read or written any more.
func TestStopped(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "purse.db"))
	put(t, s, Purse, "state", "before")
	if err := s.file.Close(); err != nil { // as good as a disk that is gone
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Update(func(tx *Tx) error { return tx.Put(Purse, []byte("state"), []byte("after")) }); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if _, err := get(t, s, Purse, "state"); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
	}
}

// A flipped bit in either head is doubtful, and only there.
func TestDoubtful(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purse.db")
	s := opened(t, path)
	put(t, s, Purse, "state", "one")
	put(t, s, Purse, "state", "two")
	size := s.db.Info().PageSize
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, page := range []int{0, size} {
		damaged := bytes.Clone(whole)
		damaged[page+headStart+48] ^= 4 // the transaction's number
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s := opened(t, path)
		if !s.Doubtful() {
			t.Error("not doubtful")
		}
		if v, err := get(t, s, Purse, "state"); err != nil || string(v) != "two" {
			lost++
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if lost != 1 { // which is why it has to be told
		t.Errorf("%d of the heads have the last transaction", 2-lost)
	}
}

// What is sealed for outside comes back only whole, and for its own use.
func TestSealOutside(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "purse.db"))
	sealed := s.Seal("one", []byte("value"))
	if v, err := s.Unseal("one", sealed); err != nil || string(v) != "value" {
		t.Error(v, err)
	}
	for _, bad := range [][]byte{nil, sealed[1:], append([]byte{sealed[0] ^ 1}, sealed[1:]...)} {
		if _, err := s.Unseal("one", bad); !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	}
	if _, err := s.Unseal("two", sealed); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// FuzzOpen opens whatever, and reads it all: an error or records, never a panic.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "purse.db")
	s, err := Open(path, key(1))
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Update(func(tx *Tx) error { return tx.Put(Kept, []byte("a"), []byte("b")) }); err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(16), []byte{1})
	f.Add(uint32(4096+64), []byte{0xff, 0xff})
	f.Add(uint32(3*4096+10), []byte{7, 7, 7})
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		damaged := bytes.Clone(whole)
		for i, b := range with {
			damaged[(int(at)+i)%len(damaged)] ^= b
		}
		path := filepath.Join(t.TempDir(), "purse.db")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, key(1))
		if err != nil {
			return
		}
		_ = s.View(func(tx *Tx) error {
			return tx.All(Kept, func(key, value []byte) error {
				if string(key) != "a" || string(value) != "b" {
					t.Errorf("%q %q", key, value)
				}
				return nil
			})
		})
		_ = s.Update(func(tx *Tx) error { return tx.Put(Kept, []byte("c"), []byte("d")) })
		_ = s.Close()
	})
}
