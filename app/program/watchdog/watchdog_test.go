package watchdog_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"countersign/app/program/watchdog"
)

// serviceManager is the other end of the line: a socket as systemd has one.
type serviceManager struct {
	t    *testing.T
	line *net.UnixConn
	env  map[string]string
}

func newServiceManager(t *testing.T, interval time.Duration) serviceManager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	line, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	env := map[string]string{"NOTIFY_SOCKET": path}
	if interval > 0 {
		env["WATCHDOG_USEC"] = strconv.FormatInt(interval.Microseconds(), 10)
	}
	return serviceManager{t, line, env}
}

func (s serviceManager) getenv(name string) string { return s.env[name] }

// next is the next message, which must come soon.
func (s serviceManager) next() string {
	s.t.Helper()
	message, err := s.within(5 * time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	return message
}

func (s serviceManager) within(d time.Duration) (string, error) {
	if err := s.line.SetReadDeadline(time.Now().Add(d)); err != nil {
		s.t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := s.line.Read(buffer)
	return string(buffer[:n]), err
}

func (s serviceManager) open() *watchdog.Manager {
	s.t.Helper()
	m, err := watchdog.Open(s.getenv)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { m.Close() })
	return m
}

func TestMessages(t *testing.T) {
	s := newServiceManager(t, 0)
	m := s.open()
	for _, c := range []struct {
		name string
		tell func() error
		want string
	}{
		{"ready", func() error { return m.Ready("Selling") }, "READY=1\nSTATUS=Selling"},
		{"status", func() error { return m.Status("No settlement") }, "STATUS=No settlement"},
		{"a status is one line", func() error { return m.Status("a\nWATCHDOG=trigger\x00") }, "STATUS=a WATCHDOG=trigger "},
		{"extend", func() error { return m.Extend(90 * time.Second) }, "EXTEND_TIMEOUT_USEC=90000000"},
		{"stopping", m.Stopping, "STOPPING=1"},
	} {
		if err := c.tell(); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := s.next(); got != c.want {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
	if err := m.Status(strings.Repeat("é", 1000)); err != nil {
		t.Fatal(err)
	}
	if got := s.next(); len(got) > 520 || !utf8.ValidString(got) {
		t.Errorf("a long status has %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

// Without a service manager nothing is told and nothing fails.
func TestNobody(t *testing.T) {
	m, err := watchdog.Open(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if m.Listens() || m.Interval() != 0 {
		t.Errorf("listens %v, interval %v", m.Listens(), m.Interval())
	}
	asked := false
	err = errors.Join(m.Ready("x"), m.Status("x"), m.Stopping(), m.Extend(time.Second), m.Close(),
		m.Watch(t.Context(), func(context.Context) error { asked = true; return nil }))
	if err != nil || asked {
		t.Errorf("error %v, asked %v", err, asked)
	}
}

func TestEnvironment(t *testing.T) {
	for _, c := range []struct{ name, socket, usec string }{
		{"relative", "run/notify", ""},
		{"nobody there", filepath.Join(t.TempDir(), "nobody"), ""},
		{"no number", "@x", "10s"},
		{"zero", "@x", "0"},
		{"negative", "@x", "-5"},
		{"beyond all time", "@x", "18446744073709551615"},
	} {
		env := map[string]string{"NOTIFY_SOCKET": c.socket, "WATCHDOG_USEC": c.usec}
		if m, err := watchdog.Open(func(name string) string { return env[name] }); !errors.Is(err, watchdog.ErrEnvironment) {
			t.Errorf("%s: opened %v with error %v", c.name, m, err)
		}
	}
}

// Keep-alives follow the check: they come while it answers well, stop while it does
// not or hangs, and come again.
func TestWatch(t *testing.T) {
	const interval = 200 * time.Millisecond
	s := newServiceManager(t, interval)
	m := s.open()
	if m.Interval() != interval {
		t.Fatalf("interval %v", m.Interval())
	}
	answers := make(chan error) // nil: well; an error: not; nothing there: it hangs
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- m.Watch(ctx, func(ctx context.Context) error {
			select {
			case err := <-answers:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for range 3 {
		answers <- nil
		if got := s.next(); got != "WATCHDOG=1" {
			t.Fatalf("told %q", got)
		}
	}
	for range 3 {
		answers <- errors.New("the window does not answer")
	}
	if got, err := s.within(3 * interval); err == nil { // and then it hangs
		t.Errorf("told %q while the check failed and hung", got)
	}
	answers <- nil
	if got := s.next(); got != "WATCHDOG=1" {
		t.Errorf("told %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// When the service manager has gone the watch ends with an error, and does not hang.
func TestManagerGone(t *testing.T) {
	s := newServiceManager(t, 20*time.Millisecond)
	m := s.open()
	s.line.Close()
	if err := m.Watch(t.Context(), func(context.Context) error { return nil }); err == nil {
		t.Error("watched on although nobody is there")
	}
}

// FuzzStatus: whatever the status is, the message is one line of valid length.
func FuzzStatus(f *testing.F) {
	f.Add("Selling")
	f.Add("a\nREADY=1")
	f.Add("\xff\x00\x7f")
	f.Fuzz(func(t *testing.T, text string) {
		s := newServiceManager(t, 0)
		if err := s.open().Status(text); err != nil {
			t.Fatal(err)
		}
		got := s.next()
		if !strings.HasPrefix(got, "STATUS=") || strings.ContainsAny(got, "\n\x00") || len(got) > 7+512*3 {
			t.Errorf("told %q", got)
		}
	})
}
