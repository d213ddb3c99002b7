//go:build linux

package main

import (
	"bufio"
	"context"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/program/programtest"
)

// newTill is a terminal that was just installed, before somebody who sets it up.
type newTill struct {
	*programtest.Program
	t      *testing.T
	ctx    context.Context
	server *display.Server
	screen *display.Display
	flags  []string

	runs      *exec.Cmd // nil while it does not
	ended     chan error
	chronicle *chronicle.Chronicle
	window    *display.Window
}

// start starts it, and waits for its window.
func (n *newTill) start() {
	n.t.Helper()
	n.runs = exec.CommandContext(n.ctx, n.Path, append([]string{"run"}, n.flags...)...)
	n.runs.Env = append(append(n.Env, "FYNE_SCALE=1", "HOME="+n.Dir), n.server.Env()...)
	n.runs.Stderr = n.Log
	out, err := n.runs.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.runs.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.chronicle, n.ended = chronicle.New(time.Now), make(chan error, 1)
	go func(c *chronicle.Chronicle, runs *exec.Cmd, ended chan error) {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.Announced("terminal", lines.Bytes())
		}
		ended <- runs.Wait()
	}(n.chronicle, n.runs, n.ended)
	n.find()
}

// find finds the window that it has now.
func (n *newTill) find() {
	n.t.Helper()
	var err error
	if n.window, err = n.screen.Wait(n.ctx, display.OfProcess(n.runs.Process.Pid)); err != nil {
		n.t.Fatalf("%v\n%s", err, n.Log.Tail())
	}
}

// kill ends it as a power cut does.
func (n *newTill) kill() {
	n.t.Helper()
	if n.runs == nil {
		return
	}
	if err := n.runs.Process.Kill(); err != nil {
		n.t.Error(err)
	}
	<-n.ended
	n.runs = nil
}

// again kills it and starts it, and waits for the screen that it comes back with.
func (n *newTill) again(name string) {
	n.t.Helper()
	n.kill()
	n.start()
	n.shows(name)
}

// leaves waits until it shows another screen than one.
func (n *newTill) leaves(name string) {
	n.t.Helper()
	ctx, stop := context.WithTimeout(n.ctx, time.Minute)
	defer stop()
	another := func(chronicle.Event) bool {
		now := n.chronicle.Now("terminal")
		return now != nil && now.Name != name
	}
	if another(chronicle.Event{}) {
		return
	}
	if _, _, err := n.chronicle.Wait(ctx, 0, another); err != nil {
		n.t.Fatalf("it stays at %s: %v\n%s", name, err, n.Log.Tail())
	}
}

// shows waits until it shows a screen now, with a control where one is named.
func (n *newTill) shows(name string, controls ...string) *chronicle.Screen {
	n.t.Helper()
	ctx, stop := context.WithTimeout(n.ctx, time.Minute)
	defer stop()
	fits := func(s *chronicle.Screen) bool {
		if s == nil || s.Name != name {
			return false
		}
		for _, c := range controls {
			if !s.Has(c) {
				return false
			}
		}
		return true
	}
	if now := n.chronicle.Now("terminal"); fits(now) {
		return now
	}
	e, _, err := n.chronicle.Wait(ctx, 0, func(e chronicle.Event) bool { return e.Screen != nil && fits(n.chronicle.Now("terminal")) })
	if err != nil {
		n.t.Fatalf("no %s with %v: %v; it shows %+v\n%s", name, controls, err, n.chronicle.Now("terminal"), n.Log.Tail())
	}
	return e.Screen
}

// tap touches a control of the screen that is shown.
func (n *newTill) tap(id string) {
	n.t.Helper()
	at := n.chronicle.Now("terminal").Targets[id]
	if at.Empty() {
		n.t.Fatalf("no %s on %+v", id, n.chronicle.Now("terminal"))
	}
	middle := at.Min.Add(at.Size().Div(2))
	if err := n.window.Tap(n.ctx, middle.X, middle.Y); err != nil {
		n.t.Fatal(err)
	}
}

// types types on the keyboard; a line end is Enter.
func (n *newTill) types(text string) {
	n.t.Helper()
	for i, r := range text {
		if i > 0 && rune(text[i-1]) == r {
			time.Sleep(3 * time.Millisecond) // GLFW drops a key that is pressed twice in a millisecond, as no keyboard does
		}
		if err := n.window.Type(n.ctx, string(r)); err != nil {
			n.t.Fatal(err)
		}
	}
}

