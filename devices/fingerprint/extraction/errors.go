package extraction

import "errors"

var (
	// ErrPicture says that a picture cannot be worked on.
	ErrPicture = errors.New("not a picture of a finger")
	// ErrExtraction is wrapped by every failure of libfprint itself, and of the
	// process that it runs in.
	ErrExtraction = errors.New("libfprint found no minutiae")
)
