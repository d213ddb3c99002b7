package fingerprint

import (
	"fmt"

	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline"
)

// Error is a failure with what the person at the counter can do about it.
type Error struct {
	text   string
	advice Advice
}

func (e *Error) Error() string { return e.text }

// Advice returns what the person can do.
func (e *Error) Advice() Advice { return e.advice }

// Hint returns the advice in English.
func (e *Error) Hint() string { return e.advice.Sentence() }

// What callers tell apart with errors.Is.
var (
	// ErrMissing, ErrUnplugged, ErrBusy and ErrClosed are the serial line's.
	ErrMissing   = serialline.ErrMissing
	ErrUnplugged = serialline.ErrUnplugged
	ErrBusy      = serialline.ErrBusy
	ErrClosed    = serialline.ErrClosed

	// ErrSilent: nothing, or not enough, came back from the sensor.
	ErrSilent = &Error{"fingerprint sensor does not answer", Replug}
	// ErrGarbled: what came back was damaged, again and again.
	ErrGarbled = &Error{"fingerprint sensor's data arrived damaged", CheckCable}
	// ErrPassword: the sensor wants another password.
	ErrPassword = &Error{"fingerprint sensor refused the password", SetPassword}
	// ErrSensor: the sensor itself reports a fault.
	ErrSensor = &Error{"fingerprint sensor reports a fault", AskInstaller}
	// ErrFinger: the finger was there, but not to be read. Trying again helps.
	ErrFinger = &Error{"finger could not be read", LiftAndRetry}
	// ErrExtractor: the picture was good, but what looks for minutiae in it failed.
	ErrExtractor = &Error{"minutiae could not be looked for", AskInstaller}
)

// ConfirmationError is an instruction that the sensor answered with anything but
// OK. It wraps [ErrFinger], [ErrPassword], [ErrGarbled] or [ErrSensor].
type ConfirmationError struct {
	Instruction wire.Instruction
	Code        wire.Confirmation
}

func (e *ConfirmationError) Error() string {
	return fmt.Sprintf("fingerprint sensor: instruction %02x: %s (%02x)", byte(e.Instruction), e.meaning().text, byte(e.Code))
}

// Advice returns what the person can do.
func (e *ConfirmationError) Advice() Advice { return e.meaning().advice }

// Hint returns the advice in English.
func (e *ConfirmationError) Hint() string { return e.Advice().Sentence() }

func (e *ConfirmationError) Unwrap() error { return e.meaning().kind }

func (e *ConfirmationError) meaning() confirmation { return meaning(e.Code) }
