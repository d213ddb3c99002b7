package serialline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// farEnd opens a pseudo-terminal and returns its far end and the port's name. Its
// near end stays unopened by the test, as a real port would be.
func farEnd(t *testing.T) (*os.File, string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	name := slave.Name()
	slave.Close()
	t.Cleanup(func() { master.Close() })
	return master, name
}

func open(t *testing.T, s Settings) *Line {
	t.Helper()
	if s.Baud == 0 {
		s.Baud = 57600
	}
	l, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestBytesPassUnchanged(t *testing.T) {
	far, port := farEnd(t)
	l := open(t, Settings{Port: port})
	all := make([]byte, 256) // control characters among them
	for i := range all {
		all[i] = byte(i)
	}
	if n, err := l.Write(t.Context(), all); n != len(all) || err != nil {
		t.Fatal(n, err)
	}
	got := make([]byte, 0, 256)
	for len(got) < len(all) {
		b := make([]byte, 256)
		n, err := far.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	if string(got) != string(all) {
		t.Errorf("far end got %x", got)
	}
	if _, err := far.Write(all); err != nil {
		t.Fatal(err)
	}
	got = got[:0]
	for len(got) < len(all) {
		b := make([]byte, 100)
		n, err := l.Read(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	if string(got) != string(all) {
		t.Errorf("near end got %x", got)
	}
}

func TestSilenceIsNotAHangUp(t *testing.T) {
	_, port := farEnd(t)
	l := open(t, Settings{Port: port})
	ctx, cancel := context.WithTimeout(t.Context(), 350*time.Millisecond)
	defer cancel()
	if n, err := l.Read(ctx, make([]byte, 8)); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %d, %v; want the deadline's error", n, err)
	}
}

func TestHangUpIsUnplugged(t *testing.T) {
	far, port := farEnd(t)
	l := open(t, Settings{Port: port})
	ended := make(chan error, 1)
	go func() {
		_, err := l.Read(t.Context(), make([]byte, 8))
		ended <- err
	}()
	far.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, ErrUnplugged) {
			t.Errorf("read: %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("still reading two seconds after the hang-up")
	}
	if _, err := l.Write(t.Context(), []byte("x")); !errors.Is(err, ErrUnplugged) {
		t.Errorf("write: %v", err)
	}
	if _, err := Open(t.Context(), Settings{Port: port, Baud: 57600}); !errors.Is(err, ErrMissing) {
		t.Errorf("open again: %v", err)
	}
}

// A USB adapter that was pulled out and put back may be behind the same name
// again: what was opened is gone all the same.
func TestAnotherDeviceBehindTheName(t *testing.T) {
	_, first := farEnd(t)
	_, second := farEnd(t)
	link := filepath.Join(t.TempDir(), "sensor")
	if err := os.Symlink(first, link); err != nil {
		t.Fatal(err)
	}
	l := open(t, Settings{Port: link})
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(second, link); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(t.Context(), make([]byte, 8)); !errors.Is(err, ErrUnplugged) {
		t.Errorf("read: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, port := farEnd(t)
	for name, c := range map[string]struct {
		ctx  context.Context
		s    Settings
		want error
	}{
		"no such port":    {t.Context(), Settings{Port: "/dev/no-such-port", Baud: 57600}, ErrMissing},
		"a plain file":    {t.Context(), Settings{Port: plain, Baud: 57600}, ErrMissing},
		"ended context":   {cancelled, Settings{Port: port, Baud: 57600}, context.Canceled},
		"impossible baud": {t.Context(), Settings{Port: port, Baud: 57601}, nil},
	} {
		l, err := Open(c.ctx, c.s)
		if err == nil {
			l.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if !strings.Contains(err.Error(), c.s.Port) {
			t.Errorf("%s: %q does not name the port", name, err)
		}
	}
}

func TestCloseEndsAReadAtOnce(t *testing.T) {
	_, port := farEnd(t)
	l := open(t, Settings{Port: port})
	ended := make(chan error, 1)
	go func() {
		_, err := l.Read(context.Background(), make([]byte, 8))
		ended <- err
	}()
	start := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > CloseLimit {
		t.Errorf("close took %v", took)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := l.Write(t.Context(), []byte{1}); !errors.Is(err, ErrClosed) {
		t.Errorf("write: %v", err)
	}
	if err := l.Discard(); !errors.Is(err, ErrClosed) {
		t.Errorf("discard: %v", err)
	}
}

// A far end that takes nothing must hold up neither the writer nor Close.
func TestStuckWrite(t *testing.T) {
	_, port := farEnd(t)
	l := open(t, Settings{Port: port})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := l.Write(ctx, make([]byte, 1<<20)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("write: %v", err)
	}
	if _, err := l.Write(t.Context(), []byte{1}); !errors.Is(err, ErrStuck) {
		t.Errorf("write after a stuck one: %v", err)
	}
	// That it takes nothing does not make it unplugged.
	ctx, cancel = context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := l.Read(ctx, make([]byte, 8)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read after a stuck write: %v", err)
	}
	start := time.Now()
	_ = l.Close()
	if took := time.Since(start); took > CloseLimit+500*time.Millisecond {
		t.Errorf("close took %v", took)
	}
}

func TestDiscard(t *testing.T) {
	far, port := farEnd(t)
	l := open(t, Settings{Port: port})
	if _, err := far.Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	waitForInput(t, l, 3)
	if err := l.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 8)
	if n, err := l.Read(t.Context(), b); err != nil || string(b[:n]) != "new" {
		t.Errorf("got %q, %v", b[:n], err)
	}
}

// waitForInput waits until n bytes lie ready to be read on the port.
func waitForInput(t *testing.T, l *Line, n int) {
	t.Helper()
	near, err := os.OpenFile(l.settings.Port, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	fds := []unix.PollFd{{Fd: int32(near.Fd()), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, 2000); err != nil && !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
		ready, err := unix.IoctlGetInt(int(near.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Fatal(err)
		}
		if ready >= n {
			return
		}
	}
}

func TestHints(t *testing.T) {
	for _, err := range []*Error{ErrMissing, ErrUnplugged, ErrBusy, ErrStuck, ErrClosed} {
		if !strings.HasSuffix(err.Hint(), ".") || err.Hint() == err.Error() {
			t.Errorf("%v has no hint", err)
		}
	}
}
