package mediation_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/monitor"
)

// TestDeathsInTheMiddle kills one of the two other programs while calls are under
// way: each call ends with ErrGone, and nothing is left running.
func TestDeathsInTheMiddle(t *testing.T) {
	for name, victim := range map[string]func(trusted, environment int) int{
		"the trusted application":  func(trusted, _ int) int { return trusted },
		"the hardware environment": func(_, environment int) int { return environment },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			trusted, environment := w.processes(t)
			var all sync.WaitGroup
			begun := make(chan struct{}, 20)
			for i := range 20 {
				all.Go(func() {
					begun <- struct{}{}
					command := uint32(cmdHang)
					if i%2 == 0 {
						command = cmdEcho
					}
					for { // those that echo go on until the end
						if _, err := w.session.InvokeCommand(t.Context(), command, make([]byte, 3000)); err != nil {
							if !errors.Is(err, clientapi.ErrGone) {
								t.Errorf("a call ended with %v", err)
							}
							return
						}
					}
				})
			}
			for range 20 {
				<-begun
			}
			if err := syscall.Kill(victim(trusted, environment), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			all.Wait()
			<-w.Gone()
			if err := w.Err(); !errors.Is(err, clientapi.ErrGone) {
				t.Errorf("%v", err)
			} else if name == "the trusted application" && !strings.Contains(err.Error(), "signal: killed") {
				t.Errorf("it does not say how: %v", err)
			}
			if _, err := w.OpenSession(t.Context(), nil); !errors.Is(err, clientapi.ErrGone) {
				t.Errorf("after the end: %v", err)
			}
			w.finalize(t)
			untilGone(t, trusted)
			untilGone(t, environment)
		})
	}
}

func TestTheTrustedApplicationExits(t *testing.T) {
	w := start(t, nil)
	if _, err := w.session.InvokeCommand(t.Context(), cmdExit, nil); !errors.Is(err, clientapi.ErrGone) {
		t.Errorf("the call: %v", err)
	}
	<-w.Gone()
	if err := w.Err(); !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("it does not say how: %v", err)
	}
}

// TestTheClientDies: the trusted application is ended in order, with a trace of it.
func TestTheClientDies(t *testing.T) {
	dir := t.TempDir()
	log, trace := filepath.Join(dir, "log"), filepath.Join(dir, "trace")
	command := exec.CommandContext(t.Context(), self(), asClient, log, trace)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var trusted, environment int
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, failed := fmt.Sscan(line, &trusted, &environment); failed != nil {
		t.Fatalf("%q, %v, %v", line, failed, err)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	untilGone(t, trusted)
	untilGone(t, environment)
	if text, err := os.ReadFile(trace); err != nil || string(text) != "<nil>" {
		t.Errorf("the trusted application ended with %q, %v", text, err)
	}
	var last monitor.Entry
	if _, err := monitor.Read(log, func(e monitor.Entry) error { last = e; return nil }); err != nil || last.What != monitor.WhatEnded {
		t.Errorf("%v, the record ends with %+v", err, last)
	}
}

// TestWhoDoesNotEndIsKilled: a trusted application that heeds nothing.
func TestWhoDoesNotEndIsKilled(t *testing.T) {
	w := start(t, func(o *clientapi.Options) { o.Grace = 200 * time.Millisecond })
	trusted, _ := w.processes(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := w.session.InvokeCommand(ctx, cmdStuck, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	w.finalize(t)
	untilGone(t, trusted)
	if text, err := os.ReadFile(w.trace); err == nil {
		t.Errorf("it ended by itself: %q", text)
	}
}

func TestSessionsAreClosedForTheClient(t *testing.T) {
	w := start(t, nil)
	for range 10 {
		s, err := w.OpenSession(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CloseSession(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := string(w.invoke(t, cmdClosed, nil)); n != "10" {
		t.Errorf("%s sessions were closed", n)
	}
}

func TestWhatCannotStart(t *testing.T) {
	for name, change := range map[string]func(*clientapi.Options){
		"no environment":           func(o *clientapi.Options) { o.Environment = "/nonexistent/environment" },
		"no trusted application":   func(o *clientapi.Options) { o.Trusted = []string{"/nonexistent/trusted"} },
		"one that ends at once":    func(o *clientapi.Options) { o.Trusted = []string{"/bin/true"} },
		"no place for the record":  func(o *clientapi.Options) { o.Log = "/dev/null/log" },
		"one that is none":         func(o *clientapi.Options) { o.Environment, o.EnvironmentArgs = "/bin/false", nil },
		"a region that is too big": func(o *clientapi.Options) { o.RegionBytes = tee.MaxRegion + tee.Align },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := options(filepath.Join(dir, "log"), filepath.Join(dir, "trace"))
			o.Stderr = nil
			change(&o)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if c, err := clientapi.Initialize(ctx, o); err == nil {
				t.Error("it started")
				_ = c.FinalizeContext(ctx)
			} else if ctx.Err() != nil {
				t.Errorf("only the test's patience ended it: %v", err)
			}
		})
	}
	t.Run("one that never serves", func(t *testing.T) {
		dir := t.TempDir()
		o := options(filepath.Join(dir, "log"), filepath.Join(dir, "trace"))
		o.Trusted, o.Stderr = []string{"/bin/sleep", "1000"}, nil
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := clientapi.Initialize(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestFinalizeTwice(t *testing.T) {
	w := start(t, nil)
	w.finalize(t)
	w.finalize(t)
	if _, err := w.session.InvokeCommand(t.Context(), cmdEcho, nil); !errors.Is(err, tee.ErrGone) {
		t.Errorf("after the end: %v", err)
	}
}
