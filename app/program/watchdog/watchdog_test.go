package watchdog_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"countersign/app/program/programtest"
	"countersign/app/program/watchdog"
)

func open(t *testing.T, s *programtest.ServiceManager) *watchdog.Manager {
	t.Helper()
	m, err := watchdog.Open(s.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestMessages(t *testing.T) {
	s := programtest.NewServiceManager(t, 0)
	m := open(t, s)
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
		if got := s.Next(); got != c.want {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
	if err := m.Status(strings.Repeat("é", 1000)); err != nil {
		t.Fatal(err)
	}
	if got := s.Next(); len(got) > 520 || !utf8.ValidString(got) {
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
	s := programtest.NewServiceManager(t, interval)
	m := open(t, s)
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
		if got := s.Next(); got != "WATCHDOG=1" {
			t.Fatalf("told %q", got)
		}
	}
	for range 3 {
		answers <- errors.New("the window does not answer")
	}
	if got, err := s.Within(3 * interval); err == nil { // and then it hangs
		t.Errorf("told %q while the check failed and hung", got)
	}
	answers <- nil
	if got := s.Next(); got != "WATCHDOG=1" {
		t.Errorf("told %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// When the service manager has gone the watch ends with an error, and does not hang.
func TestManagerGone(t *testing.T) {
	s := programtest.NewServiceManager(t, 20*time.Millisecond)
	m := open(t, s)
	s.Close()
	if err := m.Watch(t.Context(), func(context.Context) error { return nil }); err == nil {
		t.Error("watched on although nobody is there")
	}
}

// A server's conversation: it answers, it is alive, and it stops. It ends well when it is
// told to, and where nobody started it.
func TestSupervise(t *testing.T) {
	s := programtest.NewServiceManager(t, 40*time.Millisecond)
	well := func(context.Context) error { return nil }
	for name, getenv := range map[string]func(string) string{"nobody": func(string) string { return "" }, "systemd": s.Getenv} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- watchdog.Supervise(ctx, getenv, "Selling", well) }()
		if name == "systemd" {
			for _, want := range []string{"READY=1\nSTATUS=Selling", "WATCHDOG=1", "WATCHDOG=1"} {
				if got := s.Next(); got != want {
					t.Errorf("told %q, want %q", got, want)
				}
			}
		}
		select {
		case err := <-ended:
			t.Errorf("%s: ended before it was told to: %v", name, err)
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	last := s.Next()
	for last == "WATCHDOG=1" {
		last = s.Next()
	}
	if last != "STOPPING=1" {
		t.Errorf("last told %q", last)
	}
	s.Close()
	if err := watchdog.Supervise(t.Context(), s.Getenv, "Selling", well); !errors.Is(err, watchdog.ErrEnvironment) {
		t.Errorf("nobody there any more: %v", err)
	}
}

// FuzzStatus: whatever the status is, the message is one line of valid length.
func FuzzStatus(f *testing.F) {
	f.Add("Selling")
	f.Add("a\nREADY=1")
	f.Add("\xff\x00\x7f")
	f.Fuzz(func(t *testing.T, text string) {
		s := programtest.NewServiceManager(t, 0)
		if err := open(t, s).Status(text); err != nil {
			t.Fatal(err)
		}
		got := s.Next()
		if !strings.HasPrefix(got, "STATUS=") || strings.ContainsAny(got, "\n\x00") || len(got) > 7+512*3 {
			t.Errorf("told %q", got)
		}
	})
}
