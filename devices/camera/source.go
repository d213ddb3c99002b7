package camera

import (
	"context"
	"errors"

	"gocv.io/x/gocv"
)

// source is an open camera or what stands in for one. One goroutine uses it.
type source interface {
	// next waits for a new picture; older ones that were not asked for in time are gone. io.EOF is the end of a
	// file, any other error the end of the source.
	next(ctx context.Context) error
	// picture decodes the newest one into to, as BGR. A failure spoils this picture only.
	picture(to *gocv.Mat) error
	// close ends what next started and waits for it.
	close()
}

// open opens the source that the settings name. Its errors are *Error.
func open(ctx context.Context, s Settings, k kind) (source, error) {
	if k == stream {
		return openStream(ctx, s)
	}
	return openCapture(s, k)
}

// lost makes the error of a source that had been open.
func lost(s Settings, cause error, hint string) *Error {
	return &Error{Kind: ErrLost, Address: redacted(s.Address), Cause: cause, Hint: hint}
}

var errBadPicture = errors.New("picture damaged")
