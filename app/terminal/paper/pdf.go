package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"countersign/assets"
)

// Sheet is what a PDF is set on.
type Sheet struct {
	// Width and Height are in millimetres; a Height of 0 is a roll: one page, as long as the document.
	Width, Height float64
	Margin        float64
	// Body is the size of body text in points.
	Body float64
}

// A4 is a sheet with the margins of a letter; Roll80 is what an 80 mm printer would give.
func A4() Sheet     { return Sheet{Width: 210, Height: 297, Margin: 25, Body: 10.5} }
func Roll80() Sheet { return Sheet{Width: 80, Margin: 5, Body: 9} }

const (
	millimetre = 72 / 25.4 // points
	lineFactor = 1.42      // of a line to its em
	fontFamily = "NotoSansSC"
)

// PDF sets the document on the sheet and writes it. The time is the file's date of creation and the only one in it: the
// same document and time give the same bytes. The text can be searched and copied.
func PDF(d Document, s Sheet, at time.Time, w io.Writer) error {
	if s.Width <= 2*s.Margin || s.Body <= 0 {
		return errors.New("set a PDF: the sheet has no room between its margins")
	}
	p := &page{sheet: s}
	if err := p.open(d, at); err != nil {
		return err
	}
	var parts []part
	for _, block := range d.Blocks {
		set, err := p.parts(block)
		if err != nil {
			return fmt.Errorf("set a PDF: %w", err)
		}
		parts = append(parts, set...)
	}
	p.place(parts)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("set a PDF: %w", err)
	}
	return nil
}

// page is the PDF while it is set. Its unit is the millimetre.
type page struct {
	sheet    Sheet
	pdf      *fpdf.Fpdf
	pictures int
}

// part is a piece of the document that is not divided between pages.
type part struct {
	height float64
	draw   func(top float64)
	blank  bool // white: not drawn at the head of a page
	leads  bool // a heading: not left alone at the foot of a page
}

func (p *page) open(d Document, at time.Time) error {
	p.pdf = fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: p.sheet.Width, Ht: max(p.sheet.Height, p.sheet.Width)}})
	p.pdf.SetCatalogSort(true)
	p.pdf.SetCreationDate(at.UTC())
	p.pdf.SetModificationDate(at.UTC())
	p.pdf.SetProducer("Countersign", true)
	p.pdf.SetTitle(bmp(clean(d.Title)), true)
	p.pdf.SetAutoPageBreak(false, 0)
	p.pdf.SetMargins(0, 0, 0)
	p.pdf.AddUTF8FontFromBytes(fontFamily, "", assets.Font(assets.Regular))
	p.pdf.AddUTF8FontFromBytes(fontFamily, "B", assets.Font(assets.Bold))
	if err := p.pdf.Error(); err != nil {
		return fmt.Errorf("set a PDF: %w", err)
	}
	return nil
}

func (p *page) room() float64 { return p.sheet.Width - 2*p.sheet.Margin }

// em is the size of body text in mm.
func (p *page) em() float64 { return p.sheet.Body / millimetre }

// font selects the face; measures and draws go by it.
func (p *page) font(bold bool, size int) {
	style := ""
	if bold {
		style = "B"
	}
	p.pdf.SetFont(fontFamily, style, p.sheet.Body*scaleOf(size))
}

// scaleOf is a size's factor: on screens and sheets 2 and 3 times would shout, so they grow less than on a printer.
func scaleOf(size int) float64 {
	switch size {
	case 2:
		return 1.6
	case 3:
		return 2.2
	}
	return 1
}

