//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const number = "6222020200112233445"

// enrolled makes a wallet that holds an account.
func (w *town) enrolled(t *testing.T) {
	t.Helper()
	activation := w.wallet.Write("activation", w.Settlement.OK("account add", w.Settlement.InData("--number", number, "--kind", "prepaid", "--currency", "CNY")...))
	w.wallet.OK("", w.token("enrol", "--authority", w.Authority.URL(), "--code-file", w.Code("wallet", "W-0001", "--no-print"),
		"--settlement", w.Settlement.URL(), "--init-token", "--so-pin-file", w.wallet.SOPIN)...)
	w.wallet.OK("", w.token("account", "add", "--number", number, "--activation-file", activation, "--settlement", w.Settlement.URL())...)
}

// open is a wallet whose window is open, with its other two processes.
type open struct {
	t       *testing.T
	command *exec.Cmd
	log     *bufio.Reader // JSON lines
	others  []process     // hardware environment, then trusted application
}

// process is another one, held so that its end is seen and its number not taken
// for somebody else's.
type process struct {
	pid, fd int
	name    string
}

// open opens the window on a display of its own and finds the processes.
func (w *town) open(t *testing.T, display string, more ...string) *open {
	t.Helper()
	said, errs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o := &open{t: t, log: bufio.NewReader(said), command: exec.Command(w.wallet.Path,
		append(w.token("run", "--settlement", w.Settlement.URL(), "--camera", "/dev/no-such-camera", "--announce"), more...)...)}
	o.command.Env = append(w.wallet.Env, "DISPLAY="+display, "WAYLAND_DISPLAY=")
	o.command.Stderr = errs
	out, err := o.command.StdoutPipe()
	if err == nil {
		err = o.command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	errs.Close()
	t.Cleanup(func() {
		_ = o.command.Process.Kill() // it has ended, unless the test failed
		_ = o.command.Wait()
		said.Close()
		for _, p := range o.others {
			unix.Close(p.fd)
		}
	})
	stuck := time.AfterFunc(time.Minute, func() { _ = o.command.Process.Kill() })
	t.Cleanup(func() { stuck.Stop() })
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("no window: %v", err)
		}
		if bytes.Contains(line, []byte(`"screen":"ready"`)) {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the wallet
	o.find()
	return o
}

// find finds the processes below the wallet's.
func (o *open) find() {
	o.t.Helper()
	for _, p := range o.others {
		unix.Close(p.fd)
	}
	o.others = nil
	parent := o.command.Process.Pid
	for _, name := range []string{"hardwareenvironment", "trustedapplication"} {
		pid := childOf(o.t, parent, name)
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			o.t.Fatal(err)
		}
		o.others = append(o.others, process{pid, fd, name})
		parent = pid
	}
}

// childOf is the process of a name below a parent.
func childOf(t *testing.T, parent int, name string) int {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			called, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if first, _, _ := bytes.Cut(called, []byte{0}); filepath.Base(string(first)) == name {
				return pid
			}
		}
	}
	t.Fatalf("process %d has no child %s", parent, name)
	return 0
}

// gone waits until a process has ended.
func (o *open) gone(p process) {
	o.t.Helper()
	events := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(events, 20_000)
		if err == unix.EINTR {
			continue
		}
		if n != 1 || err != nil {
			o.t.Errorf("%s goes on: %v", p.name, err)
		}
		return
	}
}

// logged waits for a line of the log.
func (o *open) logged(message string) {
	o.t.Helper()
	for {
		line, err := o.log.ReadBytes('\n')
		if err != nil {
			o.t.Fatalf("%q is not logged: %v", message, err)
		}
		var said struct{ Msg string }
		if json.Unmarshal(line, &said) == nil && said.Msg == message {
			return
		}
	}
}

func (o *open) kill(pid int) {
	o.t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		o.t.Fatal(err)
	}
}

