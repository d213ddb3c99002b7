//go:build linux && cgo

package extraction

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// errBrokenPipe is what writing to a child that has ended returns.
const errBrokenPipe = syscall.EPIPE

// child is a process that was started to extract from one picture.
type child struct {
	in, out *os.File // our ends of its standard input and output
	process *os.Process
	once    sync.Once
}

// startChild starts program as a child in a process group of its own, so that
// Ctrl-C is left to its parent. Whoever waits for it counts in children.
func startChild(program string, children *sync.WaitGroup) (*child, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start extraction: %w", err)
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("start extraction: %w", err)
	}
	defer theirOut.Close()
	command := exec.Command(program)
	command.Args = []string{"extraction", childArgument}
	command.Stdin, command.Stdout = theirIn, theirOut
	command.Env = environment()
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	children.Go(func() {
		// Linux sends the parent-death signal when the thread that started a
		// process ends, so the thread is kept until the process is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // what it answered tells how it went
		}
	})
	if err := <-started; err != nil {
		in.Close()
		out.Close()
		return nil, fmt.Errorf("start extraction: %w", err)
	}
	return &child{in: in, out: out, process: command.Process}, nil
}

// environment is a child's: where its libraries are, and nothing of ours. A crash
// must not print what is in memory.
func environment() []string {
	e := []string{"GOTRACEBACK=none"}
	if path, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		e = append(e, "LD_LIBRARY_PATH="+path)
	}
	return e
}

// kill ends the child, if it has not ended, and lets go of its pipes. It may be called
// more than once and from several goroutines.
func (c *child) kill() {
	c.once.Do(func() {
		_ = c.process.Kill() // it may have ended
		_ = c.in.Close()
		_ = c.out.Close()
	})
}
