package paper

import (
	"strings"

	"golang.org/x/image/font"

	"countersign/devices/printer/escpos"
)

// ESCPOS sets the document for a receipt printer of the profile: the bytes of one job. It fails where a picture or a code
// cannot be set.
func ESCPOS(d Document, p escpos.Profile) ([]byte, error) {
	s := setter{profile: p, e: escpos.NewEncoder(p), face: newTypeface()}
	for _, block := range d.Blocks {
		if err := s.block(block); err != nil {
			return nil, err
		}
	}
	return s.e.Bytes(), nil
}

type setter struct {
	profile escpos.Profile
	e       *escpos.Encoder
	face    *typeface
}

func (s *setter) block(block Block) error {
	switch v := block.(type) {
	case Text:
		return s.text(v)
	case Rule:
		s.rule(v)
	case QR:
		return s.qr(v)
	case Image:
		if v.Image == nil {
			return nil
		}
		return s.picture(Image{dotted(v.Image, s.profile.Dots)})
	case Space:
		s.e.Feed(max(v.Lines*30, 15))
	case Cut:
		s.e.Cut()
	case Kick:
		s.e.Kick()
	}
	return nil
}

func (s *setter) picture(i Image) error {
	s.e.Align(escpos.Centre)
	err := s.e.Picture(i.Image)
	s.e.Align(escpos.Left)
	return err
}

// text sets a Text in the printer's own font, or where that lacks a character, as a picture.
func (s *setter) text(t Text) error {
	if left, right := s.plainer(t.Left), s.plainer(t.Right); s.prints(left + right) {
		t.Left, t.Right = left, right
	} else {
		return s.drawn(t)
	}
	width := s.profile.Columns
	for _, r := range rows(t, float64(width), float64(t.Indent), 1, s.columns) {
		s.row(r, t, width)
	}
	return nil
}

// columns is a text's width in font A: what the printer has in a code page is one column, other characters are of its
// two-byte font.
func (s *setter) columns(text string) float64 {
	n := 0
	for _, r := range text {
		if r < 0x80 || s.narrow(r) {
			n++
		} else {
			n += 2
		}
	}
	return float64(n)
}

func (s *setter) narrow(r rune) bool {
	if spaceLike(r) {
		return true
	}
	for _, page := range s.profile.Pages {
		if _, ok := page.Byte(r); ok {
			return true
		}
	}
	return false
}

func spaceLike(r rune) bool { return strings.ContainsRune("\u00a0\u2007\u2009\u202f", r) }

func (s *setter) prints(text string) bool {
	for _, r := range clean(text) {
		if r != '\n' && !spaceLike(r) && !s.profile.Prints(r) {
			return false
		}
	}
	return true
}

// row writes one line, filled with spaces, so that its parts stand where they belong whatever the printer's margins are.
func (s *setter) row(r row, t Text, width int) {
	scale := max(r.size, 1)
	margin, line := s.spaced(r, width)
	if t.Reverse {
		margin, line = "", pad(len(margin)/scale)+line // all of it is black
		line += pad(width/scale - int(s.columns(line)))
	}
	s.e.Text(margin)
	if t.Bold {
		s.e.Bold(true)
	}
	if t.Reverse {
		s.e.Reverse(true)
	}
	if scale > 1 {
		s.e.Size(scale, scale)
	}
	s.e.Text(line)
	s.e.Line()
	if scale > 1 {
		s.e.Size(1, 1)
	}
	if t.Reverse {
		s.e.Reverse(false)
	}
	if t.Bold {
		s.e.Bold(false)
	}
}

// spaced is a row with the spaces in between, and those before it, which are of size 1: so that a large line stands in the
// middle to half a column.
func (s *setter) spaced(r row, width int) (margin, line string) {
	scale := max(r.size, 1)
	indent := int(r.indent)
	free := width - indent - int(s.columns(r.left)+s.columns(r.right))*scale
	switch {
	case r.right != "" && r.left == "":
		return pad(indent + free), r.right
	case r.right != "":
		return pad(indent + free%scale), r.left + pad(free/scale) + r.right
	case r.align == Right:
		return pad(indent + free), r.left
	case r.align == Centre:
		return pad(indent + free/2), r.left
	}
	return pad(indent), r.left
}

// plainer replaces signs that the printer lacks by what typewriters had, which is quicker printed than a picture.
func (s *setter) plainer(text string) string {
	var b strings.Builder
	for _, r := range text {
		if plain, ok := map[rune]string{'×': "x", '…': "...", '–': "-", '—': "-", '‘': "'", '’': "'", '“': `"`, '”': `"`, '„': `"`, '·': "-"}[r]; ok && !s.profile.Prints(r) {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// drawn sets a Text as pictures, a line each.
func (s *setter) drawn(t Text) error {
	face, err := s.face.face(t.Bold, 1)
	if err != nil {
		return err
	}
	dots := s.profile.Columns * escpos.CellWidth
	m := func(text string) float64 { return float64(font.MeasureString(face, text)) / 64 }
	for _, r := range rows(t, float64(dots), float64(t.Indent*escpos.CellWidth), escpos.CellWidth, m) {
		img, err := s.face.line(r, t.Bold, t.Reverse, dots)
		if err != nil {
			return err
		}
		if err := s.e.Picture(img); err != nil {
			return err
		}
	}
	return nil
}

// rule draws across: box drawing where the printer has it, else signs that all have.
func (s *setter) rule(v Rule) {
	sign := "-"
	if v.Heavy {
		sign = "="
	}
	for _, page := range s.profile.Pages {
		box := '─'
		if v.Heavy {
			box = '═'
		}
		if _, ok := page.Byte(box); ok {
			sign = string(box)
			break
		}
	}
	s.e.Text(strings.Repeat(sign, s.profile.Columns))
	s.e.Line()
}

func (s *setter) qr(v QR) error {
	code, err := symbol(v.Text)
	if err != nil {
		return err
	}
	module := moduleDots(code.GetSize(), s.profile.Dots)
	if !s.profile.QR {
		return s.picture(Image{drawn(code, module)})
	}
	s.e.Feed(quietZone * module) // the printer draws none
	s.e.Align(escpos.Centre)
	err = s.e.QR(v.Text, module, escpos.LevelL)
	s.e.Align(escpos.Left)
	s.e.Feed(quietZone * module)
	return err
}
