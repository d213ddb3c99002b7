//go:build linux

package virtualreader

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const (
	// Name is how the readers are called, before the numbers that the daemon adds.
	Name = "Countersign virtual reader"
	// Readers is how many there are.
	Readers = 2
	// Driver is where Debian's package vsmartcard-vpcd puts it.
	Driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

	// maxSocket is the longest name of a socket that libpcsclite takes, in bytes.
	maxSocket = 107
	// attempts is how often other ports are tried where some are taken meanwhile.
	attempts = 10
)

// ErrMissing: pcscd or its driver for virtual readers is not installed.
var ErrMissing = errors.New("pcscd or vsmartcard-vpcd is not installed")

// Options say how a daemon is started.
type Options struct {
	// Dir holds the socket and the settings. It is made where it is missing; its
	// name has at most 101 bytes.
	Dir string
	// Log gets the daemon's own log, if it is not nil.
	Log io.Writer
}

// Daemon is a private pcscd. Its methods may be called from anywhere, one at a time.
type Daemon struct {
	options Options
	program string
	port    int
	mu      sync.Mutex
	running *process // nil when killed
}

// process is one run of pcscd.
type process struct {
	pid    int
	socket *net.UnixListener
	gone   chan struct{} // closed when it was reaped and its log is at an end
}

// Start starts a daemon with its readers, and returns when it serves. It fails
// with [ErrMissing] where the programs are not installed.
func Start(ctx context.Context, o Options) (*Daemon, error) {
	program, err := exec.LookPath("pcscd")
	if err != nil {
		program = "/usr/sbin/pcscd" // not on everyone's path
	}
	for _, file := range []string{program, Driver} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("start virtual reader: %w: %w", ErrMissing, err)
		}
	}
	d := &Daemon{options: o, program: program}
	if len(d.Socket()) > maxSocket {
		return nil, fmt.Errorf("start virtual reader: the socket's name has %d bytes, more than %d: %s", len(d.Socket()), maxSocket, d.Socket())
	}
	if err := os.MkdirAll(d.settings(), 0o700); err != nil {
		return nil, fmt.Errorf("start virtual reader: %w", err)
	}
	for range attempts {
		if d.port, err = freePorts(); err != nil {
			continue
		}
		if err = d.putIn(); err != nil {
			break
		}
		if err = d.run(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start virtual reader: %w", err)
	}
	return d, nil
}

// Socket is the name of the daemon's socket.
func (d *Daemon) Socket() string { return filepath.Join(d.options.Dir, "pcscd") }

// Env is what a process has in its environment to use this daemon: NAME=value.
func (d *Daemon) Env() string { return "PCSCLITE_CSOCK_NAME=" + d.Socket() }

// Address is where a virtual card attaches: reader 0 or 1.
func (d *Daemon) Address(reader int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port+reader))
}

// Reader is the name that clients see of reader 0 or 1.
func (d *Daemon) Reader(reader int) string { return fmt.Sprintf("%s 00 %02d", Name, reader) }

func (d *Daemon) settings() string { return filepath.Join(d.options.Dir, "readers") }

// putIn writes the settings that name the readers; the daemon gives the second one
// the port behind the first's.
func (d *Daemon) putIn() error {
	text := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME /dev/null:%d\nLIBPATH %s\nCHANNELID %d\n", Name, d.port, Driver, d.port)
	return os.WriteFile(filepath.Join(d.settings(), "vpcd"), []byte(text), 0o600)
}

// freePorts finds a port that is free together with the one behind it. Someone may
// take one before the daemon does: it is tried again then.
func freePorts() (int, error) {
	first, err := net.Listen("tcp4", ":0")
	if err != nil {
		return 0, err
	}
	defer first.Close()
	port := first.Addr().(*net.TCPAddr).Port
	second, err := net.Listen("tcp4", fmt.Sprintf(":%d", port+1))
	if err != nil {
		return 0, err
	}
	return port, second.Close()
}

// run starts pcscd and returns when it says that it is ready.
func (d *Daemon) run(ctx context.Context) error {
	_ = os.Remove(d.Socket())
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.Socket(), Net: "unix"})
	if err != nil {
		return err
	}
	file, err := socket.File()
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	defer file.Close()
	// The shell puts its own number into LISTEN_PID and becomes pcscd.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"`, "sh",
		d.program, "--foreground", "--info", "--config", d.settings())
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.ExtraFiles = []*os.File{file} // 3, where a daemon expects its socket
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StdoutPipe()
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	cmd.Stderr = cmd.Stdout
	p := &process{socket: socket, gone: make(chan struct{})}
	started, ready := make(chan error, 1), make(chan error, 1)
	go func() {
		// Pdeathsig speaks of the thread that starts, so this one stays.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.gone)
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		d.follow(log, ready)
		_ = cmd.Wait()
	}()
	if err := <-started; err != nil {
		return errors.Join(err, socket.Close())
	}
	p.pid = cmd.Process.Pid
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		p.kill()
		return err
	}
	d.running = p
	return nil
}

// kill ends the process and takes its socket away.
func (p *process) kill() {
	_ = p.socket.Close() // and its name
	select {
	case <-p.gone: // its number may be another's by now
	default:
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
	<-p.gone
}

// follow reads the daemon's log to its end. It says once whether the daemon serves.
func (d *Daemon) follow(log io.Reader, ready chan<- error) {
	said := false
	say := func(err error) {
		if !said {
			said = true
			ready <- err
		}
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if d.options.Log != nil {
			fmt.Fprintln(d.options.Log, lines.Text())
		}
		switch text := lines.Text(); {
		case strings.Contains(text, "daemon ready"):
			say(nil)
		case strings.Contains(text, "Could not initialize connection to virtual ICC"):
			say(fmt.Errorf("a port of %d and %d is taken", d.port, d.port+1))
		}
	}
	_, _ = io.Copy(io.Discard, log) // after a line that is too long
	say(errors.New("the daemon ended at once"))
}
