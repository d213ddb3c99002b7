package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/widgets"
)

// column puts objects under one another, each as high as it needs at the width
// there is; what is left goes to the one that fills.
type column struct{ fill fyne.CanvasObject }

// MinSize is what the objects need at the widths they have.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
		size.Height += o.MinSize().Height + widgets.Grid
	}
	return size.SubtractWidthHeight(0, widgets.Grid)
}

// Layout places the objects. Where they need more room than there is, those with
// words and amounts give way: they write smaller.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, words := size.Height+widgets.Grid, float32(0)
	for _, o := range objects {
		if o != c.fill {
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // what wraps knows its height only once it knows its width
			left -= o.Size().Height
			if shrinks(o) {
				words += o.Size().Height
			}
		}
		left -= widgets.Grid
	}
	least := float32(0)
	if c.fill != nil {
		least = c.fill.MinSize().Height
	}
	squeeze := float32(1)
	if left < least && words > 0 {
		squeeze = max(words+left-least, 0) / words
	}
	y := float32(0)
	for _, o := range objects {
		switch {
		case o == c.fill:
			o.Resize(fyne.NewSize(size.Width, max(left+words*(1-squeeze), 0)))
		case squeeze < 1 && shrinks(o):
			o.Resize(fyne.NewSize(size.Width, o.Size().Height*squeeze))
		}
		o.Move(fyne.NewPos(0, y))
		y += o.Size().Height + widgets.Grid
	}
}

// shrinks says whether an object can do with less room than it asks for.
func shrinks(o fyne.CanvasObject) bool {
	switch o := o.(type) {
	case *widgets.Paragraph, *widgets.AmountDisplay:
		return true
	case *fyne.Container:
		_, mark := o.Layout.(beside)
		return mark
	}
	return false
}

// inset leaves room round its object.
type inset struct{ by float32 }

// MinSize is the object's and the room's.
func (i inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*i.by, 2*i.by)
}

// Layout places the object.
func (i inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(i.by, i.by))
	objects[0].Resize(size.SubtractWidthHeight(2*i.by, 2*i.by))
}

// beside puts the first object at the left, as wide as it needs, and gives the
// second the rest; both in the middle of the height.
type beside struct{}

// MinSize is what both need.
func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+2*widgets.Grid+right.Width, max(left.Height, right.Height))
}

// Layout places the two.
func (beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, right := objects[0].MinSize(), objects[1]
	objects[0].Resize(left)
	objects[0].Move(fyne.NewPos(0, max(size.Height-left.Height, 0)/2))
	width := max(size.Width-left.Width-2*widgets.Grid, 1)
	right.Resize(fyne.NewSize(width, min(right.MinSize().Height, size.Height)))
	right.Resize(fyne.NewSize(width, min(right.MinSize().Height, size.Height))) // see column
	right.Move(fyne.NewPos(left.Width+2*widgets.Grid, max(size.Height-right.Size().Height, 0)/2))
}

// gap is empty room.
func gap(height float32) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(1, height))
	return space
}
