package widgets

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Paragraph is text that is never cut: it wraps at spaces, between hanzi (not before closing or after opening punctuation) and,
// where its room is still too small, takes a smaller size down to [SmallestText].
type Paragraph struct {
	widget.BaseWidget
	text    string
	size    fyne.ThemeSizeName
	color   fyne.ThemeColorName
	align   fyne.TextAlign
	bold    bool
	measure float32
	fitted  float32 // the size of type that the last layout used
	scale   typeScale
}

// NewParagraph makes a paragraph of a role of type and of colour. measure is the width, in Fyne's units, that it asks its
// height for until it has been given one.
func NewParagraph(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName, align fyne.TextAlign, measure float32) *Paragraph {
	p := &Paragraph{text: text, size: size, color: color, align: align, measure: measure, bold: size == SizeHeading || size == SizeKey || size == SizeTitle || size == SizeHuge}
	p.ExtendBaseWidget(p)
	return p
}

// Heading says what happened, centred, to be read from two metres.
func Heading(text string) *Paragraph {
	return NewParagraph(text, SizeHeading, ColorText, fyne.TextAlignCenter, 720)
}

// Lead says what to do now.
func Lead(text string) *Paragraph {
	return NewParagraph(text, SizeLead, ColorText, fyne.TextAlignCenter, 720)
}

// Body is a sentence or a label.
func Body(text string) *Paragraph {
	return NewParagraph(text, SizeBody, ColorText, fyne.TextAlignLeading, 480)
}

// Caption is a quiet detail: a number, a time, a code for the manager.
func Caption(text string) *Paragraph {
	return NewParagraph(text, SizeCaption, ColorQuiet, fyne.TextAlignLeading, 480)
}

// SetText changes the words.
func (p *Paragraph) SetText(text string) {
	if p.text != text {
		p.text = text
		p.Refresh()
	}
}

// SetColor changes the role of colour.
func (p *Paragraph) SetColor(name fyne.ThemeColorName) {
	if p.color != name {
		p.color = name
		p.Refresh()
	}
}

// Text is what it says.
func (p *Paragraph) Text() string { return p.text }

// FittedSize is the size of type, in Fyne's units, that the last layout came to; a screen or a test may see from it that the
// room was short.
func (p *Paragraph) FittedSize() float32 { return p.fitted }

// AccessibilityLabel is the text.
func (p *Paragraph) AccessibilityLabel() string { return p.text }

// AccessibilityRole is text.
func (p *Paragraph) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is called by Fyne.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer {
	return &paragraphRenderer{paragraph: p}
}

// ScaleText is what a [Stage] makes a screen fit by.
func (p *Paragraph) ScaleText(share float32) {
	if p.scale.share != share {
		p.scale.share = share
		p.Refresh()
	}
}

// typeSize is the size of type where there is room.
func (p *Paragraph) typeSize() float32 { return p.scale.size(p.Theme(), p.size) }

func (p *Paragraph) style() fyne.TextStyle { return fyne.TextStyle{Bold: p.bold} }

type paragraphRenderer struct {
	paragraph *Paragraph
	lines     []fyne.CanvasObject
}

func (r *paragraphRenderer) Destroy() {}

func (r *paragraphRenderer) Objects() []fyne.CanvasObject { return r.lines }

func (r *paragraphRenderer) MinSize() fyne.Size {
	p := r.paragraph
	size := p.typeSize()
	width := p.Size().Width
	if width <= 1 {
		width = p.measure
	}
	lines, _ := wrap(p.text, width, size, p.style(), false)
	// Narrower than its longest word at the smallest size would split words.
	var narrow float32
	for _, atom := range atoms(p.text) {
		narrow = max(narrow, textWidth(strings.TrimRight(atom, " "), SmallestText, p.style()))
	}
	return fyne.NewSize(min(narrow, p.measure), float32(max(len(lines), 1))*lineHeight(size, p.style()))
}

func (r *paragraphRenderer) Layout(room fyne.Size) {
	p := r.paragraph
	want := p.typeSize()
	lines, size := fit(p.text, room, want, p.style())
	p.fitted = size
	c := role(p.Theme(), p.color)
	height := lineHeight(size, p.style())
	for len(r.lines) < len(lines) {
		r.lines = append(r.lines, canvas.NewText("", color.Black))
	}
	r.lines = r.lines[:len(lines)]
	for i, line := range lines {
		text := r.lines[i].(*canvas.Text)
		text.Text, text.TextSize, text.TextStyle, text.Color, text.Alignment = line, size, p.style(), c, p.align
		own := text.MinSize().Height
		text.Move(fyne.NewPos(0, float32(i)*height-(own-height)/2))
		text.Resize(fyne.NewSize(room.Width, own))
		text.Refresh()
	}
}

