package widgets

import "fyne.io/fyne/v2"

// NewRow is a layout that gives its objects equal shares of the width, [Grid] apart.
func NewRow() fyne.Layout { return row{} }

type row struct{}

// MinSize is the widest and the highest, as often as there are objects.
func (row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return (&grid{columns: max(len(objects), 1)}).MinSize(objects)
}

// Layout places the objects.
func (row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	(&grid{columns: max(len(objects), 1)}).Layout(objects, size)
}
