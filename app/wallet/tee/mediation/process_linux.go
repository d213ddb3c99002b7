package mediation

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// process is a program that was started with one end of a socket pair.
type process struct {
	started *os.Process
	exited  chan struct{}
	status  string
}

// Start starts the trusted application with its end of the messages as file
// descriptor 3 and closes that file here. It gets nothing else: no standard input,
// and this process's standard error for both outputs. The kernel kills it when
// this process ends.
func Start(program []string, end *os.File) (Process, error) {
	defer end.Close()
	if len(program) == 0 {
		return nil, errors.New("no trusted application was named")
	}
	command := exec.Command(program[0], program[1:]...)
	command.ExtraFiles = []*os.File{end}
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{exited: make(chan struct{})}
	began := make(chan error, 1)
	go func() {
		// The kernel takes the death of the thread that started a process for that of
		// its parent, so that thread must live as long as the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := command.Start(); err != nil {
			began <- fmt.Errorf("start the trusted application: %w", err)
			return
		}
		p.started = command.Process
		began <- nil
		_ = command.Wait() // its state says all
		p.status = command.ProcessState.String()
		close(p.exited)
	}()
	if err := <-began; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) Exited() <-chan struct{} { return p.exited }
func (p *process) Kill()                   { _ = p.started.Kill() } // it may have ended
func (p *process) Status() string          { return p.status }
