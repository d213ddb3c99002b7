package main

import (
	"errors"
	"io"
	"slices"
	"testing"

	"countersign/app/program"
	"countersign/devices/printer/escpos"
)

// counterOf reads the flags of run, beside those that it needs.
func counterOf(t *testing.T, flags ...string) (*settings, error) {
	t.Helper()
	s := &settings{}
	needed := []string{"--data", t.TempDir(), "--pin-file", "pin", "--settlement", "https://127.0.0.1:1", "--sensor", "ttyS0", "--merchant", "M-1"}
	if err := s.parse("run", slices.Concat(needed, flags), io.Discard, s.common, s.kiosk); err != nil {
		return nil, err
	}
	return s, s.checkKiosk()
}

// How a drawer is wired comes to the printer's profile, or is refused by name.
func TestDrawerFlags(t *testing.T) {
	plain, err := escpos.ByName("80mm-plain")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags []string
		pin   int
		low   bool
	}{
		{nil, 0, false},
		{[]string{"--drawer-pin", "2", "--drawer-switch", "high"}, 0, false},
		{[]string{"--drawer-pin", "5"}, 1, false},
		{[]string{"--drawer-switch", "low"}, 0, true},
		{[]string{"--drawer-pin=5", "--drawer-switch=low"}, 1, true},
	} {
		s, err := counterOf(t, append(c.flags, "--printer-profile", "80mm-plain")...)
		if err != nil {
			t.Errorf("%q: %v", c.flags, err)
			continue
		}
		if p := s.profile; p.DrawerPin != c.pin || p.DrawerOpenLow != c.low || p.Name != plain.Name || p.Columns != plain.Columns {
			t.Errorf("%q: %+v", c.flags, p)
		}
	}
	for _, bad := range [][]string{
		{"--drawer-pin", "0"}, {"--drawer-pin", "1"}, {"--drawer-pin", "3"}, {"--drawer-pin", "-5"}, {"--drawer-pin", "52"},
		{"--drawer-pin", ""}, {"--drawer-pin", "five"}, {"--drawer-pin", "99999999999999999999"},
		{"--drawer-switch", ""}, {"--drawer-switch", "Low"}, {"--drawer-switch", "open"}, {"--drawer-switch", "low\n"},
		{"--printer-profile", "76mm"},
	} {
		if _, err := counterOf(t, bad...); !errors.Is(err, program.ErrUsage) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
