//go:build !windows

package serialline

import "github.com/tarm/serial"

// openPort opens a port by the library.
func openPort(s Settings) (port, error) {
	// Always a ReadTimeout: without one a Read never returns and Close waits behind it.
	opened, err := serial.OpenPort(&serial.Config{Name: s.Port, Baud: s.Baud, ReadTimeout: s.Poll})
	if err != nil {
		return nil, err // not opened: a nil *Port is no nil port
	}
	return opened, nil
}
