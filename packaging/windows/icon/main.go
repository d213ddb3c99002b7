// Command icon draws Countersign's icon for Windows, FILE.ico: a code's corner and the tick
// that answers it, in the colours of the windows. It is drawn from nothing, the same each
// time, in the sizes that Windows shows.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
)

var (
	ground = color.NRGBA{0x10, 0x18, 0x20, 0xff}
	ink    = color.NRGBA{0xf4, 0xf7, 0xf8, 0xff}
	accent = color.NRGBA{0x12, 0xb8, 0x86, 0xff}
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icon FILE.ico")
		os.Exit(2)
	}
	icon, err := Icon(16, 24, 32, 48, 64, 256)
	if err == nil {
		err = os.WriteFile(os.Args[1], icon, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// Icon is an icon file with a picture in each of these sizes, pixels, at most 256.
func Icon(sizes ...int) ([]byte, error) {
	var head, body bytes.Buffer
	head.Write([]byte{0, 0, 1, 0})
	_ = binary.Write(&head, binary.LittleEndian, uint16(len(sizes)))
	for _, size := range sizes {
		picture, err := encode(draw(size))
		if err != nil {
			return nil, err
		}
		at := 6 + 16*len(sizes) + body.Len()
		head.Write([]byte{byte(size), byte(size), 0, 0, 1, 0, 32, 0}) // 256 is 0
		_ = binary.Write(&head, binary.LittleEndian, [2]uint32{uint32(len(picture)), uint32(at)})
		body.Write(picture)
	}
	return append(head.Bytes(), body.Bytes()...), nil
}

// encode is a picture as it lies in an icon: the largest as PNG, the others as bitmaps,
// which everything reads.
func encode(m *image.NRGBA) ([]byte, error) {
	var out bytes.Buffer
	size := m.Rect.Dx()
	if size >= 256 {
		err := png.Encode(&out, m)
		return out.Bytes(), err
	}
	_ = binary.Write(&out, binary.LittleEndian, struct {
		Size                  uint32
		Width, Height         int32 // twice the height: the mask is below
		Planes, Bits          uint16
		Compression, Bytes    uint32
		PerMetreX, PerMetreY  int32
		Colours, ColoursInUse uint32
	}{Size: 40, Width: int32(size), Height: 2 * int32(size), Planes: 1, Bits: 32})
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			c := m.NRGBAAt(x, y)
			out.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	out.Write(make([]byte, size*((size+31)/32*4))) // the mask: alpha says it
	return out.Bytes(), nil
}

// draw draws the icon, each pixel the mean of 64 points.
func draw(size int) *image.NRGBA {
	const fine = 8
	m := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var r, g, b, a int
			for n := range fine * fine {
				u := (float64(x) + (float64(n%fine)+0.5)/fine) / float64(size)
				v := (float64(y) + (float64(n/fine)+0.5)/fine) / float64(size)
				if c := at(u, v); c.A > 0 {
					r, g, b, a = r+int(c.R), g+int(c.G), b+int(c.B), a+1
				}
			}
			if a > 0 {
				m.SetNRGBA(x, y, color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(a * 255 / (fine * fine))})
			}
		}
	}
	return m
}

// at is the colour of a point, from 0,0 at the top left to 1,1.
func at(u, v float64) color.NRGBA {
	// A square with round corners.
	du, dv := math.Max(math.Abs(u-0.5)-0.3, 0), math.Max(math.Abs(v-0.5)-0.3, 0)
	if math.Hypot(du, dv) > 0.2 {
		return color.NRGBA{}
	}
	// The tick, over everything, with room around it.
	far := math.Min(line(u, v, 0.42, 0.68, 0.56, 0.82), line(u, v, 0.56, 0.82, 0.86, 0.44))
	if far < 0.055 {
		return accent
	}
	if far < 0.10 {
		return ground
	}
	// A code's corner: a ring of one module around a core of three.
	if d := math.Max(math.Abs(u-0.40), math.Abs(v-0.40)); d < 0.12 || (d > 0.19 && d < 0.26) {
		return ink
	}
	return ground
}

// line is how far a point is from a line between two others.
func line(u, v, u1, v1, u2, v2 float64) float64 {
	t := ((u-u1)*(u2-u1) + (v-v1)*(v2-v1)) / ((u2-u1)*(u2-u1) + (v2-v1)*(v2-v1))
	t = math.Max(0, math.Min(1, t))
	return math.Hypot(u-u1-t*(u2-u1), v-v1-t*(v2-v1))
}
