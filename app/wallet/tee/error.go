package tee

import (
	"context"
	"errors"
	"fmt"
)

// Code says how a call ended. The values from 0xFFFF0000 are those of the
// GlobalPlatform TEE Client API 1.0, section 4.4.2; a trusted application uses
// numbers below that for its own.
type Code uint32

// The codes that this environment itself returns.
const (
	CodeSuccess       Code = 0
	CodeGeneric       Code = 0xFFFF0000 // the trusted application failed, and does not say why
	CodeAccessDenied  Code = 0xFFFF0001
	CodeCancel        Code = 0xFFFF0002 // the call was cancelled, by its context
	CodeBadFormat     Code = 0xFFFF0005
	CodeBadParameters Code = 0xFFFF0006
	CodeItemNotFound  Code = 0xFFFF0008 // no such session, or nobody handles that kind
	CodeNotSupported  Code = 0xFFFF000A
	CodeOutOfMemory   Code = 0xFFFF000C // more bytes than the shared memory holds
	CodeBusy          Code = 0xFFFF000D // more calls at once than are served
	CodeCommunication Code = 0xFFFF000E // a stream could not be opened or broke
	CodeSecurity      Code = 0xFFFF000F // the bytes were changed after they were announced
	CodeTargetDead    Code = 0xFFFF3024
)

// CodeApplicationMax is the greatest code that is a trusted application's own.
const CodeApplicationMax Code = 0xFFFE_FFFF

var (
	// ErrGone says that the other side or the hardware environment has ended.
	// Whether a call under way took effect is not known.
	ErrGone = errors.New("the trusted execution environment is gone")

	// ErrUnsupported says that this system cannot run the environment: it is
	// built on Linux's sealed memory files.
	ErrUnsupported = errors.New("the trusted execution environment needs Linux")
)

// Error is how a call ended that did not succeed: the only kind of error that
// crosses from one side to the other.
type Error struct {
	Code Code
	Text string // at most [MaxText] bytes of UTF-8; the rest is cut off
}

// Error gives the text, and the code.
func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s (%#x)", e.Code.meaning(), uint32(e.Code))
	}
	return fmt.Sprintf("%s (%#x)", e.Text, uint32(e.Code))
}

// Is makes errors.Is find an Error by its code alone when the target has no
// text, context.Canceled by [CodeCancel] and [ErrGone] by [CodeTargetDead].
func (e *Error) Is(target error) bool {
	if other, ok := target.(*Error); ok {
		return other.Code == e.Code && (other.Text == "" || other.Text == e.Text)
	}
	return target == context.Canceled && e.Code == CodeCancel || target == ErrGone && e.Code == CodeTargetDead
}

// Errorf returns an [Error] with a text.
func Errorf(code Code, format string, a ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, a...)}
}

// AsError is what of an error crosses to the other side: an [Error] in its chain,
// [CodeCancel] for a context's error, and else [CodeGeneric] without a text,
// since a text that was not meant for the other side may say too much.
func AsError(err error) *Error {
	var said *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.Code != CodeSuccess:
		return said
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeCancel}
	}
	return &Error{Code: CodeGeneric}
}

func (c Code) meaning() string {
	switch c {
	case CodeAccessDenied:
		return "access denied"
	case CodeCancel:
		return "cancelled"
	case CodeBadFormat:
		return "bad format"
	case CodeBadParameters:
		return "bad parameters"
	case CodeItemNotFound:
		return "no such thing"
	case CodeNotSupported:
		return "not supported"
	case CodeOutOfMemory:
		return "out of shared memory"
	case CodeBusy:
		return "busy"
	case CodeCommunication:
		return "communication failed"
	case CodeSecurity:
		return "the bytes were changed on the way"
	case CodeTargetDead:
		return "the other side is dead"
	}
	return "the call failed"
}
