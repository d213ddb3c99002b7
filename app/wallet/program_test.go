//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/program/programtest"
)

func TestMain(m *testing.M) { os.Exit(programtest.Main(m)) }

// town has an authority and a settlement server that run as programs, and the
// wallet's program to be run.
type town struct {
	programtest.Town
	t      *testing.T
	wallet *programtest.Program
}

func newTown(t *testing.T) *town {
	t.Helper()
	programtest.Build(t, "authority", "settlement", "wallet", "wallet/trusted/trustedapplication", "wallet/tee/hardwareenvironment") // all at once is quicker
	return &town{t: t, Town: programtest.Open(t), wallet: programtest.New(t, "wallet")}
}

// token adds the PIN to a command that opens its token.
func (w *town) token(args ...string) []string { return append(args, "--pin-file", w.wallet.PIN) }

// refused runs the wallet, which must fail with a status and a word on stderr.
func (w *town) refused(status int, word string, args ...string) {
	w.t.Helper()
	stdout, stderr, have := w.wallet.Run("", args...)
	if have != status || !strings.Contains(stderr, word) || stdout != "" {
		w.t.Errorf("wallet %v: %d, %q, %q; want %d and %q", args, have, stdout, stderr, status, word)
	}
}

// The life of a wallet at the command line: enrolled, an account added, listed,
// removed; and what it refuses on the way.
func TestCommands(t *testing.T) {
	w := newTown(t)
	url, ledger := w.Settlement.URL(), w.Settlement
	activation := w.wallet.Write("activation", ledger.OK("account add", ledger.InData("--number", number, "--kind", "prepaid", "--currency", "CNY")...))
	terminalCode := w.Code("terminal", "T-0001", "--name", "Corner Café")
	walletCode := w.Code("wallet", "W-0001", "--no-print")
	enrol := func(code string) []string {
		return w.token("enrol", "--authority", w.Authority.URL(), "--code-file", code, "--settlement", url, "--init-token", "--so-pin-file", w.wallet.SOPIN)
	}
	add := func(activation string) []string {
		return w.token("account", "add", "--number", number, "--activation-file", activation, "--settlement", url)
	}

	w.refused(2, "usage")
	w.refused(2, "usage", "account")
	w.refused(2, "--pin-file", "accounts")
	w.refused(2, "--settlement", w.token("run")...)
	w.refused(2, "--size", w.token("run", "--settlement", url, "--size", "wide")...)
	w.refused(2, "--language", w.token("run", "--settlement", url, "--language", "tlh")...)
	w.refused(1, "another kind of device", enrol(terminalCode)...)
	w.refused(1, "not enrolled", w.token("accounts")...)
	if said := w.wallet.OK("", enrol(walletCode)...); !strings.Contains(said, `"enrolled":"W-0001"`) {
		t.Errorf("enrol says %s", said)
	}
	w.wallet.OK("", enrol(walletCode)...) // again: nothing changes
	if said := w.wallet.OK("", w.token("accounts")...); said != "" {
		t.Errorf("accounts before any: %s", said)
	}
	w.refused(1, "activation", add(w.wallet.Write("wrong", "NOTTHECODE"))...)
	w.refused(1, "empty", add(w.wallet.Write("empty", ""))...)
	w.wallet.OK("", add(activation)...)
	if said := w.wallet.OK("", w.token("accounts")...); said != `{"kind":"prepaid","currency":"CNY","ending":"3445"}` {
		t.Errorf("accounts: %s", said)
	}
	if said := w.wallet.OK("", w.token("pending")...); said != "" {
		t.Errorf("pending: %s", said)
	}
	w.wallet.OK("", w.token("account", "remove", "--number", number, "--settlement", url)...)
	if said := w.wallet.OK("", w.token("accounts")...); said != "" {
		t.Errorf("accounts after removal: %s", said)
	}
	w.window()
}

// window opens the phone's window on a display of its own, sees it announce its
// first screen, and ends it as a supervisor does.
func (w *town) window() {
	t := w.t
	log := filepath.Join(w.wallet.Dir, "wallet.log")
	wallet := exec.Command(w.wallet.Path, w.token("run", "--settlement", w.Settlement.URL(), "--camera", "/dev/no-such-camera",
		"--announce", "--language", "zh", "--log", log)...)
	wallet.Env = append(w.wallet.Env, "DISPLAY="+ownDisplay(t), "WAYLAND_DISPLAY=")
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
	for err == nil && bytes.HasPrefix(line, []byte(`{"trusted":`)) { // the trusted screen, hidden
		line, err = lines.ReadBytes('\n')
	}
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
		said, _ := os.ReadFile(log)
		t.Errorf("did not end cleanly: %v\n%s", err, said)
	}
}
