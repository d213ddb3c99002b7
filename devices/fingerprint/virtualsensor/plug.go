//go:build linux

package virtualsensor

import (
	"os"
	"sync"
	"time"

	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline/virtualport"
)

// plug is one life of the sensor on the line, from plugging in to pulling out.
type plug struct {
	sensor *Sensor
	port   *virtualport.Port

	pulling sync.Once
	pulled  chan struct{}
	served  chan struct{} // closed when serve has returned
	started bool
	// Of serve alone.
	verified bool      // the host knew the password
	due      time.Time // when the line has sent what was given to it
}

func newPlug(s *Sensor) (*plug, error) {
	port, err := virtualport.Open()
	if err != nil {
		return nil, err
	}
	return &plug{sensor: s, port: port, pulled: make(chan struct{}), served: make(chan struct{})}, nil
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
			if to, err := os.Readlink(l); err == nil && to == p.port.Name() {
				_ = os.Remove(l)
			}
		}
		close(p.pulled)
		p.port.Close()
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
		n, err := p.port.Read(buffer)
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

// heard reports whether the near end is set to the speed of the sensor; one that the port
// cannot name is taken for it.
func (p *plug) heard() bool {
	baud, err := p.port.Baud()
	return err == nil && (baud == 0 || baud == p.sensor.Baud())
}

// send puts bytes on the line and returns when the line would have sent them.
func (p *plug) send(b []byte) error {
	if p.sensor.options.Unpaced {
		_, err := p.port.Write(b)
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
	_, err := p.port.Write(b)
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
