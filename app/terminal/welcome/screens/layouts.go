package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

// part is an object and the room that it gets along its row or column: a fixed size, or
// a share of what is left.
type part struct {
	object      fyne.CanvasObject
	size, share float32
}

func fixed(o fyne.CanvasObject, size float32) part { return part{object: o, size: size} }
func share(o fyne.CanvasObject, much float32) part { return part{object: o, share: much} }

// down lays parts below each other over the whole width, across beside each other over the
// whole height.
func down(gap float32, parts ...part) *fyne.Container   { return lay(true, gap, parts) }
func across(gap float32, parts ...part) *fyne.Container { return lay(false, gap, parts) }

func lay(vertical bool, gap float32, parts []part) *fyne.Container {
	objects := make([]fyne.CanvasObject, len(parts))
	for i, p := range parts {
		objects[i] = p.object
	}
	return container.New(&lined{vertical, gap, parts}, objects...)
}

type lined struct {
	vertical bool
	gap      float32
	parts    []part
}

// turned is a size with its sides in the order along and across.
func (l *lined) turned(s fyne.Size) fyne.Size {
	if l.vertical {
		return fyne.NewSize(s.Height, s.Width)
	}
	return s
}

// MinSize is what the fixed parts take; shares ask for what their keys need.
func (l *lined) MinSize([]fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(l.gap*float32(max(len(l.parts)-1, 0)), 0)
	for _, p := range l.parts {
		least := l.turned(p.object.MinSize())
		if p.size > 0 {
			least.Width = p.size
		}
		size = fyne.NewSize(size.Width+least.Width, max(size.Height, least.Height))
	}
	return l.turned(size)
}

// Layout places the parts.
func (l *lined) Layout(_ []fyne.CanvasObject, room fyne.Size) {
	turned := l.turned(room)
	left, shares := turned.Width-l.gap*float32(max(len(l.parts)-1, 0)), float32(0)
	for _, p := range l.parts {
		left -= p.size
		shares += p.share
	}
	var at float32
	for _, p := range l.parts {
		along := p.size
		if p.share > 0 {
			along = max(left, 0) * p.share / shares
		}
		p.object.Move(fyne.NewPos(0, at))
		if !l.vertical {
			p.object.Move(fyne.NewPos(at, 0))
		}
		p.object.Resize(l.turned(fyne.NewSize(along, turned.Height)))
		at += along + l.gap
	}
}

// inside asks for a size whatever its object would like: paragraphs make their type
// smaller rather than the window larger.
type inside fyne.Size

// MinSize is the size asked for.
func (i inside) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size(i) }

// Layout fills the room.
func (inside) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(room)
	}
}

// modest is an object that asks for no room of its own.
func modest(o fyne.CanvasObject) *fyne.Container {
	return container.New(inside(fyne.NewSize(1, 1)), o)
}

// middle keeps an object's own height in the middle of the room, over its whole width.
func middle(o fyne.CanvasObject) *fyne.Container { return container.New(halfway{}, o) }

type halfway struct{}

// MinSize asks for a line.
func (halfway) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(1, widgets.SmallestText)
}

// Layout places the one object.
func (halfway) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	o := objects[0]
	o.Resize(fyne.NewSize(room.Width, min(o.MinSize().Height, room.Height)))
	height := min(o.MinSize().Height, room.Height) // which may depend on the width
	o.Resize(fyne.NewSize(room.Width, height))
	o.Move(fyne.NewPos(0, (room.Height-height)/2))
}

// within gives an object at most a size, in the middle of the room.
func within(o fyne.CanvasObject, width, height float32) *fyne.Container {
	return container.New(centre(fyne.NewSize(width, height)), o)
}

type centre fyne.Size

// MinSize is the object's.
func (centre) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout places the one object.
func (c centre) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	size := fyne.NewSize(min(c.Width, room.Width), min(c.Height, room.Height))
	objects[0].Resize(size)
	objects[0].Move(fyne.NewPos((room.Width-size.Width)/2, (room.Height-size.Height)/2))
}

// space is empty room.
func space() fyne.CanvasObject { return canvas.NewRectangle(color.Transparent) }

// panel is a surface with something on it.
func panel(o fyne.CanvasObject) fyne.CanvasObject {
	settings := fyne.CurrentApp().Settings()
	role := func(name fyne.ThemeColorName) color.Color {
		return settings.Theme().Color(name, settings.ThemeVariant())
	}
	face := canvas.NewRectangle(role(widgets.ColorSurface))
	face.CornerRadius = widgets.Grid
	face.StrokeColor, face.StrokeWidth = role(widgets.ColorOutline), 1
	inner := down(0, fixed(space(), widgets.Grid), share(across(0, fixed(space(), 2*widgets.Grid), share(o, 1), fixed(space(), 2*widgets.Grid)), 1), fixed(space(), widgets.Grid))
	return container.NewStack(face, inner)
}

// said is a paragraph from the left; asks is one in the middle.
func said(text string, size fyne.ThemeSizeName, role fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, role, fyne.TextAlignLeading, 480)
}

func asked(text string) *widgets.Paragraph {
	return widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 720)
}