func (r *paragraphRenderer) Refresh() {
	r.Layout(r.paragraph.Size())
	canvas.Refresh(r.paragraph)
}

// fit finds the largest size of type, from want down to SmallestText, at which the text fits the room.
func fit(text string, room fyne.Size, want float32, style fyne.TextStyle) ([]string, float32) {
	for size := want; ; size = max(size-2, SmallestText) {
		last := size <= SmallestText
		lines, whole := wrap(text, room.Width, size, style, last)
		if last || (whole && float32(len(lines))*lineHeight(size, style) <= room.Height+0.5) {
			return lines, size
		}
	}
}

// wrap fills lines greedily, but leaves no hanzi alone in the last line. whole says that no word was wider than the line; such
// a word is split between characters when split is set, and overhangs otherwise.
func wrap(text string, width, size float32, style fyne.TextStyle, split bool) (lines []string, whole bool) {
	whole = true
	for _, paragraph := range strings.Split(text, "\n") {
		first, line, atoms := len(lines), "", atoms(paragraph)
		for _, atom := range atoms {
			if fits(line+atom, width, size, style) {
				line += atom
				continue
			}
			if line != "" {
				lines = append(lines, strings.TrimRight(line, " "))
			}
			line = atom
			if !fits(atom, width, size, style) {
				whole = false
				for split && !fits(line, width, size, style) {
					runes := []rune(line)
					n := len(runes) - 1
					for n > 1 && !fits(string(runes[:n]), width, size, style) {
						n--
					}
					if n < 1 {
						break
					}
					lines = append(lines, string(runes[:n]))
					line = string(runes[n:])
				}
			}
		}
		if last := len(lines) - 1; last >= first {
			lines[last], line = keepCompany(lines[last], line, atoms)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines, whole
}

// keepCompany gives a last line that is a single hanzi the one before it, from the end of a longer line.
func keepCompany(before, last string, atoms []string) (string, string) {
	n := len(atoms)
	if n < 2 || last != atoms[n-1] || !wide([]rune(last)[0]) || !wide([]rune(atoms[n-2])[0]) {
		return before, last
	}
	shorter, found := strings.CutSuffix(before, atoms[n-2])
	if !found || len([]rune(shorter)) < 2 {
		return before, last
	}
	return strings.TrimRight(shorter, " "), atoms[n-2] + last
}

func fits(line string, width, size float32, style fyne.TextStyle) bool {
	return textWidth(strings.TrimRight(line, " "), size, style) <= width+0.5
}

// atoms splits text into the pieces between which a line may break; spaces stay with the piece before them.
func atoms(text string) []string {
	var list []string
	start := 0
	runes := []rune(text)
	for i := 1; i < len(runes); i++ {
		before, after := runes[i-1], runes[i]
		breakable := before == ' ' && after != ' ' ||
			(wide(before) || wide(after)) && after != ' ' && !strings.ContainsRune(noStart, after) && !strings.ContainsRune(noEnd, before)
		if breakable {
			list = append(list, string(runes[start:i]))
			start = i
		}
	}
	if start < len(runes) {
		list = append(list, string(runes[start:]))
	}
	return list
}

// Characters that must not begin or end a line in Chinese typesetting (GB/T 15834).
const (
	noStart = "，。、；：？！）》」』】〕”’…—·%.,;:?!)"
	noEnd   = "（《「『【〔“‘(¥€$£"
)

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || (r >= 0x3000 && r <= 0x303F) || r >= 0xFF00
}

// textWidth is how wide a line is. It is measured at one size, and Fyne keeps what it has measured, because words are looked
// at in many sizes until they fit; outlines without hinting are as wide as they are high.
func textWidth(text string, size float32, style fyne.TextStyle) float32 {
	const at = 64
	return fyne.MeasureText(text, at, style).Width * size / at
}

// lineHeight is the distance of lines: the fonts' own, 1.45 of the size, is made for hanzi with marks above and below and is
// too loose for a few lines on a key. Accents and descenders still have their room.
func lineHeight(size float32, _ fyne.TextStyle) float32 { return size * 1.4 }
