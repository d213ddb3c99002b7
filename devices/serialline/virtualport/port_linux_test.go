package virtualport_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"countersign/devices/serialline"
	"countersign/devices/serialline/virtualport"
)

func opened(t *testing.T) *virtualport.Port {
	t.Helper()
	p, err := virtualport.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func hosted(t *testing.T, p *virtualport.Port, baud int) *serialline.Line {
	t.Helper()
	l, err := serialline.Open(t.Context(), serialline.Settings{Port: p.Name(), Baud: baud})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// all is each byte once, control characters among them.
func all() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// Guarantee 1: also what was sent before a host opened the port, and had set nothing, and
// none of it comes back.
func TestBytesPassAsTheyAre(t *testing.T) {
	p := opened(t)
	f, err := os.OpenFile(p.Name(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, way := range map[string]struct {
		from io.Writer
		to   io.Reader
	}{"to the host": {p, f}, "from the host": {f, p}} {
		if _, err := way.from.Write(all()); err != nil {
			t.Fatal(name, err)
		}
		got := make([]byte, 256)
		if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, all()) {
			t.Errorf("%s: %v, % x", name, err, got)
		}
	}
}

// Guarantee 2.
func TestHostsComeAndGo(t *testing.T) {
	p := opened(t)
	for _, text := range []string{"first", "second"} {
		l := hosted(t, p, 9600)
		if _, err := l.Write(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(text))
		if _, err := io.ReadFull(p, got); err != nil || string(got) != text {
			t.Fatalf("%v, %q", err, got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Guarantee 3.
func TestCloseHangsUp(t *testing.T) {
	p := opened(t)
	l := hosted(t, p, 9600)
	far, near := make(chan error, 1), make(chan error, 1)
	go func() { _, err := p.Read(make([]byte, 8)); far <- err }()
	go func() { _, err := l.Read(t.Context(), make([]byte, 8)); near <- err }()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for what, end := range map[error]chan error{os.ErrClosed: far, serialline.ErrUnplugged: near} {
		select {
		case err := <-end:
			if !errors.Is(err, what) {
				t.Errorf("%v in place of %v", err, what)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("still reading; wants %v", what)
		}
	}
	if err := p.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed again: %v", err)
	}
	if _, err := os.Stat(p.Name()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its name: %v", err)
	}
}

func TestBaudIsTheHosts(t *testing.T) {
	p := opened(t)
	for _, baud := range []int{38400, 9600, 19200, 57600, 115200} {
		l := hosted(t, p, baud)
		if got, err := p.Baud(); err != nil || got != baud {
			t.Errorf("%d, %v; the host has set %d", got, err, baud)
		}
		l.Close()
	}
	hosted(t, p, 4800)
	if got, err := p.Baud(); err != nil || got != 0 {
		t.Errorf("%d, %v; the host has set 4800", got, err)
	}
	p.Close()
	if _, err := p.Baud(); err == nil {
		t.Error("a closed port has a speed")
	}
}