// code has the authority give out a code for the till; an earlier one ends by that.
func (n *newTill) code(town programtest.Town) string {
	n.t.Helper()
	text, err := os.ReadFile(town.Code("terminal", "T-0001", "--name", "Corner Café"))
	if err != nil {
		n.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestFirstRun sets a terminal up in its real window, from the package's configuration,
// which is wrong at first, to the till with a manager, by an authority and a settlement server as they are. The terminal is killed
// after each step, and goes on. On the way: an authority that cannot be reached, one that
// is another than the code's, something that is no code, and a code that has ended.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), hung)
	defer stop()
	programs := bin(t)
	for _, name := range []string{"authority", "settlement", "terminal"} {
		if _, err := os.Stat(filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	town := programtest.Town{Authority: programtest.NewAt(t, "authority", filepath.Join(programs, "authority")),
		Settlement: programtest.NewAt(t, "settlement", filepath.Join(programs, "settlement"))}
	other := programtest.NewAt(t, "authority", filepath.Join(programs, "authority"))
	for _, authority := range []*programtest.Program{town.Authority, other} {
		authority.OK("init", authority.Founding("--name", "countersign/1")...)
		authority.Start()
	}
	town.Settlement.OK("enrol", town.Settlement.Founding("--authority", town.Authority.URL(), "--host", "127.0.0.1",
		"--code-file", town.Code("settlement", "settlement-1", "--name", "Settlement", "--host", "127.0.0.1"))...)
	town.Settlement.Start("--authority", town.Authority.URL())

	server, err := display.Start(ctx, image.Pt(1280, 800))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	screen, err := server.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(screen.Close)
	n := &newTill{Program: programtest.NewAt(t, "terminal", filepath.Join(programs, "terminal")), t: t, ctx: ctx, server: server, screen: screen}
	example, err := os.ReadFile("../../packaging/config/terminal.toml")
	if err != nil {
		t.Fatal(err)
	}
	// As the package's unit starts it. The camera is none: one of this machine's is nobody's business here.
	settings := n.Write("terminal.toml", "[shop]\nmerchnat = \"M-0001\"")
	n.flags = n.Founding("--config", settings, "--camera", filepath.Join(n.Dir, "none.avi"), "--sounds=false", "--announce")
	t.Cleanup(n.kill)

	n.start() // with settings that cannot be used
	n.shows("settings-wrong")
	n.logged(settings + ":2:1: unknown key merchnat in [shop]; did you mean merchant?")
	n.again("settings-wrong")
	write := func(text string) { // at once, as the provisioning does
		if err := os.Rename(n.Write("next.toml", text), settings); err != nil {
			t.Fatal(err)
		}
	}
	write("[shop]\nx = 1")
	n.tap("primary")
	n.shows("settings-wrong")
	write(string(example)) // which it sees
	n.shows("welcome-language")
	n.find()
	n.again("welcome-language")
	n.tap("language.de")
	n.tap("primary")
	if s := n.shows("welcome-authority"); s.Language != "de" {
		t.Errorf("the language is %s", s.Language)
	}

	n.again("welcome-authority")
	if now := n.chronicle.Now("terminal"); now.Language != "de" {
		t.Errorf("begun again, the language is %s", now.Language)
	}
	const nobody = "127.0.0.1:1"
	n.types(nobody + "\n")
	n.shows("welcome-code")
	n.again("welcome-code")
	ended := n.code(town)
	good := n.code(town) // which ends the one before
	n.types("CS1E:NOTACODE\n" + ended + "\n")
	n.shows("welcome-enrolment", "address") // nobody answers

	n.again("welcome-enrolment")
	n.shows("welcome-enrolment", "address")
	n.tap("address")
	n.shows("welcome-authority")
	n.tap("clear")
	n.types(other.URL() + "\n")
	n.shows("welcome-enrolment", "address") // it is not who gave out the code
	n.logged("this is not the authority that gave out the enrolment code")
	n.tap("address")
	n.shows("welcome-authority")
	n.tap("clear")
	n.types(town.Authority.URL() + "\n")
	n.shows("welcome-enrolment", "primary", "leave") // the code has ended
	n.logged("the authority does not know this enrolment code, or it has ended")

	n.again("welcome-code") // one that serves no more is not tried again
	n.types(good + "\n")
	n.leaves("welcome-code")
	n.again("welcome-settlement") // in the middle of the enrolment, or just after: it may be too short to be seen
	n.types(nobody + "\n")
	n.shows("welcome-merchant")
	n.again("welcome-merchant")
	n.types("M-0007\n")
	n.shows("welcome-manager")
	n.again("welcome-manager")
	n.types("anna\n")
	n.shows("welcome-pin")
	n.types("7391\n")
	n.shows("welcome-pin-again")
	n.types("7391")
	n.tap("primary")
	n.shows("welcome-devices", "primary")
	n.tap("primary") // does nothing: no settlement is there
	n.tap("leave")   // to what was told wrongly
	n.shows("welcome-settlement")
	n.tap("clear")
	n.types(town.Settlement.URL() + "\n")
	n.shows("welcome-merchant")
	n.tap("clear")
	n.types("M-0001\n")
	n.shows("welcome-devices", "primary")

	n.again("welcome-devices")
	n.shows("welcome-devices", "primary") // when they have been looked at
	if left, err := os.ReadFile(filepath.Join(n.Data, "first-run.json")); err != nil || strings.Contains(string(left), "CS1E") {
		t.Errorf("the first run keeps %q: %v", left, err)
	}
	n.tap("primary")
	n.shows("sign-in")
	n.find()

	n.again("sign-in") // it is set up
	n.kill()
	if list := n.OK("staff list", n.InData()...); !strings.Contains(list, "anna") || !strings.Contains(list, "manager") {
		t.Errorf("the staff is %s", list)
	}
	if strings.Contains(n.Log.String(), good) || strings.Contains(n.Log.String(), ended) || strings.Contains(n.Log.String(), "7391") {
		t.Error("the log holds a code or the PIN")
	}
}

// logged looks for a reason in what the terminal logged.
func (n *newTill) logged(reason string) {
	n.t.Helper()
	if !strings.Contains(n.Log.String(), reason) {
		n.t.Errorf("the log does not say %q:\n%s", reason, n.Log.Tail())
	}
}
