//go:build linux

package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"countersign/app/terminal/staff"
)

// Whom the flags name begins a shift, and goes on in it after a restart; a wrong
// PIN opens no terminal.
func TestOnDutyFromTheStart(t *testing.T) {
	data := t.TempDir()
	pinFile := filepath.Join(t.TempDir(), "pin")
	write := func(pin string) {
		t.Helper()
		if err := os.WriteFile(pinFile, []byte(pin+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("274913")
	start := func(cashier string) (*terminal, error) {
		t.Helper()
		at := &terminal{log: slog.New(slog.DiscardHandler)}
		at.Data, at.cashier, at.cashierPINFile = data, cashier, pinFile
		var err error
		if at.journal, err = at.openJournal(t.Context(), at.log, nil); err != nil {
			t.Fatal(err)
		}
		err = at.openStaff(t.Context())
		t.Cleanup(func() { _ = at.close() }) // again, where the test has not come so far
		return at, err
	}
	stop := func(at *terminal) {
		t.Helper()
		if err := at.close(); err != nil {
			t.Fatal(err)
		}
		at.journal, at.people = nil, nil
	}

	at, err := start("")
	if err != nil || !at.desk.Empty() || at.desk.Duty() != (staff.Duty{}) {
		t.Fatalf("without a staff: %+v, %v", at.desk.Duty(), err)
	}
	if err := at.desk.Add(t.Context(), nil, "A-01", staff.Manager, []byte("274913")); err != nil {
		t.Fatal(err)
	}
	stop(at)
	for range 2 {
		if at, err = start("A-01"); err != nil {
			t.Fatal(err)
		}
		if d := at.desk.Duty(); d.Cashier != "A-01" || d.Shift != 1 {
			t.Errorf("have %+v", d)
		}
		stop(at)
	}
	write("999")
	at, err = start("A-01")
	if !errors.Is(err, staff.ErrRefused) {
		t.Errorf("with a wrong PIN: %v", err)
	}
	stop(at)
	if at, err = start(""); err != nil || at.desk.Duty().May(staff.Sell) || at.desk.Shift().Number != 1 {
		t.Errorf("nobody named: %+v, %v", at.desk.Duty(), err)
	}
	stop(at)
}
