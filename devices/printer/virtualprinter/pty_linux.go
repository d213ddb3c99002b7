package virtualprinter

import (
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Plug serves the printer on a pseudo-terminal and returns its name, which opens as a serial port or a character device
// does. pull hangs it up, as pulling the cable does.
func (p *Printer) Plug() (name string, pull func(), err error) {
	master, near, err := pty.Open()
	if err != nil {
		return "", nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	defer master.Close()
	if err := raw(near); err != nil {
		near.Close()
		return "", nil, fmt.Errorf("set pseudo-terminal raw: %w", err)
	}
	far, err := interruptible(master)
	if err != nil {
		near.Close()
		return "", nil, err
	}
	line := &cable{File: far, near: near}
	if !p.hold(line) {
		line.Close()
		return "", nil, os.ErrClosed
	}
	go func() {
		defer p.release(line)
		p.Serve(line)
	}()
	return near.Name(), func() { line.Close() }, nil
}

// cable keeps the near end open as well: without it the far end fails whenever no host has the port open.
type cable struct {
	*os.File
	near *os.File
}

func (c *cable) Close() error {
	_ = c.near.Close()
	return c.File.Close()
}

// raw turns off echo, line editing and translation, as a printer's port has none.
func raw(tty *os.File) error {
	t, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = unix.IGNPAR, 0, 0
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, t)
}

// interruptible returns another file of master whose reads end when it is closed: package pty leaves it blocking.
func interruptible(master *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate pseudo-terminal: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("set pseudo-terminal non-blocking: %w", err)
	}
	return os.NewFile(uintptr(fd), master.Name()), nil
}
