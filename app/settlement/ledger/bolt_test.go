package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestBoltIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := stores[0].openAt(t, path, Options{})
	if err := l.Lost(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := l.Lost(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("moved away: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Lost(); err == nil {
		t.Error("another file is taken for the ledger")
	}
}
