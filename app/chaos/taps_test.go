package main

import (
	"os/exec"
	"testing"
	"time"

	"countersign/app/program/virtualrealm"
)

// tapVictims builds the programs of sales by tap.
func tapVictims(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+"/", "countersign/app/settlement/settlementvictim", "countersign/app/terminal/terminalvictim",
		"countersign/app/wallet/walletvictim", "countersign/app/wallet/tee/hardwareenvironment")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the victims: %v\n%s", err, said)
	}
	return dir
}

func TestOneTap(t *testing.T) {
	programs := tapVictims(t)
	world, err := virtualrealm.NewWorld(1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m, err := openMarket(t.Context(), programs, world, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	s := m.stalls[0]
	if err := s.begin(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := s.tap(t.Context(), visit{}); err != nil {
		t.Fatal(err)
	}
	if s.shows.Ending != "paid" || len(s.apdus) == 0 || len(s.apdus) > 12 || s.bytes > 1600 {
		t.Errorf("shows %+v after %q, %d bytes", s.shows, s.apdus, s.bytes)
	}
	if err := s.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := s.card(t.Context(), "card")
	if err != nil || v.Balance != topUp-s.last || len(v.History) != 2 {
		t.Errorf("the card: %+v, %v", v, err)
	}
}
