package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"countersign/protocol/money"
)

// AmountDisplay is the largest text there is: an amount of [AmountLarge] down to [AmountSmall], with its currency small
// beside it on the same line. Where even that is too wide or too high it becomes smaller still, and is never cut.
type AmountDisplay struct {
	widget.BaseWidget
	parts  money.Parts
	align  fyne.TextAlign
	fitted float32
}

// NewAmountDisplay makes a display; align is leading, centre or trailing.
func NewAmountDisplay(parts money.Parts, align fyne.TextAlign) *AmountDisplay {
	a := &AmountDisplay{parts: parts, align: align}
	a.ExtendBaseWidget(a)
	return a
}

// SetParts changes the amount.
func (a *AmountDisplay) SetParts(parts money.Parts) {
	if a.parts != parts {
		a.parts = parts
		a.Refresh()
	}
}

// FittedSize is the size of the digits, in Fyne's units, that the last layout came to.
func (a *AmountDisplay) FittedSize() float32 { return a.fitted }

// AccessibilityLabel is the amount in words and digits.
func (a *AmountDisplay) AccessibilityLabel() string {
	if a.parts.SymbolAfter {
		return a.parts.Number + " " + a.parts.Symbol
	}
	return a.parts.Symbol + " " + a.parts.Number
}

// AccessibilityRole is text.
func (a *AmountDisplay) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is called by Fyne.
func (a *AmountDisplay) CreateRenderer() fyne.WidgetRenderer {
	r := &amountRenderer{display: a, symbol: canvas.NewText("", color.Black), number: canvas.NewText("", color.Black)}
	r.number.TextStyle = fyne.TextStyle{Bold: true}
	r.Refresh()
	return r
}

type amountRenderer struct {
	display        *AmountDisplay
	symbol, number *canvas.Text
}

const symbolRatio = 0.45 // of the digits' size

func (r *amountRenderer) Destroy() {}
func (r *amountRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.symbol, r.number}
}

func (r *amountRenderer) MinSize() fyne.Size {
	// Width that a long amount needs at a size that still reads well in the hand; height for the size that the screen should show.
	width := textWidth("¥99,999,999.99", 32, r.number.TextStyle)
	return fyne.NewSize(width, lineHeight(AmountSmall, r.number.TextStyle))
}

// width is the width of everything with digits of a size.
func (r *amountRenderer) width(size float32) float32 {
	return textWidth(r.number.Text, size, r.number.TextStyle) + r.gap(size) + textWidth(r.symbol.Text, r.symbolSize(size), r.symbol.TextStyle)
}

func (r *amountRenderer) gap(size float32) float32        { return size / 8 }
func (r *amountRenderer) symbolSize(size float32) float32 { return max(size*symbolRatio, SmallestText) }

func (r *amountRenderer) Layout(room fyne.Size) {
	size := AmountLarge
	for size > SmallestText && (r.width(size) > room.Width || lineHeight(size, r.number.TextStyle) > room.Height+0.5) {
		size--
	}
	r.display.fitted = size
	r.number.TextSize, r.symbol.TextSize = size, r.symbolSize(size)
	driver := fyne.CurrentApp().Driver()
	number, numberBase := driver.RenderedTextSize(r.number.Text, r.number.TextSize, r.number.TextStyle, nil)
	symbol, symbolBase := driver.RenderedTextSize(r.symbol.Text, r.symbol.TextSize, r.symbol.TextStyle, nil)
	left := float32(0)
	switch r.display.align {
	case fyne.TextAlignCenter:
		left = (room.Width - r.width(size)) / 2
	case fyne.TextAlignTrailing:
		left = room.Width - r.width(size)
	}
	top := (room.Height - number.Height) / 2
	numberX, symbolX := left+symbol.Width+r.gap(size), left
	if r.display.parts.SymbolAfter {
		numberX, symbolX = left, left+number.Width+r.gap(size)
	}
	r.number.Move(fyne.NewPos(numberX, top))
	r.number.Resize(number)
	r.symbol.Move(fyne.NewPos(symbolX, top+numberBase-symbolBase))
	r.symbol.Resize(symbol)
}

func (r *amountRenderer) Refresh() {
	t := r.display.Theme()
	r.number.Text, r.symbol.Text = r.display.parts.Number, r.display.parts.Symbol
	r.number.Color, r.symbol.Color = role(t, ColorText), role(t, ColorQuiet)
	r.Layout(r.display.Size())
	r.number.Refresh()
	r.symbol.Refresh()
	canvas.Refresh(r.display)
}
