package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// pinEntry is a PIN that is being keyed.
type pinEntry []byte

func (p *pinEntry) press(k widgets.Key) {
	switch {
	case k == widgets.KeyBackspace && len(*p) > 0:
		(*p)[len(*p)-1] = 0
		*p = (*p)[:len(*p)-1]
	case k >= 0 && k <= 9 && len(*p) < staff.MaxPIN:
		if *p == nil {
			*p = make([]byte, 0, staff.MaxPIN) // so that it is never copied
		}
		*p = append(*p, '0'+byte(k))
	}
}

// take hands it over and forgets it.
func (p *pinEntry) take() []byte {
	pin := *p
	*p = nil
	return pin
}

func (p *pinEntry) wipe() {
	clear((*p)[:cap(*p)])
	*p = nil
}

// dots show how many digits were keyed.
func (p *pinEntry) dots() fyne.CanvasObject {
	var list []fyne.CanvasObject
	for i := range max(len(*p), staff.MinPIN) {
		dot := canvas.NewCircle(color.Transparent)
		dot.StrokeColor, dot.StrokeWidth = colour(widgets.ColorOutline), 3
		if i < len(*p) {
			dot.FillColor, dot.StrokeColor = colour(widgets.ColorText), colour(widgets.ColorText)
		}
		list = append(list, dot)
	}
	return container.New(dotted{}, list...)
}

type dotted struct{}

// MinSize is one dot's.
func (dotted) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(24, 24) }

// Layout puts them in the middle of the room.
func (dotted) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	const side, gap = 24, 16
	x := (room.Width - float32(len(objects))*(side+gap) + gap) / 2
	for _, o := range objects {
		o.Resize(fyne.NewSquareSize(side))
		o.Move(fyne.NewPos(x, (room.Height-side)/2))
		x += side + gap
	}
}
