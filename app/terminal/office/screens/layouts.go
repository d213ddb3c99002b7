package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// part is an object and the room that it gets along its row or column: a fixed size, a share of what is left, or, when both
// are zero, what the object asks for.
type part struct {
	object fyne.CanvasObject
	size   float32
	share  float32
}

func fix(o fyne.CanvasObject, size float32) part   { return part{object: o, size: size} }
func fill(o fyne.CanvasObject) part                { return part{object: o, share: 1} }
func share(o fyne.CanvasObject, much float32) part { return part{object: o, share: much} }
func own(o fyne.CanvasObject) part                 { return part{object: o} }

// down lays parts under each other over the whole width, across beside each other over the whole height. Where the room is
// short those that ask for room of their own get less of it: their text becomes smaller and is never cut.
func down(gap float32, parts ...part) *fyne.Container   { return line(true, gap, parts) }
func across(gap float32, parts ...part) *fyne.Container { return line(false, gap, parts) }

func line(vertical bool, gap float32, parts []part) *fyne.Container {
	objects := make([]fyne.CanvasObject, len(parts))
	for i, p := range parts {
		objects[i] = p.object
	}
	return container.New(&lined{vertical: vertical, gap: gap, parts: parts}, objects...)
}

type lined struct {
	vertical bool
	gap      float32
	parts    []part
}

func (l *lined) along(s fyne.Size) float32 {
	if l.vertical {
		return s.Height
	}
	return s.Width
}

func (l *lined) visible() (list []part) {
	for _, p := range l.parts {
		if p.object.Visible() {
			list = append(list, p)
		}
	}
	return list
}

// MinSize is what the fixed parts and those that ask take; shares may shrink to nothing.
func (l *lined) MinSize([]fyne.CanvasObject) (size fyne.Size) {
	for i, p := range l.visible() {
		least := p.object.MinSize()
		along := p.size
		if p.size == 0 && p.share == 0 {
			along = l.along(least)
		}
		if i > 0 {
			along += l.gap
		}
		if l.vertical {
			size = fyne.NewSize(max(size.Width, least.Width), size.Height+along)
		} else {
			size = fyne.NewSize(size.Width+along, max(size.Height, least.Height))
		}
	}
	return size
}

// Layout gives the fixed first, then those that ask, then the shares.
func (l *lined) Layout(_ []fyne.CanvasObject, room fyne.Size) {
	parts := l.visible()
	left := l.along(room) - l.gap*float32(max(len(parts)-1, 0))
	var asked, shares float32
	sizes := make([]float32, len(parts))
	for i, p := range parts {
		switch {
		case p.size > 0:
			sizes[i] = p.size
			left -= p.size
		case p.share > 0:
			shares += p.share
		default:
			if l.vertical { // what wraps knows its height only once it knows its width
				p.object.Resize(fyne.NewSize(room.Width, p.object.MinSize().Height))
			}
			sizes[i] = l.along(p.object.MinSize())
			asked += sizes[i]
		}
	}
	if asked > left && asked > 0 {
		for i, p := range parts {
			if p.size == 0 && p.share == 0 {
				sizes[i] *= max(left, 0) / asked
			}
		}
		asked = max(left, 0)
	}
	left -= asked
	var at float32
	for i, p := range parts {
		if p.share > 0 {
			sizes[i] = max(left, 0) * p.share / shares
		}
		if l.vertical {
			p.object.Move(fyne.NewPos(0, at))
			p.object.Resize(fyne.NewSize(room.Width, sizes[i]))
		} else {
			p.object.Move(fyne.NewPos(at, 0))
			p.object.Resize(fyne.NewSize(sizes[i], room.Height))
		}
		at += sizes[i] + l.gap
	}
}

// evenly fills the room with cells of one size in a number of columns, and lays out no more rows than rows, if given.
func evenly(columns int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&cells{columns: columns}, objects...)
}

// evenlyIn is evenly with room for a number of rows, so that few cells are no larger than many.
func evenlyIn(columns, rows int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&cells{columns: columns, rows: rows}, objects...)
}

type cells struct{ columns, rows int }

func (c *cells) count(objects []fyne.CanvasObject) int {
	return max((len(objects)+c.columns-1)/c.columns, c.rows, 1)
}

// MinSize is as many of the largest as there are.
func (c *cells) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var cell fyne.Size
	for _, o := range objects {
		cell = cell.Max(o.MinSize())
	}
	columns, rows := float32(c.columns), float32(c.count(objects))
	return fyne.NewSize(columns*cell.Width+(columns-1)*widgets.Grid, rows*cell.Height+(rows-1)*widgets.Grid)
}

// Layout fills the room row by row.
func (c *cells) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	columns, rows := float32(c.columns), float32(c.count(objects))
	cell := fyne.NewSize((room.Width-(columns-1)*widgets.Grid)/columns, (room.Height-(rows-1)*widgets.Grid)/rows)
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%c.columns)*(cell.Width+widgets.Grid), float32(i/c.columns)*(cell.Height+widgets.Grid)))
		o.Resize(cell)
	}
}

// padded keeps an object away from its room's edges.
func padded(o fyne.CanvasObject, x, y float32) *fyne.Container {
	return container.New(&padding{x, y}, o)
}

type padding struct{ x, y float32 }

// Layout places the one object.
func (p *padding) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(p.x, p.y))
	objects[0].Resize(fyne.NewSize(max(size.Width-2*p.x, 0), max(size.Height-2*p.y, 0)))
}

// MinSize is the object's and the padding's.
func (p *padding) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*p.x, 2*p.y)
}

// centred gives an object at most a width and height, in the middle of the room.
func centred(o fyne.CanvasObject, width, height float32) *fyne.Container {
	return container.New(&centre{width, height}, o)
}

type centre struct{ width, height float32 }

// Layout places the one object.
func (c *centre) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	size := fyne.NewSize(min(c.width, room.Width), min(c.height, room.Height))
	objects[0].Resize(size)
	objects[0].Move(fyne.NewPos((room.Width-size.Width)/2, (room.Height-size.Height)/2))
}

// MinSize is the object's.
func (c *centre) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// space is empty room.
func space() fyne.CanvasObject { return canvas.NewRectangle(color.Transparent) }

// panel is a surface with something on it.
func panel(o fyne.CanvasObject) *fyne.Container {
	face := canvas.NewRectangle(colour(widgets.ColorSurface))
	face.CornerRadius = widgets.Grid
	face.StrokeColor, face.StrokeWidth = colour(widgets.ColorOutline), 1
	return container.NewStack(padded(face, 1, 1), padded(o, 2*widgets.Grid, widgets.Grid))
}

// colour is a role's colour in the program's present theme.
func colour(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	return settings.Theme().Color(name, settings.ThemeVariant())
}

// textScale is by how much text is larger than its usual size: 1 to 2.
func textScale() float32 {
	return fyne.CurrentApp().Settings().Theme().Size(widgets.SizeBody) / 22
}

// scaled is a length for so many units of text at its usual size; it grows less than text does, which then becomes smaller
// where it has to.
func scaled(units float32) float32 { return units * (1 + 0.4*(textScale()-1)) }

// fixedHeight asks for a height and for no width.
func fixedHeight(o fyne.CanvasObject, height float32) *fyne.Container {
	return container.New(&asks{height}, o)
}

type asks struct{ height float32 }

// Layout fills the room.
func (a *asks) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// MinSize is the height.
func (a *asks) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, a.height) }

// roomy takes the room that there is and asks for none.
func roomy(o fyne.CanvasObject) *fyne.Container { return container.New(&asks{1}, o) }
