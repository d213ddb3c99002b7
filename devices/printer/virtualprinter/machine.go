package virtualprinter

import (
	"image"
	"slices"
	"strings"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// placed is something in the line that is not printed yet.
type placed struct {
	x    int
	img  *image.Gray
	r    rune
	cell int // dots of a column at its size
}

// machine carries commands out. Its units are dots.
type machine struct {
	roll
	glyphs *glyphs

	page, country    byte
	two, sjis        bool // two-byte mode; Shift JIS in place of GB 18030
	lead             byte // first byte of a character whose second is to come
	bold, reverse    bool
	underline        byte
	small            bool // font B
	w, h             int
	align            byte
	spacing, between int
	left, area       int

	x    int
	line []placed

	stored *image.Gray // GS ( L
	qr     qrCode
}

func newMachine(dots int, g *glyphs) *machine {
	m := &machine{roll: roll{dots: dots}, glyphs: g}
	m.reset()
	return m
}

// reset is ESC @: what a printer has when it is switched on.
func (m *machine) reset() {
	m.page, m.country, m.two, m.sjis, m.lead = 0, 0, false, false, 0
	m.bold, m.reverse, m.underline, m.small = false, false, 0, false
	m.w, m.h, m.align, m.spacing, m.between = 1, 1, 0, 30, 0
	m.left, m.area = 0, m.dots
	m.x, m.line, m.stored, m.qr = 0, nil, nil, newQRCode()
}

// run carries one command out. The error says what is wrong with it.
func (m *machine) run(c Command) (what string, err error) {
	if c.Name == "text" {
		return m.text(c.Args[0])
	}
	if m.lead != 0 {
		return "a character of two bytes has one only", nil
	}
	a := c.Args
	low := func() byte { return a[0] & 1 } // 0 and '0', 1 and '1'
	begun := len(m.line) > 0 || m.x > 0
	switch c.Name {
	case "LF":
		return "", m.print(m.spacing)
	case "CR":
	case "ESC @":
		m.reset()
	case "ESC 2":
		m.spacing = 30
	case "ESC 3":
		m.spacing = int(a[0])
	case "ESC SP":
		m.between = int(a[0])
	case "ESC J":
		return "", m.print(int(a[0]))
	case "ESC d":
		for i := range max(int(a[0]), 1) {
			if a[0] == 0 && i == 0 && !begun {
				break
			}
			if err := m.print(m.spacing); err != nil {
				return "", err
			}
		}
	case "ESC $":
		m.x = little(a)
	case "ESC \\":
		m.x = max(m.x+int(int16(little(a))), 0)
	case "ESC !":
		m.small, m.bold = a[0]&1 != 0, a[0]&8 != 0
		m.h, m.w, m.underline = 1+int(a[0]>>4&1), 1+int(a[0]>>5&1), a[0]>>7
	case "GS !":
		m.w, m.h = 1+int(a[0]>>4), 1+int(a[0]&15)
	case "ESC E", "ESC G":
		m.bold = low() == 1
	case "GS B":
		m.reverse = low() == 1
	case "ESC -", "FS -":
		m.underline = a[0] & 3
	case "ESC M":
		m.small = low() == 1
	case "ESC R":
		m.country = a[0]
	case "ESC t":
		m.page = a[0]
	case "ESC a":
		if begun {
			return "alignment within a line", nil
		}
		m.align = a[0] & 3
	case "GS L", "GS W":
		if begun {
			return "margins within a line", nil
		}
		return m.margins(c.Name, little(a)), nil
	case "FS &":
		m.two = true
	case "FS .":
		m.two = false
	case "FS C":
		m.sjis = low() == 1
	case "FS !":
		m.w, m.h = 1+int(a[0]>>2&1), 1+int(a[0]>>3&1)
	case "ESC {", "FS S", "FS ( A", "GS a", "GS r", "DLE EOT":
	case "ESC p", "DLE DC4":
		pin := low()
		if c.Name == "DLE DC4" {
			pin = a[1]
		}
		m.paper.Kicks = append(m.paper.Kicks, int(pin))
	case "GS V":
		return m.cutter(c, begun)
	case "GS v 0":
		if begun {
			return "a picture within a line", nil
		}
		return m.picture(bits(c.Data, little(a[1:3])*8, 1+int(a[0]&1), 1+int(a[0]>>1&1)))
	case "GS ( L", "GS 8 L":
		return m.graphics(c.Data, begun)
	case "GS ( k":
		return m.symbol(c.Data, begun)
	default:
		return c.Name + " is not built in", nil
	}
	return "", nil
}

func (m *machine) margins(name string, dots int) string {
	if name == "GS L" {
		m.left = dots
	} else {
		m.area = dots
	}
	if m.left >= m.dots {
		return "no paper between the margins"
	}
	return ""
}

// room is the width between the margins.
func (m *machine) room() int { return max(min(m.area, m.dots-m.left), 1) }

func (m *machine) cutter(c Command, begun bool) (string, error) {
	if begun {
		return "cut within a line", nil
	}
	if len(c.Data) > 0 { // from the print head to the cutter, and so much more
		if err := m.feed(96 + int(c.Data[0])); err != nil {
			return "", err
		}
	}
	return "", m.cut()
}

// text takes one byte of a text.
func (m *machine) text(b byte) (string, error) {
	if m.lead != 0 {
		pair := []byte{m.lead, b}
		m.lead = 0
		decoder := simplifiedchinese.GB18030.NewDecoder()
		if m.sjis {
			decoder = japanese.ShiftJIS.NewDecoder()
		}
		s, err := decoder.Bytes(pair)
		runes := []rune(string(s))
		if err != nil || len(runes) != 1 || runes[0] == '\ufffd' {
			return "not a character of two bytes", nil
		}
		return "", m.put(runes[0], 24, 24, true)
	}
	if m.leads(b) {
		m.lead = b
		return "", nil
	}
	r := single(b, m.page, m.country)
	if r == '\ufffd' {
		return "not a character of this code page", nil
	}
	if m.small {
		return "", m.put(r, 9, 17, false)
	}
	return "", m.put(r, 12, 24, false)
}

// leads says whether a byte is the first of two.
func (m *machine) leads(b byte) bool {
	if m.sjis {
		return b >= 0x81 && b <= 0x9f || b >= 0xe0 && b <= 0xfc
	}
	return m.two && b >= 0x81 && b != 0xff
}

// put places a character behind the last; one that has no room begins a line of its own.
func (m *machine) put(r rune, w, h int, wide bool) error {
	width := w * m.w
	if m.x+width > m.room() && m.x > 0 {
		if err := m.print(m.spacing); err != nil {
			return err
		}
	}
	img := enlarged(m.glyphs.cell(r, w, h, m.bold, wide), m.w, m.h)
	if m.underline > 0 || m.reverse {
		img = decorated(img, m.reverse, int(m.underline))
	}
	m.line = append(m.line, placed{m.x, img, r, 12 * m.w})
	m.x += width + m.between*m.w
	return nil
}

// print puts the line onto the paper and feeds by its height, and dots at least.
func (m *machine) print(dots int) error {
	height, end := 0, 0
	for _, p := range m.line {
		height = max(height, p.img.Bounds().Dy())
		end = max(end, p.x+p.img.Bounds().Dx())
	}
	shift := m.left + m.shift(end)
	row := m.rows()
	if err := m.feed(max(height, dots)); err != nil {
		return err
	}
	for _, p := range m.line {
		m.stamp(p.img, shift+p.x, row+height-p.img.Bounds().Dy())
	}
	if len(m.line) > 0 || dots == m.spacing { // ESC J only moves the paper
		m.note(shift)
	}
	m.line, m.x = nil, 0
	return nil
}

// shift is how far something of a width stands from the left margin.
func (m *machine) shift(width int) int {
	switch free := max(m.room()-width, 0); m.align {
	case 1:
		return free / 2
	case 2:
		return free
	}
	return 0
}

// note writes the line down as text: in the order in which it stands, with a space for each column that is empty.
func (m *machine) note(shift int) {
	line := slices.Clone(m.line)
	slices.SortStableFunc(line, func(a, b placed) int { return a.x - b.x })
	var b strings.Builder
	at := -shift
	for _, p := range line {
		for gap := p.x - at; gap >= p.cell*3/4; gap -= p.cell {
			b.WriteByte(' ')
		}
		b.WriteRune(p.r)
		at = p.x + p.img.Bounds().Dx()
	}
	m.roll.text.WriteString(strings.TrimRight(b.String(), " ") + "\n")
}
