package extraction

import (
	"context"
	"image"

	"countersign/protocol/minutiae"
)

// Extractor finds minutiae until it is closed. It is package fingerprint's, with an
// end.
type Extractor interface {
	// Extract returns the minutiae of a grey picture (ridges dark) of 100 to 2000
	// dpi, places from its upper left corner in 0.1 mm, the most reliable at each
	// place. It leaves the picture as it is. A finger with no minutiae is no error.
	// Errors: [ErrPicture], [ErrExtraction], the context's.
	Extract(ctx context.Context, picture *image.Gray, dpi int) ([]minutiae.Minutia, error)
	// Close ends what the extractor keeps ready.
	Close() error
}
