package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// side and gap of a PIN's dots, in Fyne's units.
const (
	dotSide = 24
	dotGap  = 16
)

// PINDots show how many digits of a PIN were keyed, and never which: so many full dots, and
// empty ones up to the fewest that a PIN has. They lie in the middle of their room.
type PINDots struct {
	widget.BaseWidget
	keyed, fewest int
}

// NewPINDots makes the dots of keyed digits, of a PIN that has at least fewest.
func NewPINDots(keyed, fewest int) *PINDots {
	d := &PINDots{keyed: keyed, fewest: fewest}
	d.ExtendBaseWidget(d)
	return d
}

// CreateRenderer is called by Fyne.
func (d *PINDots) CreateRenderer() fyne.WidgetRenderer {
	r := &dotsRenderer{dots: d}
	for range max(d.keyed, d.fewest) {
		dot := canvas.NewCircle(color.Transparent)
		dot.StrokeWidth = 3
		r.circles = append(r.circles, dot)
	}
	r.colour()
	return r
}

type dotsRenderer struct {
	dots    *PINDots
	circles []*canvas.Circle
}

func (r *dotsRenderer) Destroy() {}

// MinSize is one dot's: what gives them room gives them enough.
func (r *dotsRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(dotSide) }

func (r *dotsRenderer) Objects() []fyne.CanvasObject {
	list := make([]fyne.CanvasObject, len(r.circles))
	for i, c := range r.circles {
		list[i] = c
	}
	return list
}

func (r *dotsRenderer) Layout(room fyne.Size) {
	x := (room.Width - float32(len(r.circles))*(dotSide+dotGap) + dotGap) / 2
	for _, c := range r.circles {
		c.Resize(fyne.NewSquareSize(dotSide))
		c.Move(fyne.NewPos(x, (room.Height-dotSide)/2))
		x += dotSide + dotGap
	}
}

func (r *dotsRenderer) colour() {
	t := r.dots.Theme()
	for i, c := range r.circles {
		c.StrokeColor = role(t, ColorOutline)
		if i < r.dots.keyed {
			c.FillColor, c.StrokeColor = role(t, ColorText), role(t, ColorText)
		}
	}
}

// Refresh takes the theme's colours, which may be others now.
func (r *dotsRenderer) Refresh() {
	r.colour()
	for _, c := range r.circles {
		c.Refresh()
	}
}
