package virtualprinter

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Fonts are what the printer has in its memory, as TrueType or OpenType files.
type Fonts struct {
	// Latin and LatinBold are of fixed pitch; nil for Go Mono.
	Latin, LatinBold []byte
	// Han is for characters of two bytes; nil for none: an empty box stands for each.
	Han []byte
}

// glyphs draws characters in cells.
type glyphs struct {
	latin, bold, han font.Face
	cache            map[glyphKey]*image.Gray
}

type glyphKey struct {
	r          rune
	w, h       int
	bold, wide bool
}

func newGlyphs(f Fonts) (*glyphs, error) {
	if f.Latin == nil {
		f.Latin = gomono.TTF
	}
	if f.LatinBold == nil {
		f.LatinBold = gomonobold.TTF
	}
	g := &glyphs{cache: map[glyphKey]*image.Gray{}}
	for _, each := range []struct {
		file []byte
		size float64
		to   *font.Face
	}{{f.Latin, 20, &g.latin}, {f.LatinBold, 20, &g.bold}, {f.Han, 23, &g.han}} {
		if each.file == nil {
			continue
		}
		parsed, err := opentype.Parse(each.file)
		if err != nil {
			return nil, fmt.Errorf("read the printer's font: %w", err)
		}
		if *each.to, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: each.size, DPI: 72}); err != nil {
			return nil, fmt.Errorf("open the printer's font: %w", err)
		}
	}
	return g, nil
}

// cell is a character in a cell of w × h dots, black on white.
func (g *glyphs) cell(r rune, w, h int, bold, wide bool) *image.Gray {
	key := glyphKey{r, w, h, bold, wide}
	if img, ok := g.cache[key]; ok {
		return img
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	if !ruled(img, r) {
		g.draw(img, r, bold, wide)
	}
	if len(g.cache) < 10_000 {
		g.cache[key] = img
	}
	return img
}

func (g *glyphs) draw(img *image.Gray, r rune, bold, wide bool) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	face := g.latin
	if bold {
		face = g.bold
	}
	if wide {
		face = g.han
	}
	if r == ' ' || r == '\u00a0' || r == '\u3000' {
		return
	}
	if face == nil {
		frame(img)
		return
	}
	if _, ok := face.GlyphAdvance(r); !ok {
		frame(img)
		return
	}
	base := h * 19 / 24
	if wide {
		base = h * 21 / 24
	}
	strokes := 1
	if bold && wide { // struck twice, a dot apart, as printers embolden
		strokes = 2
	}
	for dx := range strokes {
		d := font.Drawer{Dst: img, Src: image.Black, Face: face}
		advance := d.MeasureString(string(r))
		d.Dot = fixed.Point26_6{X: (fixed.I(w) - advance) / 2, Y: fixed.I(base)}
		d.Dot.X += fixed.I(dx)
		d.DrawString(string(r))
	}
	for i, v := range img.Pix { // dots are black or not
		if v < 140 {
			img.Pix[i] = 0
		} else {
			img.Pix[i] = 255
		}
	}
}

// frame is what stands for a character that the font lacks.
func frame(img *image.Gray) {
	b := img.Bounds()
	for x := 1; x < b.Dx()-2; x++ {
		img.Pix[2*img.Stride+x], img.Pix[(b.Dy()-4)*img.Stride+x] = 0, 0
	}
	for y := 2; y < b.Dy()-3; y++ {
		img.Pix[y*img.Stride+1], img.Pix[y*img.Stride+b.Dx()-3] = 0, 0
	}
}

// arms are the ends of the ruled lines' signs: left, right, up, down; 2 is double.
func arms(r rune) (a [4]int, ok bool) {
	a, ok = map[rune][4]int{
		'─': {1, 1, 0, 0}, '│': {0, 0, 1, 1}, '┌': {0, 1, 0, 1}, '┐': {1, 0, 0, 1}, '└': {0, 1, 1, 0}, '┘': {1, 0, 1, 0},
		'├': {0, 1, 1, 1}, '┤': {1, 0, 1, 1}, '┬': {1, 1, 0, 1}, '┴': {1, 1, 1, 0}, '┼': {1, 1, 1, 1},
		'╭': {0, 1, 0, 1}, '╮': {1, 0, 0, 1}, '╰': {0, 1, 1, 0}, '╯': {1, 0, 1, 0}, '═': {2, 2, 0, 0},
	}[r]
	return a, ok
}

// ruled draws the signs of ruled lines from edge to edge, so that they join whatever the font.
func ruled(img *image.Gray, r rune) bool {
	a, ok := arms(r)
	if !ok {
		return false
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	fill := func(x0, y0, x1, y1 int) {
		for y := max(y0, 0); y < min(y1, h); y++ {
			for x := max(x0, 0); x < min(x1, w); x++ {
				img.Pix[y*img.Stride+x] = 0
			}
		}
	}
	across := func(x0, x1, kind int) {
		switch kind {
		case 1:
			fill(x0, h/2-1, x1, h/2+1)
		case 2:
			fill(x0, h/2-3, x1, h/2-1)
			fill(x0, h/2+1, x1, h/2+3)
		}
	}
	across(0, w/2+1, a[0])
	across(w/2-1, w, a[1])
	if a[2] > 0 {
		fill(w/2-1, 0, w/2+1, h/2+1)
	}
	if a[3] > 0 {
		fill(w/2-1, h/2-1, w/2+1, h)
	}
	return true
}
