package paper

import (
	"fmt"
	"image"

	qr "github.com/piglig/go-qr"
	xdraw "golang.org/x/image/draw"
)

// quietZone is the white border, in modules, that ISO/IEC 18004 asks for.
const quietZone = 4

// symbol encodes a text in the smallest symbol, at level L or a higher one that costs nothing.
func symbol(text string) (*qr.QrCode, error) {
	segments, err := qr.MakeSegments(text)
	if err != nil {
		return nil, fmt.Errorf("encode %d characters as a QR code: %w", len(text), err)
	}
	code, err := qr.EncodeSegments(segments, qr.Low, qr.MinVersion, qr.MaxVersion, -1, true)
	if err != nil {
		return nil, fmt.Errorf("encode %d characters as a QR code: %w", len(text), err)
	}
	return code, nil
}

// moduleDots is how many dots a module takes on paper: up to 6 (0.75 mm), and about two thirds of the paper in all.
func moduleDots(modules, dots int) int {
	n := dots * 2 / 3 / (modules + 2*quietZone)
	if n < 3 { // a large symbol takes the whole width
		n = dots / (modules + 2*quietZone)
	}
	return min(max(n, 1), 6)
}

// drawn is the symbol with its quiet zone.
func drawn(code *qr.QrCode, module int) *image.Gray {
	side := (code.GetSize() + 2*quietZone) * module
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			v := uint8(255)
			if code.GetModule(x/module-quietZone, y/module-quietZone) {
				v = 0
			}
			img.Pix[y*img.Stride+x] = v
		}
	}
	return img
}

func scaled(dst xdraw.Image, src image.Image) {
	xdraw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), xdraw.Over, nil)
}
