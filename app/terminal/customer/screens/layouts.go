package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// split gives the first of two objects a share of the width and the second the rest.
type split struct{ share float32 }

const splitGap = 4 * widgets.Grid

// Layout places the two.
func (s split) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := (size.Width - splitGap) * s.share
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
	objects[1].Move(fyne.NewPos(width+splitGap, 0))
	objects[1].Resize(fyne.NewSize(size.Width-width-splitGap, size.Height))
}

// MinSize is what both need at their shares.
func (s split) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(left.Width/s.share, right.Width/(1-s.share))+splitGap, max(left.Height, right.Height))
}

func beside(share float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(split{share}, left, right)
}

// column puts objects under one another, each as high as it needs at the column's width, in the middle of the room. Room that is left
// stays empty; the last object gets it where fill is set.
type column struct{ fill bool }

// Layout places the objects.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // what wraps knows its height only once it knows its width
	}
	over := size.Height - c.MinSize(objects).Height
	y := max(over/2, 0)
	if c.fill {
		y = 0
	}
	for i, o := range objects {
		if c.fill && i == len(objects)-1 {
			o.Resize(fyne.NewSize(size.Width, max(size.Height-y, 0)))
		}
		o.Move(fyne.NewPos(0, y))
		y += o.Size().Height + widgets.Grid
	}
}

// MinSize is what the objects need.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		least := o.MinSize()
		size.Width = max(size.Width, least.Width)
		size.Height += least.Height + widgets.Grid
	}
	return size.SubtractWidthHeight(0, min(size.Height, widgets.Grid))
}

func under(objects ...fyne.CanvasObject) *fyne.Container { return container.New(column{}, objects...) }

// filled is a column whose last object takes what is left.
func filled(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{fill: true}, objects...)
}

// high asks for a height, whatever the object would.
type high struct{ height float32 }

// Layout fills the room.
func (h high) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// MinSize is the height.
func (h high) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, h.height)
}

func highAs(height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(high{height}, o)
}

// gap is empty room.
func gap(size float32) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(1, size))
	return space
}

// narrowed keeps an object within a share of the width, in the middle.
type narrowed struct{ share float32 }

// Layout places the object.
func (n narrowed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width * n.share
	objects[0].Resize(fyne.NewSize(width, size.Height))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, 0))
}

// MinSize is the object's at its share.
func (n narrowed) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	return fyne.NewSize(least.Width/n.share, least.Height)
}
