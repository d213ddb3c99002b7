package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// markedWord is a mark and a word beside it.
type markedWord struct {
	widget.BaseWidget
	layers func(fyne.Theme) []layer
	digit  string // written in the mark
	word   string
	color  fyne.ThemeColorName
	ink    fyne.ThemeColorName // of the digit
	bold   bool
	size   fyne.ThemeSizeName
	scale  typeScale
}

func newMarkedWord(size fyne.ThemeSizeName) *markedWord {
	m := &markedWord{size: size, color: ColorText, ink: ColorText}
	m.ExtendBaseWidget(m)
	return m
}

// typeSize is the size of type where there is room.
func (m *markedWord) typeSize() float32 { return m.scale.size(m.Theme(), m.size) }

// ScaleText is what a [Stage] makes a screen fit by.
func (m *markedWord) ScaleText(share float32) {
	if m.scale.share != share {
		m.scale.share = share
		m.Refresh()
	}
}

// CreateRenderer is called by Fyne.
func (m *markedWord) CreateRenderer() fyne.WidgetRenderer {
	r := &markedRenderer{word: m, text: canvas.NewText("", nil), digit: canvas.NewText("", nil)}
	r.mark = drawing(func() []layer { return m.layers(m.Theme()) })
	r.Refresh()
	return r
}

type markedRenderer struct {
	word        *markedWord
	mark        *canvas.Raster
	text, digit *canvas.Text
}

func (r *markedRenderer) Destroy() {}
func (r *markedRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.mark, r.digit, r.text}
}

func (r *markedRenderer) side() float32 {
	return lineHeight(r.word.typeSize(), r.text.TextStyle)
}

func (r *markedRenderer) MinSize() fyne.Size {
	side := r.side()
	if r.word.word == "" {
		return fyne.NewSquareSize(side)
	}
	width := textWidth(r.word.word, r.word.typeSize(), r.text.TextStyle)
	return fyne.NewSize(side+Grid+width, side)
}

func (r *markedRenderer) Layout(size fyne.Size) {
	side := r.side()
	r.mark.Resize(fyne.NewSquareSize(side))
	r.mark.Move(fyne.NewPos(0, (size.Height-side)/2))
	digit := r.digit.MinSize()
	r.digit.Resize(digit)
	r.digit.Move(fyne.NewPos((side-digit.Width)/2, (size.Height-digit.Height)/2))
	// One word beside a mark has nowhere to wrap to: less room makes it smaller.
	width := size.Width - side - Grid
	r.text.TextSize = r.word.typeSize()
	for r.text.TextSize > SmallestText && r.text.MinSize().Width > width+0.5 {
		r.text.TextSize--
	}
	r.text.Resize(r.text.MinSize())
	r.text.Move(fyne.NewPos(side+Grid, (size.Height-r.text.MinSize().Height)/2))
}

func (r *markedRenderer) Refresh() {
	m, t := r.word, r.word.Theme()
	r.text.Text, r.text.TextSize, r.text.Color = m.word, m.typeSize(), role(t, m.color)
	r.text.TextStyle = fyne.TextStyle{Bold: m.bold}
	r.digit.Text, r.digit.TextSize, r.digit.Color = m.digit, m.typeSize()*0.8, role(t, m.ink)
	r.digit.TextStyle = fyne.TextStyle{Bold: true}
	r.Layout(m.Size())
	r.mark.Refresh()
	canvas.Refresh(m)
}
