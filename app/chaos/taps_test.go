package main

import (
	"bytes"
	"os/exec"
	"testing"
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

// Whatever is torn, the next tap ends it with one deduction or none, and terminal,
// wallet and settlement agree.
func TestTornTaps(t *testing.T) {
	var out bytes.Buffer
	if err := tear(t.Context(), tapOptions{programs: tapVictims(t), stalls: 12, short: true, stories: stories(), out: &out}); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	t.Log(out.String())
}
