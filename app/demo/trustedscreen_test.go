package main

import (
	"bufio"
	"context"
	"encoding/json"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/devices/secureunit/virtualtoken"
)

// TestTrustedScreen sets the owner's PIN and mark, and changes the PIN, by the real
// keys of the window that the wallet's trusted application draws.
func TestTrustedScreen(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	units, err := virtualtoken.Make(filepath.Join(t.TempDir(), "unit"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, units.Conf())
	if _, err := units.Token("wallet"); err != nil {
		t.Fatal(err)
	}
	server, err := display.Start(ctx, image.Pt(600, 1000))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	screen, err := server.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	press := func(steps ...string) {
		t.Helper()
		c := exec.CommandContext(ctx, filepath.Join(bin(t), "wallet"), "pin", "set", "--pin-file", units.PINFile("wallet"), "--announce", "--size", "512x920")
		c.Env = append(append(os.Environ(), "FYNE_SCALE=1", "HOME="+t.TempDir()), server.Env()...)
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for _, step := range steps {
			name, keys, _ := strings.Cut(step, ": ")
			shown := follow(t, lines, name)
			window, err := screen.Wait(ctx, display.Titled("Countersign secure screen"))
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range strings.Fields(keys) {
				at := shown.Targets[key]
				if at.Empty() {
					t.Fatalf("%s has no %s: %v", name, key, shown.Targets)
				}
				middle := at.Min.Add(at.Size().Div(2))
				if err := window.Tap(ctx, middle.X, middle.Y); err != nil {
					t.Fatal(err)
				}
			}
		}
		for lines.Scan() {
			if lines.Text() == `{"pin":true}` {
				break
			}
		}
		if err := c.Wait(); err != nil {
			t.Errorf("pin set %v: %v", steps, err)
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

// follow reads announcements until the trusted screen shows a prompt, with a
// control where the name goes on with one.
func follow(t *testing.T, lines *bufio.Scanner, name string) *chronicle.Screen {
	t.Helper()
	name, control, _ := strings.Cut(name, " ")
	for lines.Scan() {
		var said struct{ Trusted json.RawMessage }
		if json.Unmarshal(lines.Bytes(), &said) != nil || said.Trusted == nil {
			continue
		}
		c := chronicle.New(time.Now)
		c.Announced("wallet", said.Trusted)
		if shown := c.Now("wallet"); shown != nil && shown.Name == name && (control == "" || shown.Has(control)) {
			return shown
		}
	}
	t.Fatalf("the wallet ended before it showed %s", name)
	return nil
}
