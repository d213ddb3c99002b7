package clientapi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee/messageport"
)

// Initialize starts the hardware environment and waits until the trusted
// application serves (TEEC_InitializeContext). End it with
// [Context.FinalizeContext].
//
// Every file descriptor that this process has open is set to close on exec, so
// that no library's descriptor (a camera's, say) reaches the trusted side.
func Initialize(ctx context.Context, options Options) (*Context, error) {
	ours, theirs, err := messageport.Pair()
	if err != nil {
		return nil, err
	}
	_ = unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC) // before Linux 5.11: Go's own descriptors are
	port, err := messageport.Open(ours)
	if err != nil {
		theirs.Close()
		return nil, err
	}
	stop, err := start(options, theirs)
	if err != nil {
		port.Close()
		return nil, err
	}
	c, err := Connect(ctx, port, options, stop)
	if err != nil {
		port.Close() // by which it ends
		waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), options.grace()+time.Second)
		defer cancel()
		return nil, errors.Join(err, stop(waiting))
	}
	return c, nil
}

func (o *Options) grace() time.Duration {
	if o.Grace == 0 {
		return 5 * time.Second
	}
	return o.Grace
}

// start starts the environment's program and returns what waits for its end, and
// kills it when the context ends first.
func start(options Options, end *os.File) (stop func(context.Context) error, err error) {
	defer end.Close()
	command := exec.Command(options.Environment, append(options.EnvironmentArgs[:len(options.EnvironmentArgs):len(options.EnvironmentArgs)],
		options.arguments()...)...)
	command.ExtraFiles = []*os.File{end}
	command.Env = options.Env
	command.Stdout, command.Stderr = options.Stderr, options.Stderr
	command.WaitDelay = time.Second
	// A process group of its own, so that an interrupt at the terminal reaches the
	// client alone, which ends the others in order. When the client dies without a
	// word, its socket closes; the signal is for an environment that does not look.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	began, exited := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the signal comes when this thread ends
		defer runtime.UnlockOSThread()
		if err := command.Start(); err != nil {
			began <- fmt.Errorf("start the hardware environment: %w", err)
			return
		}
		began <- nil
		_ = command.Wait() // how the trusted side ended was said in a message
		close(exited)
	}()
	if err := <-began; err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		select {
		case <-exited:
			return nil
		case <-ctx.Done():
		}
		_ = command.Process.Kill() // and the kernel the trusted application
		<-exited
		return fmt.Errorf("the hardware environment was killed: %w", context.Cause(ctx))
	}, nil
}

func (o *Options) arguments() []string {
	args := []string{"--log", o.Log, "--grace", o.grace().String()}
	if o.LogBytes != 0 {
		args = append(args, "--log-bytes", strconv.FormatInt(o.LogBytes, 10))
	}
	if o.LogFiles != 0 {
		args = append(args, "--log-files", strconv.Itoa(o.LogFiles))
	}
	if o.RegionBytes != 0 {
		args = append(args, "--region-bytes", strconv.Itoa(o.RegionBytes))
	}
	return append(append(args, "--"), o.Trusted...)
}
