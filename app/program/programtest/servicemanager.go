package programtest

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ServiceManager is what started a program, as systemd does: a socket that it tells of
// itself. It is closed when its test ends.
type ServiceManager struct {
	tb   testing.TB
	line *net.UnixConn
	env  map[string]string
}

// NewServiceManager opens the socket. interval is within which the program has to say
// that it is alive, 0 for never.
func NewServiceManager(tb testing.TB, interval time.Duration) *ServiceManager {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "notify")
	line, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		tb.Fatal(err)
	}
	s := &ServiceManager{tb, line, map[string]string{"NOTIFY_SOCKET": path}}
	tb.Cleanup(s.Close)
	if interval > 0 {
		s.env["WATCHDOG_USEC"] = strconv.FormatInt(interval.Microseconds(), 10)
	}
	return s
}

// Close takes the socket away. It may be called again.
func (s *ServiceManager) Close() { _ = s.line.Close() }

// Getenv is the environment in which the program finds it, without anything else.
func (s *ServiceManager) Getenv(name string) string { return s.env[name] }

// Environ is the same for [Program.Env].
func (s *ServiceManager) Environ() (list []string) {
	for name, value := range s.env {
		list = append(list, name+"="+value)
	}
	return list
}

// Next is the next message, which must come soon.
func (s *ServiceManager) Next() string {
	s.tb.Helper()
	message, err := s.Within(patience)
	if err != nil {
		s.tb.Fatal(err)
	}
	return message
}

// Within is the next message, or an error when none comes within d.
func (s *ServiceManager) Within(d time.Duration) (string, error) {
	s.tb.Helper()
	if err := s.line.SetReadDeadline(time.Now().Add(d)); err != nil {
		s.tb.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := s.line.Read(buffer)
	return string(buffer[:n]), err
}

// ServesSupervised fails the test unless a program that serves tells who started it that
// it answers, again and again that it is alive, and that it stops.
func (p *Program) ServesSupervised(serve ...string) {
	p.tb.Helper()
	manager := NewServiceManager(p.tb, 400*time.Millisecond)
	p.Env = append(p.Env, manager.Environ()...)
	p.Start(serve...)
	if first := manager.Next(); !strings.HasPrefix(first, "READY=1\n") || !strings.Contains(first, "STATUS=answers at "+p.Address()) {
		p.tb.Errorf("first %q", first)
	}
	for range 3 {
		if next := manager.Next(); next != "WATCHDOG=1" {
			p.tb.Errorf("then %q", next)
		}
	}
	p.Signal(syscall.SIGTERM)
	last := manager.Next()
	for last == "WATCHDOG=1" {
		last = manager.Next()
	}
	if last != "STOPPING=1" {
		p.tb.Errorf("last %q", last)
	}
	if err := p.Wait(); err != nil {
		p.tb.Errorf("%v\n%s", err, p.Log.Tail())
	}
}
