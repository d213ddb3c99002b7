package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// part is an object of a stack and how it gives way where room is short.
type part struct {
	object fyne.CanvasObject
	want   float32 // height; 0: what the object would like at the stack's width
	least  float32 // it can be made this low
	spare  bool    // it may go
	grows  bool    // it takes what is left over
}

// firm keeps the height that it would like.
func firm(o fyne.CanvasObject) part { return part{object: o, least: -1} }

// soft gives way down to one line of the smallest type.
func soft(o fyne.CanvasObject) part { return part{object: o, least: widgets.SmallestText * 1.45} }

// sized would like a height and gives way down to another.
func sized(o fyne.CanvasObject, want, least float32) part {
	return part{object: o, want: want, least: least}
}

// spare would like a height and goes before anything is made smaller.
func spare(o fyne.CanvasObject, want float32) part {
	return part{object: o, want: want, least: want, spare: true}
}

// grow takes what is left over, and at least some.
func grow(o fyne.CanvasObject, least float32) part {
	return part{object: o, want: least, least: least, grows: true}
}

// space is empty room that gives way wholly.
func space(height float32) part { return part{object: gap(1), want: height} }

// stack lays parts one below the other over its whole width. Where they would not
// fit, the last of the spare parts goes, then the one before; only then is all that
// gives way made smaller. Where there is room left over and nothing grows, the stack
// lies in the middle if it is centred.
func stack(centred bool, parts ...part) *fyne.Container {
	objects := make([]fyne.CanvasObject, len(parts))
	for i, p := range parts {
		objects[i] = p.object
	}
	return container.New(&stacked{parts, centred}, objects...)
}

type stacked struct {
	parts   []part
	centred bool
}

func (p part) floor() float32 {
	if p.least < 0 {
		if p.want > 0 {
			return p.want
		}
		return p.object.MinSize().Height
	}
	return p.least
}

// Layout places the parts.
func (s *stacked) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	heights := make([]float32, len(s.parts))
	var total float32
	for i, p := range s.parts {
		heights[i] = p.want
		if p.want == 0 {
			heights[i] = max(natural(p.object, size.Width), p.least)
		}
		total += heights[i]
	}
	gone := make([]bool, len(s.parts))
	for i := len(s.parts) - 1; i >= 0 && total > size.Height+0.5; i-- {
		if s.parts[i].spare {
			gone[i] = true
			total -= heights[i]
			heights[i] = 0
		}
	}
	s.share(heights, gone, size.Height-total)
	y := float32(0)
	if s.centred && !s.growing() {
		y = max(0, (size.Height-total)/2)
	}
	for i, p := range s.parts {
		if gone[i] != !p.object.Visible() {
			if gone[i] {
				p.object.Hide()
			} else {
				p.object.Show()
			}
		}
		top := whole(y) // a code's modules are drawn on whole units
		y += heights[i]
		p.object.Move(fyne.NewPos(0, top))
		p.object.Resize(fyne.NewSize(size.Width, whole(y)-top))
	}
}

func whole(v float32) float32 { return float32(int(v + 0.5)) }

// natural is the height that an object would like at a width.
func natural(o fyne.CanvasObject, width float32) (height float32) {
	if c, is := o.(*fyne.Container); is {
		switch l := c.Layout.(type) {
		case *stacked:
			for _, p := range l.parts {
				if p.want > 0 {
					height += p.want
				} else {
					height += max(natural(p.object, width), p.least)
				}
			}
			return height
		case marked:
			return max(natural(c.Objects[1], width-markSide-widgets.Grid), markSide)
		case sides:
			return natural(c.Objects[0], width*(1-2*l.share))
		}
	}
	o.Resize(fyne.NewSize(width, max(o.Size().Height, 1))) // what wraps knows its height only by its width
	return o.MinSize().Height
}

func (s *stacked) growing() bool {
	for _, p := range s.parts {
		if p.grows {
			return true
		}
	}
	return false
}

// share gives what is left over to what grows, or takes what is missing from what
// gives way.
func (s *stacked) share(heights []float32, gone []bool, left float32) {
	var gives, growing float32
	for i, p := range s.parts {
		if !gone[i] {
			gives += max(heights[i]-p.floor(), 0)
			if p.grows {
				growing++
			}
		}
	}
	for i, p := range s.parts {
		switch {
		case gone[i]:
		case left >= 0 && p.grows:
			heights[i] += left / growing
		case left < 0 && gives > 0:
			heights[i] -= max(heights[i]-p.floor(), 0) * min(-left/gives, 1)
		}
	}
}

// MinSize is what the parts need that do not go, each as low as it can be.
func (s *stacked) MinSize([]fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, p := range s.parts {
		if !p.spare {
			size.Width = max(size.Width, p.object.MinSize().Width)
			size.Height += p.floor()
		}
	}
	return size
}

// bar puts keys at the bottom of the screen: what leaves at the left end, then other
// ways; at the right end the primary key, and before it what comes close. All are as
// wide as their words ask, at least Touch, and share what room there is.
func bar(left, right []*widgets.TouchKey) *fyne.Container {
	var objects []fyne.CanvasObject
	for _, key := range append(append([]*widgets.TouchKey{}, left...), right...) {
		objects = append(objects, key)
	}
	return container.New(&barred{left: len(left)}, objects...)
}

type barred struct{ left int }

// keyWidth is the least that a key of the bar takes while there is room.
const keyWidth = 176

// Layout places the keys.
func (b *barred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var want float32
	for _, o := range objects {
		want += max(o.MinSize().Width, keyWidth)
	}
	squeeze := min(1, (size.Width-float32(len(objects)-1)*widgets.Grid)/max(want, 1))
	width := func(o fyne.CanvasObject) float32 {
		return float32(int(max(o.MinSize().Width, keyWidth) * squeeze))
	}
	x := float32(0)
	for _, o := range objects[:b.left] {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width(o), size.Height))
		x += width(o) + widgets.Grid
	}
	x = size.Width
	for i := len(objects) - 1; i >= b.left; i-- {
		o := objects[i]
		x -= width(o)
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width(o), size.Height))
		x -= widgets.Grid
	}
}

// MinSize is Touch a key; with large type a third more high.
func (b *barred) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(len(objects))*(widgets.Touch+widgets.Grid), widgets.Touch+24*(textScale()-1))
}

// textScale is by how much the theme enlarges text, 1 to 2.
func textScale() float32 {
	if t, is := fyne.CurrentApp().Settings().Theme().(*widgets.Theme); is {
		return t.Appearance().TextScale
	}
	return 1
}

// capped enlarges the text of an object by no more than a factor: what stands on every
// screen would else push away what a person is to do.
func capped(o fyne.CanvasObject, most float32) fyne.CanvasObject {
	t, is := fyne.CurrentApp().Settings().Theme().(*widgets.Theme)
	if !is || t.Appearance().TextScale <= most {
		return o
	}
	appearance := t.Appearance()
	appearance.TextScale = most
	return container.NewThemeOverride(o, widgets.NewTheme(appearance))
}
