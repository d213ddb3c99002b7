package camera

import (
	"errors"
	"fmt"
	"image"
	"time"
)

const (
	// MaxText is the longest text, in bytes, that a code may hold: the 4,296 characters of a version 40-L symbol
	// in alphanumeric mode. A code with more (digits alone can reach 7,089) is not seen.
	MaxText = 4296

	// MaxSide and MaxPixels bound a frame (pixels); a larger one is refused before anything is allocated for it.
	MaxSide   = 8192
	MaxPixels = 4096 * 2304

	maxSymbols = 4  // codes in one frame that are looked at
	minSide    = 21 // a version 1 symbol at one pixel a module
)

var (
	errReader = errors.New("QR reader failed")

	// ErrImage says that an image cannot be looked at: too large, or fewer pixels than it claims.
	ErrImage = errors.New("image cannot be used")
)

// Decoded is a QR code found in an image.
type Decoded struct {
	// Text is what the code says: valid UTF-8, 1 to MaxText bytes. It is whatever somebody held up.
	Text string
	// Outline is the symbol's corners in the image's pixels: top left, top right, bottom right, bottom left as
	// the symbol itself is oriented.
	Outline [4]image.Point
}

// Decode finds the QR codes in an image, at most four; it may miss some of several. It looks up to three times, each time only if the last
// found nothing: as it is, with one threshold for the whole image, and smoothed by a 3×3 Gaussian. No code is
// not an error: the result is then empty. A picture crowded with finder patterns, made to keep a reader busy, is
// given up as one without a code. It fails with ErrImage for an image over MaxSide or MaxPixels.
//
// Decode keeps nothing, does not change gray, and may be called from many goroutines at once.
func Decode(gray *image.Gray) ([]Decoded, error) {
	return decodeWithin(gray, 0, time.Now)
}

// decodeWithin is Decode for a frame that is worth no more than budget: a further pass is made only if, as long
// as the longest so far, it would still end in time. Zero means no limit.
func decodeWithin(gray *image.Gray, budget time.Duration, now func() time.Time) ([]Decoded, error) {
	b := gray.Bounds()
	w, h := b.Dx(), b.Dy()
	switch {
	case w > MaxSide || h > MaxSide || w*h > MaxPixels:
		return nil, fmt.Errorf("decode a %d×%d frame: %w: at most %d pixels a side and %d in all", w, h, ErrImage, MaxSide, MaxPixels)
	case w < minSide || h < minSide:
		return nil, nil
	case gray.Stride < w || len(gray.Pix) < (h-1)*gray.Stride+w:
		return nil, fmt.Errorf("decode a %d×%d frame: %w: it holds %d bytes", w, h, ErrImage, len(gray.Pix))
	}
	start := now()
	var longest time.Duration
	for _, p := range [...]pass{plain, global, blurred} {
		began := now()
		if budget > 0 && longest > 0 && began.Add(longest).After(start.Add(budget)) {
			return nil, nil
		}
		found, err := read(gray, p)
		if err != nil {
			return nil, fmt.Errorf("decode a %d×%d frame: %w", w, h, err)
		}
		if len(found) > 0 {
			return found, nil
		}
		longest = max(longest, now().Sub(began))
	}
	return nil, nil
}
