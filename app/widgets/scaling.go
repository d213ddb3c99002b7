package widgets

import (
	"math"

	"fyne.io/fyne/v2"
)

// TextScaler is a widget whose type a [Stage] can make smaller than the theme asks for, so that a whole screen fits its window
// at twice the text. A widget of another package that holds widgets of this one passes the share on to them.
type TextScaler interface {
	// ScaleText has the widget take share, 0 to 1, of the theme's sizes of type, never less than [SmallestText].
	ScaleText(share float32)
}

// typeScale is the share that a widget takes; the zero value is all of it.
type typeScale struct{ share float32 }

// size is the size of type that a role has in a widget: a whole number, for others are drawn as the next larger one, and then
// a line is wider than it was measured.
func (s typeScale) size(t fyne.Theme, role fyne.ThemeSizeName) float32 {
	size := t.Size(role)
	if s.share > 0 {
		size *= s.share
	}
	return max(float32(math.Floor(float64(size))), SmallestText)
}

// leastShare is the least share of plain type: a sentence's 22 becomes 16.
const leastShare = SmallestText / 22

// fitting is a screen's share and how it was come to.
type fitting struct {
	content fyne.CanvasObject
	share   float32
}

// fitTo lays the content out in a room and, where it asks for more than that, has all its type take the largest share with
// which it fits. A screen's share only becomes smaller while the screen stays, so that nothing flickers.
func (f *fitting) fitTo(room fyne.Size) {
	if f.share == 0 {
		f.share = 1
	}
	settle(f.content, room)
	if room.Width < 4*Touch || fitsIn(f.content, room) { // no window yet, or all is well
		return
	}
	most, least := f.share, leastShare/textScale()
	try := func(share float32) bool {
		scaleText(f.content, share)
		settle(f.content, room)
		return fitsIn(f.content, room.SubtractWidthHeight(0.5, 0.5)) // what is made to fit fits whole
	}
	if most <= least || !try(least) {
		f.share = least
		return
	}
	for most-least > 0.03 {
		if middle := (most + least) / 2; try(middle) {
			least = middle
		} else {
			most = middle
		}
	}
	f.share = least
	try(least)
}

// textScale is what the theme multiplies type by.
func textScale() float32 {
	if t, is := fyne.CurrentApp().Settings().Theme().(*Theme); is {
		return t.appearance.TextScale
	}
	return 1
}

func fitsIn(o fyne.CanvasObject, room fyne.Size) bool {
	least := o.MinSize()
	return least.Width <= room.Width+0.5 && least.Height <= room.Height+0.5
}

// scaleText passes a share on to whatever a screen is made of.
func scaleText(o fyne.CanvasObject, share float32) {
	switch o := o.(type) {
	case TextScaler:
		o.ScaleText(share)
	case *fyne.Container:
		for _, inner := range o.Objects {
			scaleText(inner, share)
		}
	}
}

// settle lays an object out until what wraps knows its width: a paragraph's height follows it, and the heights of all that
// holds the paragraph.
func settle(o fyne.CanvasObject, room fyne.Size) {
	o.Resize(room)
	for range 2 {
		lay(o)
	}
}

func lay(o fyne.CanvasObject) {
	c, is := o.(*fyne.Container)
	if !is || !c.Visible() {
		return
	}
	if c.Layout != nil {
		c.Layout.Layout(c.Objects, c.Size())
	}
	for _, inner := range c.Objects {
		lay(inner)
	}
}
