package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// columns gives the first of two objects a share of the width and the second
// the rest.
type columns struct {
	left float32 // share of the width, 0 to 1
	gap  float32
}

// Layout places the two.
func (c columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := (size.Width - c.gap) * c.left
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
	objects[1].Move(fyne.NewPos(width+c.gap, 0))
	objects[1].Resize(fyne.NewSize(size.Width-width-c.gap, size.Height))
}

// MinSize is what both need, at their shares.
func (c columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	width := max(left.Width/c.left, right.Width/(1-c.left))
	return fyne.NewSize(width+c.gap, max(left.Height, right.Height))
}

// atLeast gives its object at least a size; a zero asks for nothing.
type atLeast fyne.Size

// Layout fills the room.
func (a atLeast) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// MinSize is the larger of both.
func (a atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.Size(a).Max(objects[0].MinSize())
}

func fixed(o fyne.CanvasObject, width, height float32) *fyne.Container {
	return container.New(atLeast(fyne.NewSize(width, height)), o)
}

// gap is empty room.
func gap(size float32) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(size, size))
	return space
}

// middle keeps an object's least height in the middle of the room, over its
// whole width.
func middle(o fyne.CanvasObject) *fyne.Container { return container.New(halfway{}, o) }

type halfway struct{}

// Layout places the one object.
func (halfway) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	o := objects[0]
	o.Resize(fyne.NewSize(size.Width, min(o.MinSize().Height, size.Height)))
	height := min(o.MinSize().Height, size.Height) // which may depend on the width
	o.Resize(fyne.NewSize(size.Width, height))
	o.Move(fyne.NewPos(0, (size.Height-height)/2))
}

// MinSize is the object's.
func (halfway) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
