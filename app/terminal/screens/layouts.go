package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
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

// within asks for a size whatever its object would like: keys and paragraphs make
// their type smaller rather than the window larger.
type within fyne.Size

// Layout fills the room.
func (w within) Layout(objects []fyne.CanvasObject, size fyne.Size) { fill(objects, size) }

// MinSize is the size asked for.
func (w within) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size(w) }

func yielding(o fyne.CanvasObject, width, height float32) *fyne.Container {
	return container.New(within(fyne.NewSize(width, height)), o)
}

func fill(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// cells fills its room with equal cells, Grid apart, each at least Touch high and
// wide and, where there is a most, no higher than that. It has rows rows even if
// there are fewer objects.
type cells struct {
	columns, rows int
	most          float32
}

func (c cells) count(objects []fyne.CanvasObject) int {
	return max(c.rows, (len(objects)+c.columns-1)/c.columns)
}

// Layout places the objects row by row.
func (c cells) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	across, down := float32(c.columns), float32(max(c.count(objects), 1))
	cell := fyne.NewSize((size.Width-(across-1)*widgets.Grid)/across, (size.Height-(down-1)*widgets.Grid)/down)
	if c.most > 0 {
		cell.Height = min(cell.Height, c.most)
	}
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%c.columns)*(cell.Width+widgets.Grid), float32(i/c.columns)*(cell.Height+widgets.Grid)))
		o.Resize(cell)
	}
}

// MinSize is Touch a cell.
func (c cells) MinSize(objects []fyne.CanvasObject) fyne.Size {
	side := func(n int) float32 { return float32(n)*(widgets.Touch+widgets.Grid) - widgets.Grid }
	return fyne.NewSize(side(c.columns), max(side(c.count(objects)), 0))
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
