//go:build linux

package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"countersign/app/program/processtree"
)

// process is a running server. PostgreSQL calls its first process, which starts
// all others, the postmaster.
type process struct {
	command *exec.Cmd
	log     *os.File
	tail    []string      // the last lines of its log; read after ended
	ready   chan struct{} // closed when it accepts connections
	ended   chan struct{} // closed when it has ended
}

// startTime bounds how long a server may recover before it accepts connections.
const startTime = time.Minute

// run starts the server on its data and waits until it accepts connections.
func (s *Server) run(ctx context.Context) (*process, error) {
	// The server is not to end with ctx, but with Stop.
	p := &process{command: s.command(context.WithoutCancel(ctx), "postgres", "-D", s.data), ready: make(chan struct{}), ended: make(chan struct{})}
	log, errorLog, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.command.Stdout, p.command.Stderr = errorLog, errorLog
	err = p.command.Start()
	errorLog.Close() //nolint:errcheck // the server has its own
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p.log = log
	go p.read()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	select {
	case <-p.ready:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("the server ended: %s", strings.Join(p.tail, "\n"))
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("wait for the server: %w", ctx.Err()), s.killAll(p))
	}
}

// read follows the log to the server's end; whoever stops the server waits for
// ended.
func (p *process) read() {
	ready := false
	lines := bufio.NewScanner(p.log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.tail = append(p.tail, lines.Text())
		p.tail = p.tail[max(0, len(p.tail)-20):]
		if !ready && strings.Contains(lines.Text(), "database system is ready to accept connections") {
			ready = true
			close(p.ready)
		}
	}
	io.Copy(io.Discard, p.log) //nolint:errcheck // nothing but an overlong line is lost
	p.log.Close()              //nolint:errcheck // was only read
	p.command.Wait()           //nolint:errcheck // how it ended is in its log
	close(p.ended)
}

// killAll ends the postmaster and all that it started by SIGKILL at once, and
// waits until they are gone.
func (s *Server) killAll(p *process) error {
	gone, err := processtree.Kill(p.command.Process.Pid)
	if err != nil {
		return err
	}
	err = gone(context.Background()) // nothing keeps a killed process
	// The log is a pipe that each of them holds: its end is the last one's.
	<-p.ended
	return err
}

// Kill ends all processes of the server at once, as a crash of the machine's
// memory would, but for what the kernel has still to write. Restart recovers.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	return s.killAll(p)
}

// Immediate has the server end without finishing anything: sessions are cut, and
// Restart recovers from the log.
func (s *Server) Immediate() error { return s.end(syscall.SIGQUIT) }

// Shut has the server end in order; sessions are cut.
func (s *Server) Shut() error { return s.end(syscall.SIGINT) }

func (s *Server) end(signal syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// Restart starts the server again after Kill, Immediate or Shut, and shuts it
// down first if it runs.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Shut(); err != nil {
		return err
	}
	p, err := s.run(ctx)
	if err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	s.process = p
	return nil
}

// Stop ends the server and removes its temporary directory. Further calls do
// nothing.
func (s *Server) Stop() error {
	err := s.Immediate()
	if s.watcher != nil {
		err = errors.Join(err, s.watcher.release())
		s.watcher = nil
	}
	return errors.Join(err, os.RemoveAll(s.directory))
}
