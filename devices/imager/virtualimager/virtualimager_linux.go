// Package virtualimager is the other end of a hand-held imager's serial line: a
// pseudo-terminal on which texts come as an imager sends them, in its various
// settings, and as a broken one does.
package virtualimager

import (
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Imager is an imager that is plugged in. One goroutine may send at a time.
type Imager struct {
	ours, theirs *os.File
	// Prefix and Suffix stand before and after each text.
	Prefix, Suffix string
}

// Plug plugs an imager in, with CR after each text, as most are set. A link at the
// path leads to its port, so that it can be pulled out and come back; the path must
// not exist.
func Plug(path string) (*Imager, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("plug a virtual imager in: %w", err)
	}
	i := &Imager{ours: ours, theirs: theirs, Suffix: "\r"}
	if err := raw(theirs); err != nil {
		i.close()
		return nil, err
	}
	if err := os.Symlink(theirs.Name(), path); err != nil {
		i.close()
		return nil, fmt.Errorf("plug a virtual imager in: %w", err)
	}
	return i, nil
}

// raw has the line pass bytes as they are.
func raw(f *os.File) error {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return os.NewSyscallError("tcgetattr", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL
	return os.NewSyscallError("tcsetattr", unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t))
}

// Read sends a text, as when its trigger is pulled over a code.
func (i *Imager) Read(text string) error { return i.Send(i.Prefix + text + i.Suffix) }

// Send sends bytes as they are: half a text, noise.
func (i *Imager) Send(bytes string) error {
	_, err := i.ours.WriteString(bytes)
	return err
}

// Pull pulls it out: the port is gone, and so is the link at the path.
func (i *Imager) Pull(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return i.close()
}

func (i *Imager) close() error {
	err := i.theirs.Close()
	if ours := i.ours.Close(); err == nil {
		err = ours
	}
	return err
}
