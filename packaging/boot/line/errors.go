package line

import "errors"

// ErrLine is wrapped by the errors of lines that are no messages.
var ErrLine = errors.New("not a message")
