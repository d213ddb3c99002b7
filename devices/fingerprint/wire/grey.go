package wire

import (
	"fmt"
	"image"
)

// Pictures go over the line as 4 bits a pixel, row by row, the left pixel of two in
// the high nibble, 0 black to 15 white.

// PackGrey appends a picture, its lower four bits lost, to b. The width must be even.
func PackGrey(b []byte, g *image.Gray) []byte {
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		row := g.Pix[g.PixOffset(g.Rect.Min.X, y):][:g.Rect.Dx()]
		for x := 0; x+1 < len(row); x += 2 {
			b = append(b, row[x]&0xF0|row[x+1]>>4)
		}
	}
	return b
}

// UnpackGrey returns the picture of width × height that b holds; 0 to 15 become 0
// to 255.
func UnpackGrey(b []byte, width, height int) (*image.Gray, error) {
	if width <= 0 || height <= 0 || width%2 != 0 || len(b) != width*height/2 {
		return nil, fmt.Errorf("picture of %d×%d: %w: %d bytes", width, height, ErrPayload, len(b))
	}
	g := image.NewGray(image.Rect(0, 0, width, height))
	for i, v := range b {
		g.Pix[2*i] = v >> 4 * 17
		g.Pix[2*i+1] = v & 15 * 17
	}
	return g, nil
}
