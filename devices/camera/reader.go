package camera

// #cgo CXXFLAGS: -std=c++17 -O3
// #include "reader.h"
import "C"

import (
	"image"
	"strings"
	"unsafe"
)

// pass is one way of looking at a frame; the cascade tries them in order.
type pass int

const (
	plain   pass = C.QR_PLAIN   // local threshold: a good picture
	global  pass = C.QR_GLOBAL  // one threshold for the whole frame: an evenly lit screen, small modules
	blurred pass = C.QR_BLURRED // smoothed by a 3×3 Gaussian first: noise and screen door
)

// read makes one pass over gray, which the caller has checked to be of a sane size and to hold its pixels.
func read(gray *image.Gray, p pass) ([]Decoded, error) {
	b := gray.Bounds()
	var found [maxSymbols]C.qr_symbol
	n := C.qr_read((*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(gray.Pix))), C.int(b.Dx()), C.int(b.Dy()), C.int(gray.Stride),
		C.int(p), &found[0], maxSymbols)
	if n < 0 {
		return nil, errReader
	}
	var out []Decoded
	for i := range found[:n] {
		f := &found[i]
		d := Decoded{Text: strings.ToValidUTF8(C.GoStringN(&f.text[0], f.length), "\uFFFD")}
		if len(d.Text) > MaxText {
			continue
		}
		for j := range d.Outline {
			d.Outline[j] = b.Min.Add(image.Pt(int(f.corners[2*j]), int(f.corners[2*j+1])))
		}
		out = append(out, d)
	}
	return out, nil
}
