//go:build linux

package virtualsensor

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"countersign/devices/fingerprint/wire"
)

// plug is one life of the sensor on the line, from plugging in to pulling out.
type plug struct {
	sensor *Sensor
	name   string   // of the pseudo-terminal
	far    *os.File // our end
	near   *os.File // kept open: without it our end fails whenever no host has the port open

	pulling sync.Once
	pulled  chan struct{}
	served  chan struct{} // closed when serve has returned
	started bool
	// Of serve alone.
	verified bool      // the host knew the password
	due      time.Time // when the line has sent what was given to it
}

func newPlug(s *Sensor) (*plug, error) {
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
	return &plug{sensor: s, name: near.Name(), far: far, near: near, pulled: make(chan struct{}), served: make(chan struct{})}, nil
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

func (p *plug) start() {
	p.started = true
	go func() {
		defer close(p.served)
		p.serve()
	}()
}

// pull hangs the line up. It may be called more than once, and by serve itself.
func (p *plug) pull() {
	p.pulling.Do(func() {
		if l := p.sensor.options.Link; l != "" {
			if to, err := os.Readlink(l); err == nil && to == p.name {
				_ = os.Remove(l)
			}
		}
		close(p.pulled)
		p.near.Close()
		p.far.Close()
	})
}

func (p *plug) out() bool {
	select {
	case <-p.pulled:
		return true
	default:
		return false
	}
}

func (p *plug) wait() {
	if p.started {
		<-p.served
	}
}

// serve answers commands until the line hangs up.
func (p *plug) serve() {
	if p.sensor.options.Model == R503 && p.send([]byte{byte(wire.Present)}) != nil {
		p.pull()
		return
	}
	var decoder wire.Decoder
	buffer := make([]byte, 256)
	for {
		n, err := p.far.Read(buffer)
		if err != nil {
			p.pull()
			return
		}
		if !p.heard() {
			decoder.Reset() // to a sensor at another speed it is noise
			continue
		}
		decoder.Write(buffer[:n])
		for {
			packet, ok, err := decoder.Next()
			if err != nil {
				decoder.Reset()
				err = p.answer(wire.ReceiveError)
			} else if ok {
				err = p.obey(packet)
			}
			if err != nil {
				p.pull()
				return
			}
			if !ok {
				break
			}
		}
	}
}

// heard reports whether the near end is set to the speed of the sensor.
func (p *plug) heard() bool {
	rates := map[uint32]int{
		unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B57600: 57600, unix.B115200: 115200,
	}
	heard := true
	c, err := p.far.SyscallConn()
	if err != nil {
		return false
	}
	// On Linux our end of a pseudo-terminal tells the settings of the near one.
	err = c.Control(func(fd uintptr) {
		if t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS); err == nil {
			rate, known := rates[t.Cflag&unix.CBAUD]
			heard = !known || rate == p.sensor.Baud()
		}
	})
	return err == nil && heard
}

// send puts bytes on the line and returns when the line would have sent them.
func (p *plug) send(b []byte) error {
	if p.sensor.options.Unpaced {
		_, err := p.far.Write(b)
		return err
	}
	now := time.Now()
	if p.due.Before(now) {
		p.due = now
	}
	// Ten bits a byte on the line: start, eight, stop.
	p.due = p.due.Add(time.Duration(len(b)) * 10 * time.Second / time.Duration(p.sensor.Baud()))
	if err := p.rest(time.Until(p.due)); err != nil {
		return err
	}
	_, err := p.far.Write(b)
	return err
}

// rest waits, unless the plug is pulled.
func (p *plug) rest(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.pulled:
		return os.ErrClosed
	}
}
