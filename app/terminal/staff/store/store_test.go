package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := s.Load(t.Context()); err != nil || text != nil {
		t.Errorf("have %q, %v", text, err)
	}
	for _, state := range []string{"one", "two"} {
		if err := s.Save(t.Context(), []byte(state)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if text, err := s.Load(t.Context()); err != nil || string(text) != "two" {
		t.Errorf("have %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("have %v, %v", info.Mode(), err)
	}
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.db")
	if err := os.WriteFile(path, []byte("this is not a database, but as long as one has to be to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrDamaged) {
		t.Errorf("have %v", err)
	}
}