func (p *page) parts(block Block) ([]part, error) {
	em := p.em()
	switch v := block.(type) {
	case Text:
		return p.text(v), nil
	case Rule:
		weight := 0.2
		if v.Heavy {
			weight = 0.5
		}
		return []part{{height: em * 0.9, draw: func(top float64) {
			p.pdf.SetFillColor(0, 0, 0)
			p.pdf.Rect(p.sheet.Margin, top+em*0.45-weight/2, p.room(), weight, "F")
		}}}, nil
	case QR:
		code, err := symbol(v.Text)
		if err != nil {
			return nil, err
		}
		modules := code.GetSize()
		module := min(p.room()*2/3/float64(modules+2*quietZone), 0.7)
		side := float64(modules+2*quietZone) * module
		return []part{{height: side, draw: func(top float64) {
			p.pdf.SetFillColor(0, 0, 0)
			left := (p.sheet.Width-side)/2 + quietZone*module
			for y := range modules {
				for x := 0; x < modules; x++ {
					run := x
					for run < modules && code.GetModule(run, y) {
						run++
					}
					if run > x { // a run of modules is one rectangle: no hairlines between them
						p.pdf.Rect(left+float64(x)*module, top+float64(y+quietZone)*module, float64(run-x)*module, module, "F")
						x = run
					}
				}
			}
		}}}, nil
	case Image:
		return p.picture(v.Image)
	case Space:
		h := em * lineFactor * float64(v.Lines)
		if v.Lines == 0 {
			h = em * lineFactor / 2
		}
		return []part{{height: h, blank: true, draw: func(float64) {}}}, nil
	}
	return nil, nil
}

func (p *page) picture(img image.Image) ([]part, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	p.pictures++
	name := fmt.Sprintf("picture %d", p.pictures)
	options := fpdf.ImageOptions{ImageType: "PNG"}
	p.pdf.RegisterImageOptionsReader(name, options, &b)
	if err := p.pdf.Error(); err != nil {
		return nil, err
	}
	w := min(float64(img.Bounds().Dx())/8, p.room()) // as on paper: 8 dots a millimetre
	h := w * float64(img.Bounds().Dy()) / float64(img.Bounds().Dx())
	if p.sheet.Height > 0 {
		if most := p.sheet.Height - 2*p.sheet.Margin; h > most {
			w, h = w*most/h, most
		}
	}
	return []part{{height: h, draw: func(top float64) {
		p.pdf.ImageOptions(name, (p.sheet.Width-w)/2, top, w, h, false, options, 0, "")
	}}}, nil
}

func (p *page) text(t Text) []part {
	t.Left, t.Right = bmp(t.Left), bmp(t.Right)
	em := p.em()
	p.font(t.Bold, 1)
	var out []part
	for _, r := range rowsScaled(t, p.room(), float64(t.Indent)*em/2, em, p.pdf.GetStringWidth) {
		height := em * lineFactor * scaleOf(r.size)
		out = append(out, part{height: height, leads: t.Bold && t.Right == "", draw: func(top float64) {
			p.font(t.Bold, r.size)
			p.pdf.SetTextColor(0, 0, 0)
			if t.Reverse {
				p.pdf.SetFillColor(0, 0, 0)
				p.pdf.Rect(p.sheet.Margin, top, p.room(), height+0.05, "F")
				p.pdf.SetTextColor(255, 255, 255)
			}
			base := top + height/2 + em*scaleOf(r.size)*0.37
			left, edge := p.sheet.Margin+r.indent, p.sheet.Width-p.sheet.Margin
			switch wide := p.pdf.GetStringWidth(r.left); {
			case r.right != "":
				p.pdf.Text(edge-p.pdf.GetStringWidth(r.right), base, r.right)
			case r.align == Right:
				left = edge - wide
			case r.align == Centre:
				left += (edge - left - wide) / 2
			}
			if r.left != "" {
				p.pdf.Text(left, base, r.left)
			}
		}})
	}
	return out
}

// place draws the parts on a roll, or page after page.
func (p *page) place(parts []part) {
	if p.sheet.Height == 0 {
		total := 2 * p.sheet.Margin
		for _, part := range parts {
			total += part.height
		}
		p.pdf.AddPageFormat("P", fpdf.SizeType{Wd: p.sheet.Width, Ht: max(total, p.sheet.Width)})
		top := p.sheet.Margin
		for _, part := range parts {
			part.draw(top)
			top += part.height
		}
		return
	}
	p.pdf.AddPage()
	top := p.sheet.Margin
	for i, part := range parts {
		needs := part.height
		if part.leads && i+1 < len(parts) {
			needs += parts[i+1].height
		}
		if top+needs > p.sheet.Height-p.sheet.Margin && top > p.sheet.Margin {
			p.pdf.AddPage()
			top = p.sheet.Margin
		}
		if part.blank && top == p.sheet.Margin {
			continue
		}
		part.draw(top)
		top += part.height
	}
}

// bmp replaces characters beyond U+FFFF, which a PDF's two-byte font cannot name.
func bmp(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '□'
		}
		return r
	}, s)
}
