package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// sheet lays a screen out from top to bottom: a row on top, something wide that
// may use the whole width of the window, the body, the actions. Any may be nil.
type sheet struct {
	top, wide, body, bottom fyne.CanvasObject
	// wideShare is the share of the height that the wide part gets at most.
	wideShare float32
	least     float32 // height that the wide part keeps in the last room: the rest is made to fit beside it
}

func newSheet(s sheet) *fyne.Container {
	c := container.New(&s)
	for _, o := range []fyne.CanvasObject{s.top, s.wide, s.body, s.bottom} {
		if o != nil {
			c.Add(o)
		}
	}
	return c
}

// MinSize is what the parts need over one another.
func (s *sheet) MinSize([]fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range []fyne.CanvasObject{s.top, s.body, s.bottom} {
		if o != nil {
			size.Width = max(size.Width, o.MinSize().Width)
			size.Height += o.MinSize().Height + widgets.Grid
		}
	}
	size = size.AddWidthHeight(2*widgets.Margin, 2*widgets.Margin-widgets.Grid)
	if s.wide != nil {
		size.Width = max(size.Width, s.wide.MinSize().Width)
		size.Height += max(s.wide.MinSize().Height, s.least) + widgets.Grid
	}
	return size
}

// Layout gives the wide part a square of the window's width, if there is room,
// and the body the rest.
func (s *sheet) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	width, y, end := size.Width-2*widgets.Margin, widgets.Margin, size.Height-widgets.Margin
	if s.top != nil {
		s.top.Move(fyne.NewPos(widgets.Margin, y))
		s.top.Resize(fyne.NewSize(width, s.top.MinSize().Height))
		s.top.Resize(fyne.NewSize(width, s.top.MinSize().Height)) // what wraps knows its height only once it knows its width
		y += s.top.Size().Height + widgets.Grid
	}
	if s.bottom != nil {
		height := s.bottom.MinSize().Height
		end -= height
		s.bottom.Move(fyne.NewPos(widgets.Margin, end))
		s.bottom.Resize(fyne.NewSize(width, height))
		end -= widgets.Grid
	}
	if s.wide != nil {
		height := min(size.Width, size.Height*s.wideShare, end-y)
		s.least = height * 0.87 // four pixels a module of the largest code
		if s.body != nil {
			s.body.Resize(fyne.NewSize(width, s.body.MinSize().Height))
			height = max(s.least, min(height, end-y-widgets.Grid-s.body.MinSize().Height))
		}
		s.wide.Move(fyne.NewPos(0, y))
		s.wide.Resize(fyne.NewSize(size.Width, height))
		y += height + widgets.Grid
	}
	if s.body != nil {
		s.body.Move(fyne.NewPos(widgets.Margin, y))
		s.body.Resize(fyne.NewSize(width, max(end-y, 0)))
	}
}

// stack puts objects under one another, each as high as it needs at the width
// there is; what is left goes to the one that fills.
type stack struct{ fill fyne.CanvasObject }

func newStack(fill fyne.CanvasObject, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(stack{fill}, objects...)
}

// MinSize is what the objects need at the widths they have.
func (s stack) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
		size.Height += o.MinSize().Height + widgets.Grid
	}
	return size.SubtractWidthHeight(0, widgets.Grid)
}

// Layout places the objects.
func (s stack) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Height
	for _, o := range objects {
		if o != s.fill {
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // see sheet
			left -= o.Size().Height
		}
		left -= widgets.Grid
	}
	y := float32(0)
	for _, o := range objects {
		if o == s.fill {
			o.Resize(fyne.NewSize(size.Width, max(left+widgets.Grid, 0)))
		}
		o.Move(fyne.NewPos(0, y))
		y += o.Size().Height + widgets.Grid
	}
}

// beside puts the first object at the left, as wide as it needs, and gives the
// second the rest; both in the middle of the height.
type beside struct{ gap float32 }

// MinSize is what both need.
func (b beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+b.gap+right.Width, max(left.Height, right.Height))
}

// Layout places the two.
func (b beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := objects[0].MinSize()
	objects[0].Resize(left)
	objects[0].Move(fyne.NewPos(0, max(size.Height-left.Height, 0)/2))
	right := objects[1]
	width := max(size.Width-left.Width-b.gap, 1)
	right.Resize(fyne.NewSize(width, min(right.MinSize().Height, size.Height)))
	height := min(right.MinSize().Height, size.Height) // which may depend on the width
	right.Resize(fyne.NewSize(width, height))
	right.Move(fyne.NewPos(left.Width+b.gap, (size.Height-height)/2))
}

// sized gives an object at least a size.
type sized fyne.Size

// MinSize is the larger of both.
func (s sized) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.Size(s).Max(objects[0].MinSize())
}

// Layout fills the room.
func (s sized) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

func atLeast(o fyne.CanvasObject, width, height float32) *fyne.Container {
	return container.New(sized(fyne.NewSize(width, height)), o)
}

// small gives an object exactly a size, even below what it asks for.
type small fyne.Size

// MinSize is the size.
func (s small) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size(s) }

// Layout fills the room.
func (s small) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	sized(s).Layout(objects, size)
}

// gap is empty room.
func gap(size float32) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(1, size))
	return space
}

// panel sets something off on a surface of its own.
func panel(fill fyne.ThemeColorName, content fyne.CanvasObject) *fyne.Container {
	face := canvas.NewRectangle(fyne.CurrentApp().Settings().Theme().Color(fill, 0))
	face.CornerRadius = widgets.Grid
	return container.NewStack(face, container.New(inset{2 * widgets.Grid}, content))
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
