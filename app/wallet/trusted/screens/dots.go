package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
)

// dots show how many digits were keyed, and which were not.
type dots struct {
	object  *fyne.Container
	circles []*canvas.Circle
	expect  int
}

const dotSide = 24

// newDots shows places for as many digits as are usual, and more as they come.
func newDots(expect int) *dots {
	d := &dots{object: container.New(dotRow{}), expect: expect}
	for range trusted.MaxPIN {
		c := canvas.NewCircle(color.Transparent)
		c.StrokeWidth = 3
		d.circles = append(d.circles, c)
		d.object.Add(c)
	}
	d.set(0)
	return d
}

func (d *dots) set(keyed int) {
	ink := fyne.CurrentApp().Settings().Theme().Color(widgets.ColorText, 0)
	for i, c := range d.circles {
		c.StrokeColor, c.FillColor = ink, color.Transparent
		if i < keyed {
			c.FillColor = ink
		}
		if i < max(keyed, d.expect) {
			c.Show()
		} else {
			c.Hide()
		}
	}
	d.object.Refresh()
}

// dotRow puts the dots that are shown in the middle.
type dotRow struct{}

// MinSize has room for all.
func (dotRow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(len(objects))*(dotSide+widgets.Grid), dotSide+widgets.Grid)
}

// Layout places them.
func (dotRow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	shown := 0
	for _, o := range objects {
		if o.Visible() {
			shown++
		}
	}
	x := (size.Width - float32(shown)*(dotSide+widgets.Grid) + widgets.Grid) / 2
	for _, o := range objects {
		o.Resize(fyne.NewSquareSize(dotSide))
		o.Move(fyne.NewPos(x, (size.Height-dotSide)/2))
		if o.Visible() {
			x += dotSide + widgets.Grid
		}
	}
}
