//go:build linux

package virtualreader

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/devices/contactless/virtualcard"

	"golang.org/x/sys/unix"
)

// log is a buffer that the daemon's goroutine writes and the test reads.
type log struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *log) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.String(), text)
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// directory is one whose name is short enough for a socket.
func directory(t *testing.T) string {
	dir, err := os.MkdirTemp("", "vr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// found holds that a card is found before a reader.
func found(t *testing.T, d *Daemon, reader int) *virtualcard.Card {
	t.Helper()
	c, err := virtualcard.Attach(soon(t), d.Address(reader), virtualcard.Options{
		Handler: func(context.Context, []byte) []byte { return []byte{0x90, 0} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	select {
	case <-c.Powered():
	case <-c.Done():
		t.Fatalf("reader %d: %v", reader, c.Err())
	}
	return c
}

// TestDaemons: two at a time do not meet, each has two readers, and all of it is gone in the end.
func TestDaemons(t *testing.T) {
	var said log
	one, err := Start(soon(t), Options{Dir: directory(t), Log: &said})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := Start(soon(t), Options{Dir: directory(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	if !said.has("daemon ready") || one.Env() != "PCSCLITE_CSOCK_NAME="+one.Socket() || one.Env() == two.Env() {
		t.Errorf("%s, %s", one.Env(), two.Env())
	}
	var cards []*virtualcard.Card
	for _, d := range []*Daemon{one, two} {
		for reader := range Readers {
			cards = append(cards, found(t, d, reader))
		}
	}
	one.Kill()
	one.Kill()
	<-cards[0].Done()
	if err := cards[0].Err(); !errors.Is(err, virtualcard.ErrDetached) {
		t.Errorf("%v", err)
	}
	if err := one.Freeze(); !errors.Is(err, ErrStopped) {
		t.Errorf("freezing what does not run: %v", err)
	}
	select {
	case <-cards[2].Done():
		t.Error("the other daemon's card has left too")
	default:
	}
	addr := one.Address(0)
	if err := one.Restart(soon(t)); err != nil {
		t.Fatal(err)
	}
	if one.Address(0) != addr {
		t.Errorf("restarted at %s, was at %s", one.Address(0), addr)
	}
	found(t, one, 0)
	pid := one.running.pid
	if err := errors.Join(one.Freeze(), one.Close(), one.Close()); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("after Close the daemon is there: %v", err)
	}
	if left, err := os.ReadDir(one.options.Dir); err != nil || len(left) != 0 {
		t.Errorf("after Close: %v, %v", left, err)
	}
}

func TestPullOut(t *testing.T) {
	d, err := Start(soon(t), Options{Dir: directory(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	card := found(t, d, 0)
	if err := d.PullOut(soon(t)); err != nil {
		t.Fatal(err)
	}
	<-card.Done()
	if _, err := virtualcard.Attach(soon(t), d.Address(0), virtualcard.Options{}); err == nil {
		t.Error("attached to a reader that was pulled out")
	}
	if err := d.PutBack(soon(t)); err != nil {
		t.Fatal(err)
	}
	found(t, d, 1)
}

// TestOrphan: the daemon dies with the process that started it, however that ends.
func TestOrphan(t *testing.T) {
	const child = "VIRTUALREADER_TEST_DIR"
	if dir := os.Getenv(child); dir != "" {
		d, err := Start(soon(t), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("daemon", d.running.pid)
		select {} // until it is killed
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), child+"="+directory(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		_, _ = fmt.Sscanf(lines.Text(), "daemon %d", &pid)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("the daemon %d: %v", pid, err)
	}
	defer unix.Close(fd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(ended, 20_000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n != 1 {
			t.Errorf("the daemon outlives who started it: %d, %v", n, err)
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		return
	}
}

func TestStartFails(t *testing.T) {
	if _, err := Start(t.Context(), Options{Dir: "/" + strings.Repeat("d", 120)}); err == nil {
		t.Error("a socket's name that libpcsclite does not take")
	}
	if _, err := Start(t.Context(), Options{Dir: "/proc/nowhere"}); err == nil {
		t.Error("a directory that cannot be")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := directory(t)
	if _, err := Start(ctx, Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
