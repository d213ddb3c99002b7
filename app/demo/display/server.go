package display

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a server may take to end after it was asked to, before
// it is ended by force. Xvfb takes a few milliseconds.
const stopGrace = 3 * time.Second

// A Server is a private X server without a screen (Xvfb), owned by the program
// that started it. Its methods may be called by any goroutine.
type Server struct {
	number  string
	dir     string
	cookie  []byte
	process *os.Process
	stderr  *tail
	ended   chan struct{} // closed once the process has been waited for
	err     error         // why it ended; read after ended is closed
}

// Start starts an X server with one screen of the given size in pixels, 24 bits
// deep, on the first free display number, and returns once it takes
// connections. It listens on its local socket only, and demands a cookie that
// was drawn for it. The context limits the starting, not the server's life: end
// it with Stop.
//
// The error wraps ErrNoServer and says what to install when there is no Xvfb.
func Start(ctx context.Context, size image.Point) (*Server, error) {
	if size.X <= 0 || size.Y <= 0 || size.X > 16384 || size.Y > 16384 {
		return nil, fmt.Errorf("start an X server of %d×%d pixels: %w", size.X, size.Y, ErrNoServer)
	}
	program, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, fmt.Errorf("start Xvfb (Debian package xvfb): %w: %w", ErrNoServer, err)
	}
	dir, err := os.MkdirTemp("", "countersign-display-")
	if err != nil {
		return nil, fmt.Errorf("start Xvfb: %w: %w", ErrNoServer, err)
	}
	s := &Server{dir: dir, stderr: new(tail), ended: make(chan struct{})}
	if err := s.start(ctx, program, size); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("start Xvfb: %w: %w", ErrNoServer, err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, program string, size image.Point) error {
	var err error
	if s.cookie, err = writeAuthority(s.authority()); err != nil {
		return err
	}
	// The server writes the display number that it found free to descriptor 3
	// once it listens: no guessing of numbers, and the moment to go on.
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd := exec.Command(program,
		"-displayfd", "3",
		"-screen", "0", fmt.Sprintf("%dx%dx24", size.X, size.Y),
		"-nolisten", "tcp",
		"-auth", s.authority(),
		"-noreset", // keep the screen when the last program leaves
		"-dpi", "96",
	)
	cmd.ExtraFiles = []*os.File{write}
	cmd.Stderr = s.stderr
	err = s.run(cmd)
	write.Close() // ours; the server's copy ends with the server
	if err != nil {
		return err
	}

	stop := context.AfterFunc(ctx, func() { read.SetReadDeadline(time.Now()) })
	line, err := bufio.NewReader(read).ReadString('\n')
	stop()
	number, bad := strconv.Atoi(strings.TrimSpace(line))
	switch {
	case err == nil && bad == nil:
		s.number = strconv.Itoa(number)
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = fmt.Errorf("it named no display: %s", s.stderr)
	}
	return errors.Join(err, s.Stop())
}

// authority is the file that holds the server's cookie.
func (s *Server) authority() string { return filepath.Join(s.dir, "Xauthority") }

// Name is the display's name as programs take it, such as ":7".
func (s *Server) Name() string { return ":" + s.number }

// Env is what a program needs in its environment to open windows here: DISPLAY
// and XAUTHORITY, as "name=value". It empties WAYLAND_DISPLAY, which some
// toolkits prefer over DISPLAY.
func (s *Server) Env() []string {
	return []string{"DISPLAY=" + s.Name(), "XAUTHORITY=" + s.authority(), "WAYLAND_DISPLAY="}
}

// Done is closed when the server has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.ended }

// Stop ends the server, waits for it and removes its cookie. Programs that still
// have windows there lose them. Stopping twice is allowed; every call returns
// after the server has ended. The error says that it did not end as asked.
func (s *Server) Stop() error {
	defer os.RemoveAll(s.dir)
	if err := s.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop Xvfb: %w", err)
	}
	force := time.NewTimer(stopGrace)
	defer force.Stop()
	select {
	case <-s.ended:
	case <-force.C:
		s.process.Kill()
		<-s.ended
		return fmt.Errorf("stop Xvfb: it had to be killed: %s", s.stderr)
	}
	return s.err
}
