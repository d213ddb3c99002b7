package screens

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// middle keeps an object's least height in the middle of the room, over its whole width.
func middle(o fyne.CanvasObject) *fyne.Container { return container.New(halfway{}, o) }

type halfway struct{}

// Layout places the one object.
func (halfway) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	o := objects[0]
	o.Resize(fyne.NewSize(size.Width, min(o.MinSize().Height, size.Height)))
	height := min(o.MinSize().Height, size.Height) // which may depend on the width
	o.Resize(fyne.NewSize(size.Width, height))
	height = compact(o)
	o.Move(fyne.NewPos(0, (size.Height-height)/2))
}

// compact takes from a paragraph the height that its lines, made smaller, do not fill, and returns what is left: a paragraph
// writes from the top of its room.
func compact(o fyne.CanvasObject) float32 {
	p, is := o.(*widgets.Paragraph)
	size := o.Size()
	if !is || size.Width <= 1 {
		return size.Height
	}
	fitted := p.FittedSize()
	for lines := float32(1); lines < 8; lines++ {
		height := lines*fitted*1.4 + 0.1
		if height >= size.Height {
			break
		}
		p.Resize(fyne.NewSize(size.Width, height))
		if p.FittedSize() == fitted && (fitted > widgets.SmallestText || lines*fitted*1.4+0.5 >= linesOf(p, size.Width)) {
			return height
		}
	}
	p.Resize(size)
	return size.Height
}

// linesOf is the height that a paragraph's words take at the smallest size, at which it writes more lines than fit rather than
// smaller ones.
func linesOf(p *widgets.Paragraph, width float32) float32 {
	var lines, used float32 = 1, 0
	space := fyne.MeasureText(" ", widgets.SmallestText, fyne.TextStyle{}).Width
	for _, word := range strings.Fields(p.Text()) {
		w := fyne.MeasureText(word, widgets.SmallestText, fyne.TextStyle{}).Width
		if used > 0 && used+space+w > width {
			lines, used = lines+1, 0
		}
		if used > 0 {
			used += space
		}
		for used += w; used > width; used -= width {
			lines++
		}
	}
	return lines * widgets.SmallestText * 1.4
}

// pair writes a line over a quieter one. Where there is no room for both at their sizes they share it so that neither becomes
// much smaller than the other.
type pair struct{}

// MinSize is both.
func (pair) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

// Layout places both in the middle.
func (pair) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	first, second := objects[0].(*widgets.Paragraph), objects[1].(*widgets.Paragraph)
	lay := func(upper, lower float32) {
		first.Resize(fyne.NewSize(room.Width, upper))
		second.Resize(fyne.NewSize(room.Width, lower))
	}
	lay(first.MinSize().Height, second.MinSize().Height)
	upper, lower := first.MinSize().Height, second.MinSize().Height
	lay(upper, lower)
	if upper+lower > room.Height {
		most, best := float32(0), float32(0.5)
		lay(1e4, 1e4)
		wantFirst, wantSecond := first.FittedSize(), second.FittedSize()
		for _, share := range []float32{0.72, 0.66, 0.6, 0.55, 0.5, 0.45, 0.4, 0.34, 0.28} {
			lay(room.Height*share, room.Height*(1-share))
			if least := min(first.FittedSize()/wantFirst, second.FittedSize()/wantSecond); least > most {
				most, best = least, share
			}
		}
		lay(room.Height*best, room.Height*(1-best))
	}
	upper, lower = compact(first), compact(second)
	top := (room.Height - upper - lower) / 2
	first.Move(fyne.NewPos(0, top))
	second.Move(fyne.NewPos(0, top+upper))
}

// MinSize is the object's.
func (halfway) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
