package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"countersign/app/widgets"
)

// pressable is something to press that shows more than a word: a tile, a row of a list, a chip, a day. The keyboard reaches
// it by Tab and the arrows and presses it by Space; other keys it hands to the window.
type pressable struct {
	widget.BaseWidget
	content  fyne.CanvasObject
	label    string // for screen readers
	press    func()
	least    fyne.Size
	selected bool
	down     bool
	focused  bool
	disabled bool
}

var (
	_ fyne.Tappable     = (*pressable)(nil)
	_ fyne.Focusable    = (*pressable)(nil)
	_ fyne.Disableable  = (*pressable)(nil)
	_ fyne.Accessible   = (*pressable)(nil)
	_ desktop.Mouseable = (*pressable)(nil)
	_ desktop.Hoverable = (*pressable)(nil)
)

// newPressable makes one that is at least [widgets.Touch] high and wide; press nil disables it.
func newPressable(label string, content fyne.CanvasObject, press func()) *pressable {
	p := &pressable{content: content, label: label, press: press, least: fyne.NewSquareSize(widgets.Touch), disabled: press == nil}
	p.ExtendBaseWidget(p)
	return p
}

// chosen marks it, by an edge of another colour and width.
func (p *pressable) chosen(is bool) *pressable { p.selected = is; return p }

func (p *pressable) Tapped(*fyne.PointEvent) {
	if !p.disabled {
		p.press()
	}
}

func (p *pressable) Enable()        { p.disabled = p.press == nil; p.Refresh() }
func (p *pressable) Disable()       { p.disabled = true; p.Refresh() }
func (p *pressable) Disabled() bool { return p.disabled }

func (p *pressable) turnOn(on bool) {
	if p.disabled == on {
		p.disabled = !on
		p.Refresh()
	}
}

func (p *pressable) MouseDown(*desktop.MouseEvent)  { p.setDown(!p.disabled) }
func (p *pressable) MouseUp(*desktop.MouseEvent)    { p.setDown(false) }
func (p *pressable) MouseIn(*desktop.MouseEvent)    {}
func (p *pressable) MouseMoved(*desktop.MouseEvent) {}
func (p *pressable) MouseOut()                      { p.setDown(false) }

func (p *pressable) setDown(down bool) {
	if p.down != down {
		p.down = down
		p.Refresh()
	}
}

func (p *pressable) FocusGained() { p.focused = true; p.Refresh() }
func (p *pressable) FocusLost()   { p.focused = false; p.Refresh() }

func (p *pressable) AccessibilityLabel() string             { return p.label }
func (p *pressable) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// TypedRune goes to the window, but for the space that pressed.
func (p *pressable) TypedRune(r rune) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); r != ' ' && c != nil && c.OnTypedRune() != nil {
		c.OnTypedRune()(r)
	}
}

// TypedKey presses at Space and hands every other key to the window.
func (p *pressable) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		p.Tapped(nil)
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(event)
	}
}

// CreateRenderer is called by Fyne.
func (p *pressable) CreateRenderer() fyne.WidgetRenderer {
	r := &pressableRenderer{p: p, face: canvas.NewRectangle(color.Transparent), focus: canvas.NewRectangle(color.Transparent)}
	r.face.CornerRadius, r.focus.CornerRadius = widgets.Grid, widgets.Grid+2
	r.focus.StrokeWidth = 4
	r.paint()
	return r
}

type pressableRenderer struct {
	p           *pressable
	face, focus *canvas.Rectangle
}

func (r *pressableRenderer) Destroy() {}
func (r *pressableRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.face, r.p.content, r.focus}
}

func (r *pressableRenderer) MinSize() fyne.Size { return r.p.least }

func (r *pressableRenderer) Layout(size fyne.Size) {
	r.face.Move(fyne.NewSquareOffsetPos(2)) // half of the widest edge's line lies outside its rectangle
	r.face.Resize(size.SubtractWidthHeight(4, 4))
	r.focus.Move(fyne.NewSquareOffsetPos(2))
	r.focus.Resize(size.SubtractWidthHeight(4, 4))
	r.p.content.Move(fyne.NewPos(12, 4))
	r.p.content.Resize(fyne.NewSize(max(size.Width-24, 0), max(size.Height-8, 0)))
}

func (r *pressableRenderer) paint() {
	p := r.p
	r.face.FillColor, r.face.StrokeColor, r.face.StrokeWidth = colour(widgets.ColorSurface), colour(widgets.ColorOutline), 1
	switch {
	case p.down:
		r.face.FillColor = colour(widgets.ColorSurfaceDown)
	case p.disabled:
		r.face.FillColor = color.Transparent
	}
	if p.disabled { // not by its colour alone
		r.face.StrokeWidth = 0
	}
	if p.selected {
		r.face.StrokeColor, r.face.StrokeWidth = colour(widgets.ColorGo), 4
	}
	r.focus.StrokeColor = color.Transparent
	if p.focused {
		r.focus.StrokeColor = colour(widgets.ColorFocus)
	}
}

func (r *pressableRenderer) Refresh() {
	r.paint()
	r.face.Refresh()
	r.focus.Refresh()
	canvas.Refresh(r.p)
}
