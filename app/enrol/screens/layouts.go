package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/app/widgets"
)

// measure is the width of text, in Fyne's units, until it has been laid out.
const measure = 900

func centred(text string, size fyne.ThemeSizeName, colour fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, colour, fyne.TextAlignCenter, measure)
}

func leading(text string, size fyne.ThemeSizeName, colour fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, colour, fyne.TextAlignLeading, measure)
}

// column puts objects under one another in the middle of the height, no wider
// than so much, each as high as it needs; what is left goes to the one that fills.
type column struct {
	width float32
	fill  fyne.CanvasObject
}

func newColumn(width float32, fill fyne.CanvasObject, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{width, fill}, objects...)
}

const columnGap = 2 * widgets.Grid

// MinSize is what the objects need at the widths that they have.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
		size.Height += o.MinSize().Height + columnGap
	}
	return size.SubtractWidthHeight(0, columnGap)
}

// Layout places the objects. Where they need more height than there is, text gets
// less than it asks for, and takes a smaller size.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(c.width, size.Width)
	heights := make([]float32, len(objects))
	var used, soft float32
	for range 2 { // what wraps knows its height only once it knows its width
		used, soft = -columnGap, 0
		for i, o := range objects {
			if o != c.fill {
				heights[i] = o.MinSize().Height
				o.Resize(fyne.NewSize(width, heights[i]))
				used += heights[i]
				if shrinks(o) {
					soft += heights[i]
				}
			}
			used += columnGap
		}
	}
	left := size.Height - used
	if left < 0 && soft > 0 {
		for i, o := range objects {
			if o != c.fill && shrinks(o) {
				heights[i] = max(heights[i]*(1+left/soft), 0)
				o.Resize(fyne.NewSize(width, heights[i]))
			}
		}
	}
	left = max(left, 0)
	x, y := (size.Width-width)/2, left/2
	if c.fill != nil {
		c.fill.Resize(fyne.NewSize(width, left))
		y = 0
	}
	for _, o := range objects {
		o.Move(fyne.NewPos(x, y))
		y += o.Size().Height + columnGap
	}
}

// shrinks says whether there is text in an object that can be made smaller.
func shrinks(o fyne.CanvasObject) bool {
	switch o := o.(type) {
	case *widgets.Paragraph:
		return true
	case *fyne.Container:
		for _, inner := range o.Objects {
			if shrinks(inner) {
				return true
			}
		}
	}
	return false
}

// halves puts two objects beside one another, the first with a share of the width.
type halves struct{ share float32 }

// MinSize is what both need.
func (h halves) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+widgets.Margin+right.Width, max(left.Height, right.Height))
}

// Layout places the two.
func (h halves) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := (size.Width - widgets.Margin) * h.share
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(left, size.Height))
	objects[1].Move(fyne.NewPos(left+widgets.Margin, 0))
	objects[1].Resize(fyne.NewSize(size.Width-left-widgets.Margin, size.Height))
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

// middle keeps an object's least height in the middle of the room.
type middle struct{}

// MinSize is the object's.
func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout places the one object.
func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	o := objects[0]
	for range 2 {
		o.Resize(fyne.NewSize(size.Width, min(o.MinSize().Height, size.Height)))
	}
	o.Move(fyne.NewPos(0, (size.Height-o.Size().Height)/2))
}

// panel sets something off on a surface of its own.
func panel(content fyne.CanvasObject) *fyne.Container {
	face := canvas.NewRectangle(fyne.CurrentApp().Settings().Theme().Color(widgets.ColorSurface, 0))
	face.CornerRadius = widgets.Grid
	return container.NewStack(face, container.New(inset{widgets.Margin}, content))
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

// gap is empty room.
func gap(size float32) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(fyne.NewSize(1, size))
	return space
}

// field is a line that the officer types; Esc stays the window's.
type field struct {
	widget.Entry
	escape func()
}

func newField(text string, changed func(string), submit, escape func()) *field {
	f := &field{escape: escape}
	f.ExtendBaseWidget(f)
	f.Text = text
	f.OnChanged = changed
	f.OnSubmitted = func(string) { submit() }
	return f
}

// TypedKey hands Esc to the screen.
func (f *field) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		if f.escape != nil {
			f.escape()
		}
		return
	}
	f.Entry.TypedKey(e)
}

// labelled is a field, as high as a finger wants it, with what it is for above it.
func labelled(label string, f *field) *fyne.Container {
	tall := container.NewThemeOverride(f, roomy{fyne.CurrentApp().Settings().Theme()})
	return newColumn(1<<12, nil, leading(label, widgets.SizeBody, widgets.ColorQuiet), container.New(sized(fyne.NewSize(0, widgets.Touch)), tall))
}

// roomy is a theme whose fields are as high as a touch target.
type roomy struct{ fyne.Theme }

// Size is the theme's but for the room within a field.
func (r roomy) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		line := fyne.MeasureText("W", r.Theme.Size(theme.SizeNameText), fyne.TextStyle{}).Height
		return max(r.Theme.Size(name), (widgets.Touch-line)/2)
	}
	return r.Theme.Size(name)
}

// beside puts the first object at the left, as wide as it needs, and gives the
// second the rest; both in the middle of the height.
type beside struct{}

// MinSize is what both need.
func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+columnGap+right.Width, max(left.Height, right.Height))
}

// Layout places the two.
func (beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := objects[0].MinSize()
	objects[0].Resize(left)
	objects[0].Move(fyne.NewPos(0, max(size.Height-left.Height, 0)/2))
	right, width := objects[1], max(size.Width-left.Width-columnGap, 1)
	for range 2 { // what wraps knows its height only once it knows its width
		right.Resize(fyne.NewSize(width, min(right.MinSize().Height, size.Height)))
	}
	right.Move(fyne.NewPos(left.Width+columnGap, (size.Height-right.Size().Height)/2))
}
