package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/devices/secureunit/virtualtoken"
)

// TestTrustedScreen sets the owner's PIN and mark, and changes the PIN, by the real
// keys of the window that the wallet's trusted application draws.
func TestTrustedScreen(t *testing.T) {
	programs := bin(t)
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	units, err := virtualtoken.Make(filepath.Join(t.TempDir(), "unit"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, units.Conf())
	if _, err := units.Token("wallet"); err != nil {
		t.Fatal(err)
	}
	server, screen := phoneDisplay(t, ctx)
	press := func(steps ...string) {
		t.Helper()
		c := exec.CommandContext(ctx, filepath.Join(programs, "wallet"), "pin", "set", "--pin-file", units.PINFile("wallet"), "--announce", "--size", "512x920")
		c.Env = append(append(os.Environ(), "FYNE_SCALE=1", "HOME="+t.TempDir()), server.Env()...)
		if said := strings.TrimSpace(pressed(t, ctx, screen, c, steps...)); !strings.HasSuffix(said, `{"pin":true}`) {
			t.Errorf("pin set %v ends with %q", steps, said[strings.LastIndex(said, "\n")+1:])
		}
	}
	press("trusted-mark: another keep",
		"trusted-choose: key.2 key.7 key.4 key.9 key.1 key.back key.1 key.3 enter",
		"trusted-repeat: key.2 key.7 key.4 key.9 key.1 key.3 enter")
	press("trusted-change: key.2 key.7 key.4 key.9 key.1 key.3 enter",
		"trusted-choose: key.1 key.2 key.3 key.4 enter", // too easily guessed
		"trusted-choose notice.guessable: key.8 key.1 key.4 key.0 enter",
		"trusted-repeat: key.8 key.1 key.4 key.0 enter")
}