// intact checks that nothing durable was lost and nothing spent.
func (w *town) intact(t *testing.T) {
	t.Helper()
	if said := w.wallet.OK("", w.token("accounts")...); said != `{"kind":"prepaid","currency":"CNY","ending":"3445"}` {
		t.Errorf("accounts: %s", said)
	}
	if said := w.wallet.OK("", w.token("pending")...); said != "" {
		t.Errorf("pending: %s", said)
	}
}

// Whichever of the wallet's processes is killed, nothing is spent and nothing
// durable is lost; no process stays behind its client, and the client starts what
// it needs again, a few times.
func TestKilled(t *testing.T) {
	w := newTown(t)
	w.enrolled(t)
	display := ownDisplay(t)

	o := w.open(t, display)
	o.kill(o.command.Process.Pid)
	for _, p := range o.others {
		o.gone(p)
	}
	w.intact(t)

	o = w.open(t, display)
	for round, victim := range []string{"trustedapplication", "hardwareenvironment", "trustedapplication"} {
		before := o.others
		at := slices.IndexFunc(before, func(p process) bool { return p.name == victim })
		o.kill(before[at].pid)
		for _, p := range before {
			o.gone(p)
		}
		o.logged("the trusted application has ended")
		o.logged("the trusted application was started again")
		o.find()
		w.intact(t)
		if round > 0 {
			continue
		}
		// It has the keys again, and not more than before.
		var has struct {
			Enrolled bool
			Subject  string
			Confined []string
		}
		if err := json.Unmarshal([]byte(w.wallet.OK("", w.token("trusted")...)), &has); err != nil || !has.Enrolled || has.Subject != "W-0001" || len(has.Confined) == 0 {
			t.Errorf("%+v, %v", has, err)
		}
	}
	for range 2 { // the fourth and the fifth time are the last
		o.kill(o.others[1].pid)
		o.logged("the trusted application was started again")
		o.find()
	}
	o.kill(o.others[1].pid)
	o.logged("the trusted application ends over and over and is not started again")
	w.intact(t)
	if err := o.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := o.command.Wait(); err != nil {
		t.Errorf("did not end cleanly: %v", err)
	}
}

// The owner's PIN is set and changed from files that the client never opens.
func TestPIN(t *testing.T) {
	w := newTown(t)
	w.enrolled(t)
	file := func(name, text string) string { return w.wallet.Write(name, text) }
	set := func(more ...string) []string { return w.token(append([]string{"pin", "set"}, more...)...) }
	has := func() (pin bool) {
		var said struct{ PIN bool }
		if err := json.Unmarshal([]byte(w.wallet.OK("", w.token("trusted")...)), &said); err != nil {
			t.Fatal(err)
		}
		return said.PIN
	}
	w.refused(2, "--new-file", set("--old-file", file("a", "274913"))...)
	w.refused(1, "cannot be used", set("--new-file", file("easy", "123456"))...)
	if has() {
		t.Error("a PIN from nowhere")
	}
	w.wallet.OK("", set("--new-file", file("first", "274913"), "--phrase-file", file("phrase", "my blue kettle"))...)
	if !has() {
		t.Error("no PIN")
	}
	w.refused(1, "--old-file", set("--new-file", file("second", "8140"))...)
	for n := 1; n <= 3; n++ { // each in a process of its own
		w.refused(1, "wrong PIN", set("--new-file", file("second", "8140"), "--old-file", file("wrong", "999999"))...)
	}
	w.refused(1, "locked", set("--new-file", file("second", "8140"), "--old-file", file("first", "274913"))...)
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(w.wallet.PIN), "monitor.log")); err != nil || bytes.Contains(text, []byte("274913")) {
		t.Errorf("the record of what passed: %v", err)
	}
}

// ownDisplay starts an X server for a test.
func ownDisplay(t *testing.T) string {
	t.Helper()
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
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() }) // has nothing to save
	at, err := bufio.NewReader(shown).ReadString('\n')
	if err != nil {
		t.Fatalf("no display: %v", err)
	}
	return ":" + strings.TrimSpace(at)
}
