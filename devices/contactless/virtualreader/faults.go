//go:build linux

package virtualreader

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrStopped: the daemon was killed or closed.
var ErrStopped = errors.New("virtual reader's daemon does not run")

// Close ends the daemon and removes what it made, the directory itself apart.
func (d *Daemon) Close() error {
	d.Kill()
	return errors.Join(os.RemoveAll(d.settings()), os.RemoveAll(d.Socket()))
}

// Kill ends the daemon as SIGKILL does, and takes its socket away. Cards that are
// attached lose their link. It does nothing to a daemon that was killed before.
func (d *Daemon) Kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil {
		d.running.kill()
		d.running = nil
	}
}

// Restart starts a daemon again that was killed, or kills it first: with the same
// socket and the same ports.
func (d *Daemon) Restart(ctx context.Context) error {
	d.Kill()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.run(ctx); err != nil {
		return fmt.Errorf("restart virtual reader: %w", err)
	}
	return nil
}

// PullOut restarts the daemon without its readers.
func (d *Daemon) PullOut(ctx context.Context) error {
	if err := os.RemoveAll(filepath.Join(d.settings(), "vpcd")); err != nil {
		return fmt.Errorf("pull out virtual reader: %w", err)
	}
	return d.Restart(ctx)
}

// PutBack restarts the daemon with its readers.
func (d *Daemon) PutBack(ctx context.Context) error {
	if err := d.putIn(); err != nil {
		return fmt.Errorf("put back virtual reader: %w", err)
	}
	return d.Restart(ctx)
}

// Freeze stops the daemon where it is: its socket still takes connections, and nobody answers.
func (d *Daemon) Freeze() error { return d.signal(syscall.SIGSTOP) }

// Thaw lets a frozen daemon go on.
func (d *Daemon) Thaw() error { return d.signal(syscall.SIGCONT) }

func (d *Daemon) signal(s syscall.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running == nil {
		return ErrStopped
	}
	if err := syscall.Kill(d.running.pid, s); err != nil {
		return fmt.Errorf("signal virtual reader: %w", err)
	}
	return nil
}
