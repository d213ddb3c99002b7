// Package virtualimager is the other end of a hand-held imager's serial line: a
// pseudo-terminal on which texts come as an imager sends them, in its various
// settings, and as a broken one does.
package virtualimager

import (
	"errors"
	"fmt"
	"os"

	"countersign/devices/serialline/virtualport"
)

// Imager is an imager that is plugged in. One goroutine may send at a time.
type Imager struct {
	port *virtualport.Port
	// Prefix and Suffix stand before and after each text.
	Prefix, Suffix string
}

// Plug plugs an imager in, with CR after each text, as most are set. A link at the
// path leads to its port, so that it can be pulled out and come back; the path must
// not exist.
func Plug(path string) (*Imager, error) {
	port, err := virtualport.Open()
	if err != nil {
		return nil, fmt.Errorf("plug a virtual imager in: %w", err)
	}
	if err := os.Symlink(port.Name(), path); err != nil {
		return nil, errors.Join(fmt.Errorf("plug a virtual imager in: %w", err), port.Close())
	}
	return &Imager{port: port, Suffix: "\r"}, nil
}

// Read sends a text, as when its trigger is pulled over a code.
func (i *Imager) Read(text string) error { return i.Send(i.Prefix + text + i.Suffix) }

// Send sends bytes as they are: half a text, noise.
func (i *Imager) Send(bytes string) error {
	_, err := i.port.Write([]byte(bytes))
	return err
}

// Pull pulls it out: the port is gone, and so is the link at the path.
func (i *Imager) Pull(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return i.port.Close()
}
