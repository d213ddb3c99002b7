package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"countersign/app/program/subprocess"
)

// leaving is how long a service may take to end after it was asked to (TimeoutStopSec).
const leaving = 20 * time.Second

// service keeps a unit's program running as Restart=always does.
type service struct {
	*unit
	more           []string // of its environment, beyond the unit's
	log            string
	stdout, stderr func(line []byte)

	ready chan struct{} // has room for one: READY=1 came
	mu    sync.Mutex
	now   *subprocess.Program
	stop  context.CancelFunc
	tell  *net.UnixConn
	tasks sync.WaitGroup
	ended error // read after tasks have ended
}

// newService is the service of an installed unit, with its PINs and folders.
func newService(ctx context.Context, name, logs string) (*service, error) {
	u, err := readUnit(name)
	if err != nil {
		return nil, err
	}
	if err := u.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", name, err)
	}
	return &service{unit: u, log: filepath.Join(logs, name+".log"), ready: make(chan struct{}, 1)}, nil
}

// start starts the service and returns when it says that it is ready.
func (s *service) start(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil { // RuntimeDirectory and credentials were taken away by the last stop
		return fmt.Errorf("prepare %s: %w", s.name, err)
	}
	socket := filepath.Join("/run", s.name+".notify")
	if err := os.RemoveAll(socket); err != nil {
		return err
	}
	tell, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		return errors.Join(err, tell.Close())
	}
	select {
	case <-s.ready:
	default:
	}
	kept, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.tell, s.stop, s.ended = tell, stop, nil
	s.tasks.Go(func() { s.listen(tell) })
	died := make(chan struct{})
	s.tasks.Go(func() { defer close(died); s.keep(kept, socket) })
	select {
	case <-s.ready:
		return nil
	case <-died:
		return fmt.Errorf("%s: %w", s.name, s.ended)
	case <-ctx.Done():
		return fmt.Errorf("%s does not say that it is ready: %w", s.name, context.Cause(ctx))
	}
}

// listen hears what sd_notify tells.
func (s *service) listen(tell *net.UnixConn) {
	message := make([]byte, 4096)
	for {
		n, err := tell.Read(message)
		if err != nil {
			return // closed
		}
		if slices.Contains(strings.Split(string(message[:n]), "\n"), "READY=1") {
			select {
			case s.ready <- struct{}{}:
			default:
			}
		}
	}
}

// keep starts the program, and starts it again after RestartSec whenever it has ended.
func (s *service) keep(ctx context.Context, socket string) {
	for {
		words, err := s.command()
		if err != nil {
			s.ended = err
			return
		}
		p, err := subprocess.Start(subprocess.Command{Name: s.name, Path: "/usr/bin/setpriv", Args: s.as(words...),
			Env: s.environ(append([]string{"NOTIFY_SOCKET=" + socket}, s.more...)...), Log: s.log, Stdout: s.stdout, Stderr: s.stderr})
		if err != nil {
			s.ended = err
			return
		}
		s.mu.Lock()
		s.now = p
		s.mu.Unlock()
		asked := false
		select {
		case <-p.Done():
		case <-ctx.Done():
			asked = true
			s.end(p)
		}
		// KillMode=control-group: whoever it has started ends with it.
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
		if err := p.Stop(); err != nil && asked {
			s.ended = err
		}
		again := time.NewTimer(s.restart)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// end asks the program to end, and everything that it has started, as systemd does.
func (s *service) end(p *subprocess.Program) {
	_ = syscall.Kill(-p.PID(), syscall.SIGTERM)
	late := time.NewTimer(leaving)
	defer late.Stop()
	select {
	case <-p.Done():
	case <-late.C:
	}
}

// close ends the service and waits for it. What it ended with is no error: cage, which
// ends with its only window, has a status of its own.
func (s *service) close() {
	if s.stop == nil {
		return
	}
	s.stop()
	_ = s.tell.Close()
	s.tasks.Wait()
	s.stop = nil
}

// flags open the service's data and token in its own commands.
func (s *service) flags() []string {
	return []string{"--data", s.data(), "--token", s.kind(), "--pin-file", filepath.Join(s.secrets(), "pin")}
}

// newFlags make the token as well.
func (s *service) newFlags() []string {
	return append(s.flags(), "--init-token", "--so-pin-file", filepath.Join(s.secrets(), "so-pin"))
}

// do carries out one of the program's commands as the service's user.
func (s *service) do(ctx context.Context, words string, flags ...[]string) (string, error) {
	command := slices.Concat([]string{"/usr/bin/" + s.name}, strings.Fields(words), slices.Concat(flags...))
	return subprocess.Run(ctx, subprocess.Command{Name: s.name + " " + words, Path: "/usr/bin/setpriv", Args: s.as(command...),
		Env: s.environ(), Log: s.log, Stderr: s.stderr})
}

// hand writes something that the service's user alone may read, such as an enrolment code.
func (s *service) hand(name, text string) (string, error) {
	file := filepath.Join(s.secrets(), name)
	if err := os.RemoveAll(file); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, []byte(text+"\n"), 0o400); err != nil {
		return "", err
	}
	return file, s.give(file)
}

// listening finds the address in what a server says on standard output.
func listening(line []byte) string {
	var said struct {
		Listening string `json:"listening"`
	}
	_ = json.Unmarshal(line, &said) // another line has none
	return said.Listening
}
