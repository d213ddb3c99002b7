//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/devices/secureunit/virtualtoken"
)

// town has an authority and a settlement server that run as programs, and the
// wallet's program to be run.
type town struct {
	t                     *testing.T
	dir                   string
	authority, settlement string // URLs
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, dir: t.TempDir()}
	tokens, err := virtualtoken.Make(w.path("tokens"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, tokens.Conf())
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.dir+"/", "countersign/app/authority", "countersign/app/settlement", "countersign/app/wallet")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, name := range []string{"pin", "so-pin"} {
		w.write(name, "pin of the "+name)
	}
	w.ok("authority", w.token("init", "--data", w.path("a"), "--name", "countersign/1", "--init-token", "--so-pin-file", w.path("so-pin"))...)
	w.authority = w.serve("authority", "serve", "--data", w.path("a"))
	w.write("settlement.code", w.code("--role", "settlement", "--subject", "settlement-1", "--name", "Settlement", "--host", "127.0.0.1,localhost"))
	w.ok("settlement", w.token("enrol", "--data", w.path("s"), "--authority", w.authority, "--code-file", w.path("settlement.code"),
		"--host", "127.0.0.1,localhost", "--init-token", "--so-pin-file", w.path("so-pin"))...)
	w.settlement = w.serve("settlement", "serve", "--data", w.path("s"), "--authority", w.authority)
	return w
}

func (w *town) path(name string) string { return filepath.Join(w.dir, name) }

func (w *town) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// token adds the PIN to a command that opens its token.
func (w *town) token(args ...string) []string { return append(args, "--pin-file", w.path("pin")) }

func (w *town) serve(program string, args ...string) (url string) {
	w.t.Helper()
	server := exec.Command(w.path(program), w.token(append(args, "--log", w.path(program+".log"))...)...)
	out, err := server.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := errors.Join(server.Process.Signal(syscall.SIGTERM), server.Wait()); err != nil {
			w.t.Error(program, err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var said struct{ Listening string }
	if err != nil || json.Unmarshal(line, &said) != nil {
		w.t.Fatalf("%s said %q: %v", program, line, err)
	}
	return "https://" + said.Listening
}

func (w *town) run(program string, args ...string) (stdout, stderr string, status int) {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), w.path(program), args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), errs.String(), command.ProcessState.ExitCode()
}

func (w *town) ok(program string, args ...string) string {
	w.t.Helper()
	stdout, stderr, status := w.run(program, args...)
	if status != 0 {
		w.t.Fatalf("%s %v: %d\n%s", program, args, status, stderr)
	}
	return stdout
}

// refused runs the wallet, which must fail with a status and a word on stderr.
func (w *town) refused(status int, word string, args ...string) {
	w.t.Helper()
	stdout, stderr, have := w.run("wallet", args...)
	if have != status || !strings.Contains(stderr, word) || stdout != "" {
		w.t.Errorf("wallet %v: %d, %q, %q; want %d and %q", args, have, stdout, stderr, status, word)
	}
}

func (w *town) code(more ...string) string {
	w.t.Helper()
	return w.ok("authority", append([]string{"code", "--data", w.path("a")}, more...)...)
}

// The life of a wallet at the command line: enrolled, an account added, listed,
// removed; and what it refuses on the way.
func TestCommands(t *testing.T) {
	w := newTown(t)
	const number = "6222020200112233445"
	add := w.token("account", "add", "--number", number, "--activation-file", w.path("activation"), "--settlement", w.settlement)
	w.write("activation", w.ok("settlement", "account", "add", "--data", w.path("s"), "--number", number, "--kind", "prepaid", "--currency", "CNY"))
	w.write("terminal.code", w.code("--role", "terminal", "--subject", "T-0001", "--name", "Corner Café"))
	w.write("wallet.code", w.code("--role", "wallet", "--subject", "W-0001", "--no-print"))
	enrol := func(code string) []string {
		return w.token("enrol", "--authority", w.authority, "--code-file", w.path(code), "--settlement", w.settlement, "--init-token", "--so-pin-file", w.path("so-pin"))
	}

	w.refused(2, "usage")
	w.refused(2, "usage", "account")
	w.refused(2, "--pin-file", "accounts")
	w.refused(2, "--settlement", w.token("run")...)
	w.refused(2, "--size", w.token("run", "--settlement", w.settlement, "--size", "wide")...)
	w.refused(2, "--language", w.token("run", "--settlement", w.settlement, "--language", "tlh")...)
	w.refused(1, "another kind of device", enrol("terminal.code")...)
	w.refused(1, "not enrolled", w.token("accounts")...)
	if said := w.ok("wallet", enrol("wallet.code")...); !strings.Contains(said, `"enrolled":"W-0001"`) {
		t.Errorf("enrol says %s", said)
	}
	w.ok("wallet", enrol("wallet.code")...) // again: nothing changes
	if said := w.ok("wallet", w.token("accounts")...); said != "" {
		t.Errorf("accounts before any: %s", said)
	}
	w.write("wrong", "NOTTHECODE")
	w.refused(1, "activation", w.token("account", "add", "--number", number, "--activation-file", w.path("wrong"), "--settlement", w.settlement)...)
	w.write("empty", "")
	w.refused(1, "empty", w.token("account", "add", "--number", number, "--activation-file", w.path("empty"), "--settlement", w.settlement)...)
	w.ok("wallet", add...)
	if said := w.ok("wallet", w.token("accounts")...); said != `{"kind":"prepaid","currency":"CNY","ending":"3445"}` {
		t.Errorf("accounts: %s", said)
	}
	if said := w.ok("wallet", w.token("pending")...); said != "" {
		t.Errorf("pending: %s", said)
	}
	w.ok("wallet", w.token("account", "remove", "--number", number, "--settlement", w.settlement)...)
	if said := w.ok("wallet", w.token("accounts")...); said != "" {
		t.Errorf("accounts after removal: %s", said)
	}
	w.window()
}

// window opens the phone's window on a display of its own, sees it announce its
// first screen, and ends it as a supervisor does.
func (w *town) window() {
	t := w.t
	shown, name, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer shown.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "600x1000x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{name}
	if err := errors.Join(server.Start(), name.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }() // has nothing to save
	number, err := bufio.NewReader(shown).ReadString('\n')
	if err != nil {
		t.Fatalf("no display: %v", err)
	}

	wallet := exec.Command(w.path("wallet"), w.token("run", "--settlement", w.settlement, "--camera", "/dev/no-such-camera",
		"--announce", "--language", "zh", "--log", w.path("wallet.log"))...)
	wallet.Env = append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(number), "WAYLAND_DISPLAY=")
	out, err := wallet.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := wallet.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = wallet.Process.Kill() })
	defer stuck.Stop()
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var said struct {
		Screen, Language string
		Window           [2]int
		Targets          map[string][4]int
	}
	if err != nil || json.Unmarshal(line, &said) != nil {
		t.Fatalf("announced %q: %v", line, err)
	}
	if said.Screen != "ready" || said.Language != "zh" || said.Window != [2]int{512, 920} || said.Targets["scan"][3] < 72 || said.Targets["language"][3] < 72 {
		t.Errorf("announced %s", line)
	}
	if err := wallet.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Error(err)
	}
	if err := wallet.Wait(); err != nil {
		log, _ := os.ReadFile(w.path("wallet.log"))
		t.Errorf("did not end cleanly: %v\n%s", err, log)
	}
}
