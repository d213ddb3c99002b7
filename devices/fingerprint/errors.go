package fingerprint

import (
	"errors"
	"fmt"

	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline"
)

// Error is a failure with what the person at the counter can do about it.
type Error struct {
	text   string
	advice string
}

func (e *Error) Error() string { return e.text }

// Hint returns a sentence for the person, in English.
func (e *Error) Hint() string { return e.advice }

// What callers tell apart with errors.Is.
var (
	// ErrMissing, ErrUnplugged, ErrBusy and ErrClosed are the serial line's.
	ErrMissing   = serialline.ErrMissing
	ErrUnplugged = serialline.ErrUnplugged
	ErrBusy      = serialline.ErrBusy
	ErrClosed    = serialline.ErrClosed

	// ErrSilent: nothing, or not enough, came back from the sensor.
	ErrSilent = &Error{"fingerprint sensor does not answer",
		"The fingerprint sensor does not answer. Unplug it, wait a moment and plug it in again."}
	// ErrGarbled: what came back was damaged, again and again.
	ErrGarbled = &Error{"fingerprint sensor's data arrived damaged",
		"The fingerprint sensor's data arrives damaged. Check its cable."}
	// ErrPassword: the sensor wants another password.
	ErrPassword = &Error{"fingerprint sensor refused the password",
		"The fingerprint sensor has another password. Ask the installer."}
	// ErrSensor: the sensor itself reports a fault.
	ErrSensor = &Error{"fingerprint sensor reports a fault",
		"The fingerprint sensor has a fault. Unplug it and plug it in again; if that does not help, ask the installer."}
	// ErrFinger: the finger was there, but not to be read. Trying again helps.
	ErrFinger = &Error{"finger could not be read",
		"Finger not clear. Press flat, a little longer."}
)

// Hint returns the sentence for the person that err, or what it wraps, carries;
// "" when there is none. The more particular error's comes first.
func Hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// ConfirmationError is an instruction that the sensor answered with anything but
// OK. It wraps [ErrFinger], [ErrPassword], [ErrGarbled] or [ErrSensor].
type ConfirmationError struct {
	Instruction wire.Instruction
	Code        wire.Confirmation
}

func (e *ConfirmationError) Error() string {
	text, ok := confirmations(e.Code)
	if !ok {
		return fmt.Sprintf("fingerprint sensor: instruction %02x: %v", byte(e.Instruction), e.Code)
	}
	return fmt.Sprintf("fingerprint sensor: instruction %02x: %s (%02x)", byte(e.Instruction), text.text, byte(e.Code))
}

// Hint returns a sentence for the person.
func (e *ConfirmationError) Hint() string {
	text, ok := confirmations(e.Code)
	if ok && text.advice != "" {
		return text.advice
	}
	return e.kind().Hint()
}

func (e *ConfirmationError) Unwrap() error { return e.kind() }

func (e *ConfirmationError) kind() *Error {
	if text, ok := confirmations(e.Code); ok {
		return text.kind
	}
	return ErrSensor
}

// confirmation is what a confirmation code means.
type confirmation struct {
	kind   *Error
	text   string
	advice string // "" for the kind's
}
