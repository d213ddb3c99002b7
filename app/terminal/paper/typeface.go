package paper

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"countersign/assets"
)

// bodyDots is the em of a drawn line in dots: a Han character is then as wide as two columns of font A.
const bodyDots = 24

// typeface draws lines in the embedded font, dot by dot, for printers that lack a character. It is made for one document
// and used by one goroutine.
type typeface struct {
	faces map[faceKey]font.Face
	fonts map[assets.Weight]*opentype.Font
}

type faceKey struct {
	weight assets.Weight
	size   int
}

func newTypeface() *typeface {
	return &typeface{faces: map[faceKey]font.Face{}, fonts: map[assets.Weight]*opentype.Font{}}
}

func (t *typeface) face(bold bool, size int) (font.Face, error) {
	weight := assets.Regular
	if bold {
		weight = assets.Bold
	}
	key := faceKey{weight, size}
	if f, ok := t.faces[key]; ok {
		return f, nil
	}
	if t.fonts[weight] == nil {
		parsed, err := opentype.Parse(assets.Font(weight))
		if err != nil {
			return nil, fmt.Errorf("read the embedded font: %w", err)
		}
		t.fonts[weight] = parsed
	}
	f, err := opentype.NewFace(t.fonts[weight], &opentype.FaceOptions{Size: float64(bodyDots * size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("open the embedded font: %w", err)
	}
	t.faces[key] = f
	return f, nil
}

// rowDots is the height of a drawn line of size 1: descenders below, a little air above.
const (
	rowDots  = 32
	baseline = 25
)

// line draws one row on white, dots wide.
func (t *typeface) line(r row, bold, reverse bool, dots int) (image.Image, error) {
	size := max(r.size, 1)
	face, err := t.face(bold, size)
	if err != nil {
		return nil, err
	}
	img := image.NewGray(image.Rect(0, 0, dots, rowDots*size))
	ink, ground := image.Image(image.Black), image.Image(image.White)
	if reverse {
		ink, ground = ground, ink
	}
	draw.Draw(img, img.Bounds(), ground, image.Point{}, draw.Src)
	put := func(s string, x int) {
		d := font.Drawer{Dst: img, Src: ink, Face: face, Dot: fixed.P(x, baseline*size)}
		d.DrawString(s)
	}
	wide := func(s string) int { return font.MeasureString(face, s).Ceil() }
	x := int(r.indent)
	switch {
	case r.right != "":
		put(r.right, dots-wide(r.right))
	case r.align == Right:
		x = dots - wide(r.left)
	case r.align == Centre:
		x += (dots - x - wide(r.left)) / 2
	}
	put(r.left, max(x, 0))
	return firm(img, reverse), nil
}

// firm makes each pixel black or white; half-covered edges become ink, or thin strokes would break.
func firm(img *image.Gray, reverse bool) *image.Gray {
	limit := uint8(150)
	if reverse {
		limit = 105
	}
	for i, v := range img.Pix {
		if v < limit {
			img.Pix[i] = 0
		} else {
			img.Pix[i] = 255
		}
	}
	return img
}

// dotted makes a picture of black and white dots of it, as wide as the paper at most; greys are diffused (Floyd–Steinberg).
func dotted(src image.Image, dots int) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if w > dots {
		w, h = dots, max(1, h*dots/w)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	scaled(small, src)
	out := image.NewPaletted(small.Bounds(), color.Palette{color.Black, color.White})
	draw.FloydSteinberg.Draw(out, out.Bounds(), small, image.Point{})
	return out
}
