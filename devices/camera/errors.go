package camera

import (
	"errors"
	"fmt"
)

var (
	// ErrMissing says that the camera cannot be opened: it is not there, not allowed, or not a camera.
	ErrMissing = errors.New("camera missing")
	// ErrLost says that a camera which had been open gives no new pictures: unplugged, cut off, silent or frozen.
	ErrLost = errors.New("camera lost")
	// ErrAddress says that an address can never be a camera's. Nothing is tried again.
	ErrAddress = errors.New("camera address not understood")
	// ErrClosed says that the camera was closed while somebody waited for it.
	ErrClosed = errors.New("camera closed")

	// ErrFormat is the cause when something answers, but with no pictures that can be used.
	ErrFormat = errors.New("no pictures that can be used")
	// ErrFrozen is the cause when the picture has stopped changing.
	ErrFrozen = errors.New("picture frozen")
	// ErrSilent is the cause when no picture has come for too long.
	ErrSilent = errors.New("no picture")
)

// Error is a camera's trouble. errors.Is finds both its Kind and its Cause.
type Error struct {
	Kind    error  // ErrMissing, ErrLost or ErrAddress
	Address string // as configured, without a password
	Cause   error  // may be nil
	Hint    string // what an installer can do, a sentence
}

// Error names kind, address, cause and hint.
func (e *Error) Error() string {
	s := fmt.Sprintf("%v (%s)", e.Kind, e.Address)
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	if e.Hint != "" {
		s += ". " + e.Hint
	}
	return s
}

// Unwrap gives Kind and Cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Cause} }
