package virtualprinter

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"strings"
)

// Limits of what a printer prints: a roll of 80 m is longer, a mistake in a loop not.
const (
	mostRows   = 40_000 // dots of one sheet: 5 m
	mostSheets = 200
)

var errRoll = errors.New("the roll is used up: 5 m in one piece, or 200 pieces")

// Sheet is what was printed from one cut to the next.
type Sheet struct {
	// Image is the paper, one dot a pixel, black and white.
	Image *image.Gray
	// Text is its lines as they stand, by columns of 12 dots; pictures are not in it.
	Text string
	// Codes are the texts of the QR codes that the printer drew itself.
	Codes []string
	// Cut says that it was cut off, and did not just end.
	Cut bool
}

// Paper is all that came out of a printer.
type Paper struct {
	Sheets []Sheet
	// Kicks are the drawer's pins that were given current, 0 or 1, in their order.
	Kicks []int
}

// Text is the text of all sheets, one after the other, with a line of dashes where it was cut.
func (p Paper) Text() string {
	var b strings.Builder
	for _, s := range p.Sheets {
		b.WriteString(s.Text)
		if s.Cut {
			b.WriteString("-- cut --\n")
		}
	}
	return b.String()
}

// Picture shows the sheets below each other on a table, white paper with its margins, a gap where it was cut.
func (p Paper) Picture() image.Image {
	const margin, gap = 32, 24
	width, height := 0, gap
	for _, s := range p.Sheets {
		width = max(width, s.Image.Bounds().Dx())
		height += s.Image.Bounds().Dy() + 2*margin + gap
	}
	if width == 0 {
		width = 1
	}
	table := image.NewRGBA(image.Rect(0, 0, width+2*margin+2*gap, height))
	draw.Draw(table, table.Bounds(), image.NewUniform(color.RGBA{0x8a, 0x93, 0x9b, 0xff}), image.Point{}, draw.Src)
	y := gap
	for _, s := range p.Sheets {
		h := s.Image.Bounds().Dy() + 2*margin
		draw.Draw(table, image.Rect(gap, y, gap+width+2*margin, y+h), image.White, image.Point{}, draw.Src)
		at := image.Pt(gap+margin, y+margin)
		draw.Draw(table, s.Image.Bounds().Add(at), s.Image, image.Point{}, draw.Src)
		y += h + gap
	}
	return table
}

// roll is the paper as it comes out.
type roll struct {
	dots  int
	paper Paper
	pix   []byte // rows of the sheet that is being printed
	text  strings.Builder
	codes []string
	used  bool // something was printed or fed since the last cut
}

func (r *roll) rows() int { return len(r.pix) / r.dots }

// feed moves the paper by so many dots.
func (r *roll) feed(dots int) error {
	if dots <= 0 {
		return nil
	}
	if r.rows()+dots > mostRows {
		return errRoll
	}
	r.used = true
	start := len(r.pix)
	r.pix = append(r.pix, make([]byte, dots*r.dots)...)
	for i := start; i < len(r.pix); i++ {
		r.pix[i] = 255
	}
	return nil
}

// stamp prints black dots of img with its upper left corner at x and a row that is on the paper already.
func (r *roll) stamp(img *image.Gray, x, row int) {
	b := img.Bounds()
	for y := range b.Dy() {
		for i := range b.Dx() {
			if x+i >= 0 && x+i < r.dots && row+y < r.rows() && img.Pix[y*img.Stride+i] < 128 {
				r.pix[(row+y)*r.dots+x+i] = 0
			}
		}
	}
}

func (r *roll) cut() error {
	if len(r.paper.Sheets) >= mostSheets {
		return errRoll
	}
	r.paper.Sheets = append(r.paper.Sheets, r.sheet(true))
	r.pix, r.codes, r.used = nil, nil, false
	r.text.Reset()
	return nil
}

func (r *roll) sheet(cut bool) Sheet {
	img := &image.Gray{Pix: r.pix, Stride: r.dots, Rect: image.Rect(0, 0, r.dots, r.rows())}
	return Sheet{Image: img, Text: r.text.String(), Codes: r.codes, Cut: cut}
}

// seen is the paper so far, with the sheet that hangs out.
func (r *roll) seen() Paper {
	p := Paper{Sheets: append([]Sheet(nil), r.paper.Sheets...), Kicks: append([]int(nil), r.paper.Kicks...)}
	if r.used {
		s := r.sheet(false)
		img := *s.Image
		img.Pix = append([]byte(nil), img.Pix...)
		s.Image = &img
		p.Sheets = append(p.Sheets, s)
	}
	return p
}
