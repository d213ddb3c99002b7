package virtualcamera

import (
	"image"
	"image/color"
)

// screen is a window's picture split into luminance and half-size chrominance, as cameras and JPEG have it: two
// thirds of the work of three full colours, for each frame.
type screen struct {
	w, h   int
	y      []uint8
	cw, ch int
	cb, cr []uint8
	code   symbol
	found  bool
}

// load splits img, reusing s's memory.
//
//go:norace
func (s *screen) load(img image.Image) {
	b := img.Bounds()
	s.w, s.h = b.Dx(), b.Dy()
	s.cw, s.ch = (s.w+1)/2, (s.h+1)/2
	s.y = grown(s.y, s.w*s.h)
	s.cb, s.cr = grown(s.cb, s.cw*s.ch), grown(s.cr, s.cw*s.ch)
	var pix []uint8
	var stride int
	switch img := img.(type) {
	case *image.RGBA:
		pix, stride = img.Pix, img.Stride
	case *image.NRGBA: // a window's pixels are opaque
		pix, stride = img.Pix, img.Stride
	}
	for y := range s.h {
		for x := range s.w {
			var r, g, bl uint8
			if pix != nil {
				p := pix[y*stride+4*x : y*stride+4*x+3 : y*stride+4*x+3]
				r, g, bl = p[0], p[1], p[2]
			} else {
				c := color.RGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)
				r, g, bl = c.R, c.G, c.B
			}
			if x&1 == 0 && y&1 == 0 {
				at := (y/2)*s.cw + x/2
				s.y[y*s.w+x], s.cb[at], s.cr[at] = color.RGBToYCbCr(r, g, bl)
			} else {
				s.y[y*s.w+x] = uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(bl) + 1<<15) >> 16)
			}
		}
	}
	s.code, s.found = find(s.y, s.w, s.h)
}

func grown(b []uint8, n int) []uint8 {
	if cap(b) < n {
		return make([]uint8, n)
	}
	return b[:n]
}
