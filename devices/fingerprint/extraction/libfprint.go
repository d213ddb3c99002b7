//go:build linux && cgo

package extraction

/*
#cgo pkg-config: libfprint-2
#include <stdlib.h>
#include "libfprint.h"
*/
import "C"

import (
	"context"
	"fmt"
	"image"
	"unsafe"

	"countersign/protocol/minutiae"
)

// mostMinutiae bounds what is copied out of libfprint; mindtct finds 20 to 120 in
// a finger, and smudges can bring several hundred.
const mostMinutiae = 1024

// Libfprint extracts minutiae with libfprint-2. The zero value is ready; it holds
// no state and may be used from many goroutines at once, each of which occupies
// a thread of its own for some 40 ms. libfprint's copies of the picture stay in
// this process's memory, unwiped: programs use [Apart].
type Libfprint struct{}

// Extract returns the minutiae of a grey picture (ridges dark) of 100 to 2000 dpi,
// places from its upper left corner in 0.1 mm, the most reliable at each place.
// A picture is rescaled to 500 dpi first, which mindtct is made for. A finger with
// no minutiae is no error. mindtct cannot be interrupted: ctx is looked at
// before and after.
func (Libfprint) Extract(ctx context.Context, picture *image.Gray, dpi int) ([]minutiae.Minutia, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scaled, err := rescale(picture, dpi)
	if err != nil {
		return nil, err
	}
	defer clear(scaled.Pix)
	return libfprint(ctx, scaled)
}

// libfprint extracts from a picture at 500 dpi with its rows close together.
func libfprint(ctx context.Context, scaled *image.Gray) ([]minutiae.Minutia, error) {
	found := make([]C.struct_countersign_minutia, mostMinutiae)
	defer clear(found)
	var message *C.char
	n := C.countersign_minutiae((*C.uchar)(unsafe.Pointer(&scaled.Pix[0])),
		C.int(scaled.Rect.Dx()), C.int(scaled.Rect.Dy()), &found[0], C.int(len(found)), &message)
	if n < 0 {
		defer C.free(unsafe.Pointer(message))
		return nil, fmt.Errorf("%w: %s", ErrExtraction, C.GoString(message))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	raw := make([]nbisMinutia, n)
	defer clear(raw)
	for i := range raw {
		f := found[i]
		raw[i] = nbisMinutia{x: int(f.x), y: int(f.y), direction: int(f.direction), kind: int(f.kind), reliability: float64(f.reliability)}
	}
	return fromNBIS(raw), nil
}
