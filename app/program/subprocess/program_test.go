//go:build unix

package subprocess

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell is a command that runs a script.
func shell(t *testing.T, script string) Command {
	return Command{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Env: os.Environ(), Log: filepath.Join(t.TempDir(), "logs", "script.log")}
}

// What a program writes comes line by line, and is in the file.
func TestLinesAndLog(t *testing.T) {
	c := shell(t, `printf 'one\ntw'; printf 'o\nthree'; printf '{"a":1}\nend' >&2`)
	var out, errs []string
	c.Stdout = func(line []byte) { out = append(out, string(line)) }
	c.Stderr = func(line []byte) { errs = append(errs, string(line)) }
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got := strings.Join(out, "|"); got != "one|two|three" {
		t.Errorf("standard output %q", got)
	}
	if got := strings.Join(errs, "|"); got != `{"a":1}|end` {
		t.Errorf("standard error %q", got)
	}
	kept, err := os.ReadFile(c.Log)
	if err != nil || string(kept) != "{\"a\":1}\nend" {
		t.Errorf("the log has %q, %v", kept, err)
	}
	if !p.Closed() {
		t.Error("ended with status 0 and is not closed")
	}
}

// A program that dies says with what and why, and no more than its last lines.
func TestDied(t *testing.T) {
	_, err := Run(t.Context(), shell(t, `seq 100 >&2; echo 'error: no token' >&2; exit 3`))
	var died *Died
	var exit *exec.ExitError
	if !errors.As(err, &died) || !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("%v", err)
	}
	if said := strings.Split(died.Said, "\n"); len(said) != tailLines || said[len(said)-1] != "error: no token" {
		t.Errorf("its last lines are %q", died.Said)
	}
}

func TestRun(t *testing.T) {
	got, err := Run(t.Context(), shell(t, `echo CS1E:X; echo log >&2`))
	if err != nil || got != "CS1E:X" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Run(t.Context(), Command{Name: "nobody", Path: "/nowhere", Log: filepath.Join(t.TempDir(), "log")}); err == nil {
		t.Error("a program that is not there was run")
	}
	ctx, stop := context.WithCancel(t.Context())
	c := shell(t, `echo begun >&2; exec sleep 60`)
	c.Stderr = func([]byte) { stop() }
	if _, err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("overtaken: %v", err)
	}
}

// Stop asks, waits, and is no death; one that does not listen is killed.
func TestStop(t *testing.T) {
	begun := make(chan struct{}, 1)
	c := shell(t, `trap 'echo bye; exit 0' TERM; echo begun; while :; do sleep 0.01; done`)
	var last string
	c.Stdout = func(line []byte) {
		if last = string(line); last == "begun" {
			begun <- struct{}{}
		}
	}
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	for range 2 {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
	if last != "bye" || p.Err() != nil || p.Closed() {
		t.Errorf("last word %q, %v, closed %v", last, p.Err(), p.Closed())
	}
	if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it is still there: %v", err)
	}
}

// A signal that is not Stop's leaves how the program ended to be seen, and a
// program need not have a log.
func TestSignal(t *testing.T) {
	begun := make(chan struct{})
	c := shell(t, `echo begun; exec sleep 60`)
	c.Log, c.Stdout = "", func([]byte) { close(begun) }
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	<-p.Done()
	var exit *exec.ExitError
	var died *Died
	if !errors.As(p.Exit(), &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || !errors.As(p.Err(), &died) {
		t.Errorf("exit %v, error %v", p.Exit(), p.Err())
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal to a program that has ended: %v", err)
	}
}

// A program does not outlive the one that started it, even one that is killed.
func TestDiesWithItsStarter(t *testing.T) {
	if os.Getenv("PROGRAM_TEST_STARTER") != "" {
		p, err := Start(Command{Name: "child", Path: "/bin/sleep", Args: []string{"60"}, Log: os.Getenv("PROGRAM_TEST_STARTER")})
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("pid " + strconv.Itoa(p.PID()) + "\n")
		<-p.Done()
		return
	}
	log := filepath.Join(t.TempDir(), "log")
	child := make(chan int, 1)
	c := Command{Name: "starter", Path: os.Args[0], Args: []string{"-test.run=^TestDiesWithItsStarter$"},
		Env: append(os.Environ(), "PROGRAM_TEST_STARTER="+log), Log: log}
	c.Stdout = func(line []byte) {
		if number, found := strings.CutPrefix(string(line), "pid "); found {
			pid, _ := strconv.Atoi(number)
			child <- pid
		}
	}
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	pid := <-child
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	for end := time.Now().Add(5 * time.Second); ; {
		// Its new parent collects it when it likes: a zombie is dead enough.
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the child lives: %s", state)
		}
		time.Sleep(time.Millisecond) // the kernel tells nobody of a process that is not one's child
	}
}
