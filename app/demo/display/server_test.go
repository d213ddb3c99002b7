package display

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestServerStartsAndStops(t *testing.T) {
	ctx := within(t)
	a, d := startServer(t, ctx)
	b, other := startServer(t, ctx)
	if a.Name() == b.Name() {
		t.Fatalf("two servers share %s", a.Name())
	}
	if got := d.Size(); got != image.Pt(2000, 1400) {
		t.Errorf("the screen is %v", got)
	}
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-other.Gone():
	case <-ctx.Done():
		t.Fatal("a connection outlived its server")
	}
	if _, err := os.Stat(b.authority()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cookie of a stopped server: %v", err)
	}
	if _, err := net.Dial("unix", "/tmp/.X11-unix/X"+b.number); err == nil {
		t.Error("a stopped server still listens")
	}
	if err := b.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if _, err := other.Wait(ctx, Titled("x")); !errors.Is(err, ErrServerGone) {
		t.Errorf("waiting on a stopped server: %v", err)
	}
	if _, err := b.Open(ctx); !errors.Is(err, ErrNoServer) {
		t.Errorf("opening a stopped server: %v", err)
	}
}

// A server ends with the program that started it, even one that is killed.
func TestServerEndsWithItsStarter(t *testing.T) {
	if os.Getenv("DISPLAY_TEST_STARTER") != "" {
		s, err := Start(t.Context(), image.Pt(10, 10))
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("number " + s.number + "\n")
		<-s.Done()
		return
	}
	starter := exec.CommandContext(within(t), os.Args[0], "-test.run=^TestServerEndsWithItsStarter$")
	starter.Env = append(os.Environ(), "DISPLAY_TEST_STARTER=yes", "TMPDIR="+t.TempDir()) // the cookie is left behind
	starter.Stderr = os.Stderr
	out, err := starter.StdoutPipe()
	if err == nil {
		err = starter.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = starter.Wait() }) // was killed
	t.Cleanup(func() { _ = starter.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	number, named := strings.CutPrefix(strings.TrimSpace(line), "number ")
	if err != nil || !named {
		t.Fatalf("the starter says %q, %v", line, err)
	}
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+number)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := starter.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server outlives its starter: %v", err)
	}
}

// A server demands its cookie: whoever has none or another is refused.
func TestServerDemandsItsCookie(t *testing.T) {
	ctx := within(t)
	s, _ := startServer(t, ctx)
	wrong := append([]byte(nil), s.cookie...)
	wrong[0] ^= 1
	for _, cookie := range [][]byte{nil, wrong} {
		conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+s.number)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		setup := connectionSetup(cookie)
		if cookie == nil {
			setup = append([]byte{'l', 0}, binary.LittleEndian.AppendUint16(nil, 11)...)
			setup = append(setup, make([]byte, 8)...)
		}
		if _, err := conn.Write(setup); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 1)
		if _, err := conn.Read(answer); err != nil {
			t.Fatal(err)
		}
		if answer[0] != 0 { // 0 Failed, 1 Success, 2 Authenticate
			t.Errorf("the server answered %d to the cookie %x", answer[0], cookie)
		}
	}
}

// A program finds the server by the environment that Env describes.
func TestOpenByEnvironment(t *testing.T) {
	ctx := within(t)
	s, _ := startServer(t, ctx)
	t.Setenv("DISPLAY", s.Name())
	t.Setenv("XAUTHORITY", s.authority())
	d, err := Open(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Name() != s.Name() {
		t.Errorf("opened %s, want %s", d.Name(), s.Name())
	}
}

func TestNoServer(t *testing.T) {
	ctx := within(t)
	t.Setenv("DISPLAY", "")
	for _, name := range []string{"", "nonsense", ":60321"} {
		if d, err := Open(ctx, name); !errors.Is(err, ErrNoServer) {
			t.Errorf("Open(%q) = %v, %v", name, d, err)
		}
	}
	if _, err := Start(ctx, image.Pt(0, 10)); !errors.Is(err, ErrNoServer) {
		t.Errorf("a screen without width: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Start(ctx, image.Pt(10, 10)); !errors.Is(err, ErrNoServer) {
		t.Errorf("without Xvfb: %v", err)
	}
}

// A server that will not start is an error with its own words, in time; one that
// never says that it is ready ends with the context.
func TestServerThatDoesNotStart(t *testing.T) {
	for name, script := range map[string]string{
		"fails": "#!/bin/sh\necho 'out of luck' >&2\nexit 1\n",
		"hangs": "#!/bin/sh\nexec sleep 1000\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/Xvfb", []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if name == "fails" {
				ctx = within(t)
			}
			_, err := Start(ctx, image.Pt(10, 10))
			if !errors.Is(err, ErrNoServer) {
				t.Fatalf("got %v", err)
			}
			if name == "hangs" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the context is not in %v", err)
			}
		})
	}
}
