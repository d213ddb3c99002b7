package virtualprinter

import (
	"fmt"
	"os"

	"countersign/devices/serialline/virtualport"
)

// Plug serves the printer on a pseudo-terminal and returns its name, which opens as a serial port or a character device
// does. pull hangs it up, as pulling the cable does.
func (p *Printer) Plug() (name string, pull func(), err error) {
	line, err := virtualport.Open()
	if err != nil {
		return "", nil, fmt.Errorf("plug a virtual printer in: %w", err)
	}
	if !p.hold(line) {
		line.Close()
		return "", nil, os.ErrClosed
	}
	go func() {
		defer p.release(line)
		p.Serve(line)
	}()
	return line.Name(), func() { line.Close() }, nil
}
