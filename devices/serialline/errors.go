package serialline

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Error is a failure of a line with what a person can do about it.
type Error struct {
	kind   string
	advice string
}

func (e *Error) Error() string { return e.kind }

// Hint returns a sentence for the person at the counter, in English.
func (e *Error) Hint() string { return e.advice }

// What callers tell apart. All are *[Error] and have a hint.
var (
	ErrMissing = &Error{"no such serial port",
		"The device is not connected. Check its cable and the port in the settings."}
	ErrUnplugged = &Error{"serial device was unplugged",
		"The device was unplugged. Plug it in again."}
	ErrBusy = &Error{"serial port refused",
		"The port is used by another program or this user may not open it. Close the other program or ask the installer."}
	ErrStuck = &Error{"serial device takes no data",
		"The device takes no data. Unplug it, wait a moment and plug it in again."}
	ErrClosed = &Error{"serial line is closed",
		"The device was switched off by this program. Start again."}
)

// opening turns an error of opening port into one of this package's.
func opening(port string, err error) error {
	kind := error(nil)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV),
		errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENOTTY):
		kind = ErrMissing // EIO: a pty whose other end is gone; ENOTTY: not a serial port
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EBUSY):
		kind = ErrBusy
	}
	if kind == nil {
		return fmt.Errorf("open serial port %s: %w", port, err)
	}
	return fmt.Errorf("open serial port %s: %w (%w)", port, kind, err)
}
