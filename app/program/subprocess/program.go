// Package subprocess starts programs and stays with them, for whoever runs the
// built programs of the shop as a person would: every program that was started is
// waited for, what it writes is handed on line by line, and none outlives the
// process that started it.
//
// # Guarantees
//
//   - Stop returns when the program has ended and been waited for: asked first,
//     by SIGTERM, and ended by force when it does not listen.
//   - A program dies with the process that started it, however that ends (Linux).
//   - A program that ends unasked says why: Err has its exit and its last lines.
//
// Programs are in a process group of their own, so that Ctrl-C reaches them by
// way of their starter, which decides the order.
package subprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// grace is how long a program may take to end after it was asked to.
const grace = 30 * time.Second

// Command is a program to be started.
type Command struct {
	// Name is who it is in messages, such as "terminal run".
	Name string
	// Path is the program's file; Args are its arguments, without the name.
	Path string
	Args []string
	// Env is the whole environment, "name=value"; nil is the starter's own.
	Env []string
	// Log is the file that its standard error is added to; "" is none.
	Log string
	// Stdout and Stderr are called for each line, without its end, from a
	// goroutine of the program's own, one line at a time. They may be nil.
	Stdout, Stderr func(line []byte)
}

// Died tells how a program ended that was not asked to, or that failed.
type Died struct {
	Name string
	// Cause is what waiting for it returned; nil when it ended with status 0.
	Cause error
	// Said are the last lines of its standard error.
	Said string
}

func (d *Died) Error() string {
	how := "ended"
	if d.Cause != nil {
		how = d.Cause.Error()
	}
	if d.Said == "" {
		return fmt.Sprintf("%s: %s, and it said nothing", d.Name, how)
	}
	return fmt.Sprintf("%s: %s:\n%s", d.Name, how, d.Said)
}

func (d *Died) Unwrap() error { return d.Cause }

// Program is a program that was started. Its methods may be called by any
// goroutine.
type Program struct {
	command Command
	process *os.Process
	stopped atomic.Bool
	last    tail
	ended   chan struct{} // closed once it has been waited for
	err     error         // of the waiting; read after ended
}

// Start starts a program. The caller owes it a Stop.
func Start(c Command) (*Program, error) {
	p := &Program{command: c, ended: make(chan struct{})}
	log, err := openLog(c.Log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = c.Env
	out, errs := &lines{said: c.Stdout}, &lines{said: c.Stderr}
	cmd.Stdout = out
	cmd.Stderr = io.MultiWriter(log, &p.last, errs)
	cmd.WaitDelay = grace // a grandchild may hold the pipes
	err = Tie(cmd, syscall.SIGKILL, func() {
		defer close(p.ended)
		defer log.Close()
		p.err = cmd.Wait()
		out.end()
		errs.end()
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", c.Name, err), log.Close())
	}
	p.process = cmd.Process
	return p, nil
}

// Run starts a program, waits for its end and returns what it wrote to standard
// output. A program that fails is a *Died; one that the context overtakes is
// stopped.
func Run(ctx context.Context, c Command) (string, error) {
	var out bytes.Buffer
	c.Stdout = func(line []byte) { out.Write(append(line, '\n')) }
	p, err := Start(c)
	if err != nil {
		return "", err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		return "", errors.Join(fmt.Errorf("run %s: %w", c.Name, context.Cause(ctx)), p.Stop())
	}
	if p.err != nil {
		return "", p.Err()
	}
	return strings.TrimSpace(out.String()), nil
}

// Name is the command's name.
func (p *Program) Name() string { return p.command.Name }

// PID is the process that was started.
func (p *Program) PID() int { return p.process.Pid }

// Done is closed when the program has ended, for whatever reason, and all that
// it wrote has been handed on.
func (p *Program) Done() <-chan struct{} { return p.ended }

// Err tells how the program ended, once Done is closed: nil after Stop, else a
// *Died.
func (p *Program) Err() error {
	if p.stopped.Load() {
		return nil
	}
	return &Died{Name: p.command.Name, Cause: p.err, Said: p.last.String()}
}

// Closed says whether the program has ended by itself with status 0, as a window
// does that its person closes. Only after Done.
func (p *Program) Closed() bool { return !p.stopped.Load() && p.err == nil }

// Exit is what waiting for the program returned, once Done is closed: nil for
// status 0, else an *exec.ExitError in most cases, whoever ended it.
func (p *Program) Exit() error { return p.err }

// Signal sends the program a signal and does not wait. A program that ends of it
// has ended unasked, for Err.
func (p *Program) Signal(s os.Signal) error { return p.process.Signal(s) }

// Stop asks the program to end and waits until it has. It may be called more
// than once. The error says that it had to be killed.
func (p *Program) Stop() error {
	select {
	case <-p.ended:
		return nil // nobody stopped it: Err has why
	default:
	}
	p.stopped.Store(true)
	if err := p.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.command.Name, err)
	}
	force := time.NewTimer(grace)
	defer force.Stop()
	select {
	case <-p.ended:
		return nil
	case <-force.C:
		err := p.process.Kill()
		<-p.ended
		return errors.Join(fmt.Errorf("stop %s: it had to be killed", p.command.Name), err)
	}
}

// unlogged is no log.
type unlogged struct{ io.Writer }

func (unlogged) Close() error { return nil }

func openLog(name string) (io.WriteCloser, error) {
	if name == "" {
		return unlogged{io.Discard}, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}
