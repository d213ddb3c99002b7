package main_test

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/program/programtest"
)

// The service manager is told when settlement answers, again and again that it is
// alive, and when it ends.
func TestSupervised(t *testing.T) {
	town := programtest.Open(t)
	p := town.Settlement
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatalf("%v\n%s", err, p.Log.Tail())
	}
	socket := filepath.Join(p.Dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	if err := manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	heard := func() string {
		t.Helper()
		message := make([]byte, 1024)
		n, err := manager.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
	p.Env = append(p.Env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=400000")
	p.Start("--authority", town.Authority.URL())
	if first := heard(); !strings.HasPrefix(first, "READY=1\n") || !strings.Contains(first, "STATUS=answers at "+p.Address()) {
		t.Errorf("first %q", first)
	}
	for range 3 {
		if next := heard(); next != "WATCHDOG=1" {
			t.Errorf("then %q", next)
		}
	}
	p.Signal(syscall.SIGTERM)
	last := heard()
	for last == "WATCHDOG=1" {
		last = heard()
	}
	if last != "STOPPING=1" {
		t.Errorf("last %q", last)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}
