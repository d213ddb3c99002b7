package virtualport

import (
	"errors"
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Port is a virtual port, seen from the device's end. Its methods are safe for concurrent
// use, as those of an [os.File] are.
type Port struct {
	far  *os.File
	near *os.File // kept open: without it the far end fails whenever no host has the port open
}

// Open makes a port. Close it.
func Open() (*Port, error) {
	master, near, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open pseudo-terminal: %w", err)
	}
	defer master.Close()
	if err := raw(near); err != nil {
		near.Close()
		return nil, fmt.Errorf("set pseudo-terminal raw: %w", err)
	}
	far, err := interruptible(master)
	if err != nil {
		near.Close()
		return nil, err
	}
	return &Port{far: far, near: near}, nil
}

// raw turns off echo, line editing and translation, as a serial port has none.
func raw(tty *os.File) error {
	t, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = unix.IGNPAR, 0, 0
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, t)
}

// interruptible returns another file of master whose reads end when it is closed:
// package pty leaves it blocking, and closing would wait for the read.
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

// Name is the port's name in the file system, until Close.
func (p *Port) Name() string { return p.near.Name() }

// Read waits for bytes from the host.
func (p *Port) Read(b []byte) (int, error) { return p.far.Read(b) }

// Write sends bytes to the host. It waits while the host leaves some thousands unread.
func (p *Port) Write(b []byte) (int, error) { return p.far.Write(b) }

// Close hangs the line up. A second Close returns [os.ErrClosed].
func (p *Port) Close() error { return errors.Join(p.near.Close(), p.far.Close()) }

// Baud is the speed that the host has set, 0 for one that is none of 9600, 19200, 38400,
// 57600 and 115200. Before a host has opened the port it is 38400.
func (p *Port) Baud() (int, error) {
	c, err := p.far.SyscallConn()
	if err != nil {
		return 0, err
	}
	var t *unix.Termios
	var asked error
	// On Linux our end of a pseudo-terminal tells the settings of the near one.
	err = c.Control(func(fd uintptr) { t, asked = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	if err = errors.Join(err, asked); err != nil {
		return 0, fmt.Errorf("ask pseudo-terminal for its speed: %w", err)
	}
	rates := map[uint32]int{
		unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B57600: 57600, unix.B115200: 115200,
	}
	return rates[t.Cflag&unix.CBAUD], nil
}
