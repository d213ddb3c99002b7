package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"countersign/app/widgets"
)

// contentKey is a row that can be pressed: what a widgets.TouchKey is, with more on it
// than a label. The keyboard reaches it by Tab and presses it by Space.
type contentKey struct {
	widget.BaseWidget
	content       fyne.CanvasObject
	label         string // for a screen reader
	press         func()
	down, focused bool
}

var (
	_ fyne.Tappable     = (*contentKey)(nil)
	_ fyne.Focusable    = (*contentKey)(nil)
	_ desktop.Mouseable = (*contentKey)(nil)
	_ desktop.Hoverable = (*contentKey)(nil)
	_ fyne.Accessible   = (*contentKey)(nil)
)

// newContentKey makes a row that counts as a touch when it is pressed.
func (k *Kiosk) newContentKey(content fyne.CanvasObject, label string, press func()) *contentKey {
	c := &contentKey{content: content, label: label, press: func() { k.touched = k.Now(); press() }}
	c.ExtendBaseWidget(c)
	return c
}

func (c *contentKey) Tapped(*fyne.PointEvent)                { c.press() }
func (c *contentKey) MouseDown(*desktop.MouseEvent)          { c.down = true; c.Refresh() }
func (c *contentKey) MouseUp(*desktop.MouseEvent)            { c.down = false; c.Refresh() }
func (c *contentKey) MouseIn(*desktop.MouseEvent)            {}
func (c *contentKey) MouseMoved(*desktop.MouseEvent)         {}
func (c *contentKey) MouseOut()                              { c.down = false; c.Refresh() }
func (c *contentKey) FocusGained()                           { c.focused = true; c.Refresh() }
func (c *contentKey) FocusLost()                             { c.focused = false; c.Refresh() }
func (c *contentKey) AccessibilityLabel() string             { return c.label }
func (c *contentKey) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// TypedRune goes to the window.
func (c *contentKey) TypedRune(r rune) {
	if w := fyne.CurrentApp().Driver().CanvasForObject(c); r != ' ' && w != nil && w.OnTypedRune() != nil {
		w.OnTypedRune()(r)
	}
}

// TypedKey presses at Space; every other key goes to the window.
func (c *contentKey) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		c.press()
		return
	}
	if w := fyne.CurrentApp().Driver().CanvasForObject(c); w != nil && w.OnTypedKey() != nil {
		w.OnTypedKey()(e)
	}
}

// CreateRenderer is called by Fyne.
func (c *contentKey) CreateRenderer() fyne.WidgetRenderer {
	r := &contentRenderer{key: c, face: canvas.NewRectangle(color.Black)}
	r.face.CornerRadius = widgets.Grid
	r.Refresh()
	return r
}

type contentRenderer struct {
	key  *contentKey
	face *canvas.Rectangle
}

func (r *contentRenderer) Destroy() {}

func (r *contentRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.face, r.key.content}
}

func (r *contentRenderer) MinSize() fyne.Size {
	return r.key.content.MinSize().Add(fyne.NewSize(2*widgets.Grid, 0)).Max(fyne.NewSquareSize(widgets.Touch))
}

func (r *contentRenderer) Layout(size fyne.Size) {
	r.face.Move(fyne.NewSquareOffsetPos(2)) // half of the widest edge's line lies outside its rectangle
	r.face.Resize(size.SubtractWidthHeight(4, 4))
	r.key.content.Move(fyne.NewPos(1.5*widgets.Grid, 0))
	r.key.content.Resize(size.SubtractWidthHeight(3*widgets.Grid, 0))
}

func (r *contentRenderer) Refresh() {
	t := r.key.Theme()
	role := func(name fyne.ThemeColorName) color.Color { return t.Color(name, theme.VariantDark) }
	r.face.FillColor, r.face.StrokeColor, r.face.StrokeWidth = role(widgets.ColorSurface), role(widgets.ColorOutline), 1
	if r.key.down {
		r.face.FillColor = role(widgets.ColorSurfaceDown)
	}
	if r.key.focused {
		r.face.StrokeColor, r.face.StrokeWidth = role(widgets.ColorFocus), 4
	}
	canvas.Refresh(r.key)
}
