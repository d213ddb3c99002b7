package escpos

import (
	"fmt"
	"image"
	"image/color"
)

// bandRows is how many rows one GS v 0 carries: small printers keep a whole command before they print it.
const bandRows = 128

// Picture prints an image, one dot a pixel, by GS v 0, where [Encoder.Align] says: dark pixels (luminance below half,
// on white where they are translucent) are black. An image wider than the paper is an error. It ends the line.
func (e *Encoder) Picture(img image.Image) error {
	b := img.Bounds()
	if b.Empty() {
		return nil
	}
	if b.Dx() > e.profile.Dots {
		return fmt.Errorf("encode picture of %d dots: the paper has %d", b.Dx(), e.profile.Dots)
	}
	e.single()
	across := (b.Dx() + 7) / 8
	for top := b.Min.Y; top < b.Max.Y; top += bandRows {
		rows := min(bandRows, b.Max.Y-top)
		e.raw(0x1d, 'v', '0', 0, byte(across), byte(across>>8), byte(rows), byte(rows>>8))
		for y := top; y < top+rows; y++ {
			row := make([]byte, across)
			for x := 0; x < b.Dx(); x++ {
				if dark(img.At(b.Min.X+x, y)) {
					row[x/8] |= 0x80 >> (x % 8)
				}
			}
			e.raw(row...)
		}
	}
	return nil
}

// dark says whether a pixel on white paper is rather black than white.
func dark(c color.Color) bool {
	r, g, b, a := c.RGBA() // premultiplied: what is missing to a is the paper
	lum := (299*r+587*g+114*b)/1000 + (0xffff - a)
	return lum < 0x8000
}

// Level is how much of a QR code may be damaged.
type Level byte

// The levels, as GS ( k numbers them.
const (
	LevelL Level = 48 // 7 %
	LevelM Level = 49 // 15 %
	LevelQ Level = 50 // 25 %
	LevelH Level = 51 // 30 %
)

// maxQR is the most bytes that GS ( k stores (model 2, version 40, numeric).
const maxQR = 7089

// QR prints a QR code, model 2, drawn by the printer itself (GS ( k, functions 165, 167, 169, 180 and 181), module dots a
// module, 1 to 16. Only for a profile with QR; else send a [Encoder.Picture].
func (e *Encoder) QR(text string, module int, level Level) error {
	if n := len(text); n == 0 || n > maxQR {
		return fmt.Errorf("encode QR code of %d bytes: 1 to %d", n, maxQR)
	}
	if module < 1 || module > 16 {
		return fmt.Errorf("encode QR code with modules of %d dots: 1 to 16", module)
	}
	e.single()
	e.raw(0x1d, '(', 'k', 4, 0, 49, 65, 50, 0)             // model 2
	e.raw(0x1d, '(', 'k', 3, 0, 49, 67, byte(module))      // dots a module
	e.raw(0x1d, '(', 'k', 3, 0, 49, 69, byte(level))       // error correction
	n := len(text) + 3                                     //
	e.raw(0x1d, '(', 'k', byte(n), byte(n>>8), 49, 80, 48) // store
	e.raw([]byte(text)...)
	e.raw(0x1d, '(', 'k', 3, 0, 49, 81, 48) // print
	return nil
}
