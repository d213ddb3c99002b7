package screens

import (
	"image/color"
	"strings"

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

// middle keeps an object's least height in the middle of the room, over its whole width.
func middle(o fyne.CanvasObject) *fyne.Container { return container.New(halfway{}, o) }

type halfway struct{}

// Layout places the one object.
func (halfway) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	o := objects[0]
	o.Resize(fyne.NewSize(size.Width, min(o.MinSize().Height, size.Height)))
	height := min(o.MinSize().Height, size.Height) // which may depend on the width
	o.Resize(fyne.NewSize(size.Width, height))
	height = compact(o)
	o.Move(fyne.NewPos(0, (size.Height-height)/2))
}

// compact takes from a paragraph the height that its lines, made smaller, do not fill, and returns what is left: a paragraph
// writes from the top of its room.
func compact(o fyne.CanvasObject) float32 {
	p, is := o.(*widgets.Paragraph)
	size := o.Size()
	if !is || size.Width <= 1 {
		return size.Height
	}
	fitted := p.FittedSize()
	for lines := float32(1); lines < 8; lines++ {
		height := lines*fitted*1.4 + 0.1
		if height >= size.Height {
			break
		}
		p.Resize(fyne.NewSize(size.Width, height))
		if p.FittedSize() == fitted && (fitted > widgets.SmallestText || lines*fitted*1.4+0.5 >= linesOf(p, size.Width)) {
			return height
		}
	}
	p.Resize(size)
	return size.Height
}

// linesOf is the height that a paragraph's words take at the smallest size, at which it writes more lines than fit rather than
// smaller ones.
func linesOf(p *widgets.Paragraph, width float32) float32 {
	var lines, used float32 = 1, 0
	space := fyne.MeasureText(" ", widgets.SmallestText, fyne.TextStyle{}).Width
	for _, word := range strings.Fields(p.Text()) {
		w := fyne.MeasureText(word, widgets.SmallestText, fyne.TextStyle{}).Width
		if used > 0 && used+space+w > width {
			lines, used = lines+1, 0
		}
		if used > 0 {
			used += space
		}
		for used += w; used > width; used -= width {
			lines++
		}
	}
	return lines * widgets.SmallestText * 1.4
}

// pair writes a line over a quieter one. Where there is no room for both at their sizes they share it so that neither becomes
// much smaller than the other.
type pair struct{}

// MinSize is both.
func (pair) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

// Layout places both in the middle.
func (pair) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	first, second := objects[0].(*widgets.Paragraph), objects[1].(*widgets.Paragraph)
	lay := func(upper, lower float32) {
		first.Resize(fyne.NewSize(room.Width, upper))
		second.Resize(fyne.NewSize(room.Width, lower))
	}
	lay(first.MinSize().Height, second.MinSize().Height)
	upper, lower := first.MinSize().Height, second.MinSize().Height
	lay(upper, lower)
	if upper+lower > room.Height {
		most, best := float32(0), float32(0.5)
		lay(1e4, 1e4)
		wantFirst, wantSecond := first.FittedSize(), second.FittedSize()
		for _, share := range []float32{0.72, 0.66, 0.6, 0.55, 0.5, 0.45, 0.4, 0.34, 0.28} {
			lay(room.Height*share, room.Height*(1-share))
			if least := min(first.FittedSize()/wantFirst, second.FittedSize()/wantSecond); least > most {
				most, best = least, share
			}
		}
		lay(room.Height*best, room.Height*(1-best))
	}
	upper, lower = compact(first), compact(second)
	top := (room.Height - upper - lower) / 2
	first.Move(fyne.NewPos(0, top))
	second.Move(fyne.NewPos(0, top+upper))
}

// MinSize is the object's.
func (halfway) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

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

// keyBar puts a page's actions where they always are: leave at the left, the bright one at the right, others between them from
// the right. A key is as wide as its words on one line; where all do not fit they share the room.
func keyBar(leave, primary *widgets.TouchKey, others []*widgets.TouchKey) fyne.CanvasObject {
	bar := &barOfKeys{leaves: leave != nil}
	var objects []fyne.CanvasObject
	for _, k := range append(append([]*widgets.TouchKey{leave}, others...), primary) {
		if k != nil {
			bar.keys = append(bar.keys, k)
			objects = append(objects, k)
		}
	}
	return container.New(bar, objects...)
}

type barOfKeys struct {
	keys   []*widgets.TouchKey
	leaves bool
}

// MinSize is a key's height.
func (*barOfKeys) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, widgets.Touch) }

// Layout places the keys.
func (b *barOfKeys) Layout(_ []fyne.CanvasObject, room fyne.Size) {
	const least = 200
	settings := fyne.CurrentApp().Settings()
	widths := make([]float32, len(b.keys))
	var want float32
	for i, k := range b.keys {
		label := fyne.MeasureText(k.Label(), settings.Theme().Size(widgets.SizeBody), fyne.TextStyle{Bold: true}).Width
		widths[i] = max(least, label+5*widgets.Grid)
		want += widths[i]
	}
	squeeze := min(1, (room.Width-widgets.Grid*float32(max(len(b.keys)-1, 0)))/max(want, 1))
	right := room.Width
	for i := len(b.keys) - 1; i >= 0; i-- {
		width := float32(int(widths[i] * squeeze))
		x := right - width
		if i == 0 && b.leaves {
			x = 0
		}
		b.keys[i].Move(fyne.NewPos(x, 0))
		b.keys[i].Resize(fyne.NewSize(width, room.Height))
		right = x - widgets.Grid
	}
}
