package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/terminal/office"
)

// A file is new, for its owner alone, and in a folder that there is.
func TestNewFile(t *testing.T) {
	b := &terminal{}
	b.Data = t.TempDir()
	own, at := filepath.Join(b.Data, "exports"), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	file, err := b.newFile(own, "sales", "csv", at)
	if err != nil {
		t.Fatal(err)
	}
	if err := closed(file, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(own, "countersign-sales-2026-11-22-090000.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := b.newFile(own, "sales", "csv", at); !errors.Is(err, office.ErrFolder) || !errors.Is(err, os.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	gone := filepath.Join(b.Data, "stick") // pulled out
	if _, err := b.newFile(gone, "sales", "csv", at); !errors.Is(err, office.ErrFolder) {
		t.Errorf("nowhere: %v", err)
	}
	if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("was made: %v", err)
	}
}
