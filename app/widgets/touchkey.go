package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// KeyStyle is how a key looks.
type KeyStyle int

// The styles of keys.
const (
	PlainKey   KeyStyle = iota // a digit, a choice
	PrimaryKey                 // the one thing to do: filled with the accent
	LeaveKey                   // away from here: outlined only
)

// TouchKey is a button for a finger: at least [Touch] high and wide, with a pressed state that shows at once. The keyboard
// reaches it by Tab and presses it by Space; every other key it hands to the window's own handler, so that Enter and Esc
// keep their meaning wherever the focus is.
type TouchKey struct {
	widget.DisableableWidget
	label   string
	picture func(fyne.Theme, color.NRGBA) []layer // instead of the label
	style   KeyStyle
	size    fyne.ThemeSizeName
	press   func()
	down    bool
	focused bool
	touch   *touch // nil without a finger on it
	scale   typeScale
}

var (
	_ fyne.Tappable     = (*TouchKey)(nil)
	_ fyne.Focusable    = (*TouchKey)(nil)
	_ desktop.Mouseable = (*TouchKey)(nil)
	_ desktop.Hoverable = (*TouchKey)(nil)
	_ fyne.Accessible   = (*TouchKey)(nil)
)

// NewTouchKey makes a key; press is called on Fyne's goroutine, never while the key is disabled.
func NewTouchKey(label string, style KeyStyle, press func()) *TouchKey {
	k := &TouchKey{label: label, style: style, size: SizeBody, press: press}
	k.ExtendBaseWidget(k)
	return k
}

// NewPrimaryAction is the screen's one bright key; [NewActionBar] puts it at the bottom right. Enter should do the same.
func NewPrimaryAction(label string, press func()) *TouchKey {
	return NewTouchKey(label, PrimaryKey, press)
}

// NewLeaveAction is the key that leaves a screen; [NewActionBar] puts it at the bottom left. Esc should do the same.
func NewLeaveAction(label string, press func()) *TouchKey { return NewTouchKey(label, LeaveKey, press) }

// SetLabel changes the words.
func (k *TouchKey) SetLabel(label string) {
	if k.label != label {
		k.label = label
		k.Refresh()
	}
}

// ScaleText is what a [Stage] makes a screen fit by.
func (k *TouchKey) ScaleText(share float32) {
	if k.scale.share != share {
		k.scale.share = share
		k.Refresh()
	}
}

// SetSize changes the role of type, [SizeBody] before; it is for a screen whose keys are its task.
func (k *TouchKey) SetSize(size fyne.ThemeSizeName) {
	if k.size != size {
		k.size = size
		k.Refresh()
	}
}

// Label is what is written on it, or said of its picture.
func (k *TouchKey) Label() string { return k.label }

// AccessibilityLabel is the label.
func (k *TouchKey) AccessibilityLabel() string { return k.label }

// AccessibilityRole is button.
func (k *TouchKey) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Tapped presses the key.
func (k *TouchKey) Tapped(*fyne.PointEvent) {
	if !k.Disabled() && k.press != nil {
		k.press()
	}
}

// MouseDown shows the pressed state; a touch panel's finger arrives as the mouse.
func (k *TouchKey) MouseDown(*desktop.MouseEvent) { k.begin() }

// MouseUp ends the pressed state. Of a press that began on a key in whose place this one has come it is all that
// arrives, so that it presses.
func (k *TouchKey) MouseUp(*desktop.MouseEvent) {
	if k.end() {
		k.Tapped(nil)
	}
}

// MouseIn does nothing for a pointer that is only near.
func (k *TouchKey) MouseIn(e *desktop.MouseEvent) { k.comeIn(e) }

// MouseMoved does nothing.
func (k *TouchKey) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends the pressed state of a finger that slid away.
func (k *TouchKey) MouseOut() { k.goOut() }

func (k *TouchKey) setDown(down bool) {
	if k.down != down {
		k.down = down
		k.Refresh()
	}
}

// FocusGained shows the focus.
func (k *TouchKey) FocusGained() { k.focused = true; k.Refresh() }

// FocusLost hides it.
func (k *TouchKey) FocusLost() { k.focused = false; k.Refresh() }

// TypedRune goes to the window.
func (k *TouchKey) TypedRune(r rune) {
	if r == ' ' {
		return // its key event presses
	}
	if c := canvasOf(k); c != nil && c.OnTypedRune() != nil {
		c.OnTypedRune()(r)
	}
}

// TypedKey presses at Space and hands every other key to the window.
func (k *TouchKey) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		k.Tapped(nil)
		return
	}
	if c := canvasOf(k); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(event)
	}
}

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(o)
}

// CreateRenderer is called by Fyne.
func (k *TouchKey) CreateRenderer() fyne.WidgetRenderer {
	r := &keyRenderer{key: k, face: canvas.NewRectangle(color.Black), focus: canvas.NewRectangle(color.Transparent)}
	r.face.CornerRadius, r.focus.CornerRadius = Grid, Grid+4
	r.focus.StrokeWidth = 4
	r.words = NewParagraph("", k.size, ColorText, fyne.TextAlignCenter, 320)
	r.words.bold = true
	r.picture = drawing(func() []layer {
		if k.picture == nil {
			return nil
		}
		return k.picture(k.Theme(), role(k.Theme(), r.ink()))
	})
	r.Refresh()
	return r
}

type keyRenderer struct {
	key         *TouchKey
	face, focus *canvas.Rectangle
	words       *Paragraph
	picture     *canvas.Raster
}

func (r *keyRenderer) Destroy() {}

func (r *keyRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.focus, r.face, r.words, r.picture}
}

func (r *keyRenderer) padding() fyne.Size { return fyne.NewSize(2*Grid, Grid) }

func (r *keyRenderer) MinSize() fyne.Size {
	if r.key.picture != nil {
		return fyne.NewSquareSize(Touch)
	}
	size := r.key.scale.size(r.key.Theme(), r.key.size)
	lines, _ := wrap(r.key.label, r.words.measure, size, r.words.style(), false)
	var width float32
	for _, line := range lines {
		width = max(width, textWidth(line, size, r.words.style()))
	}
	// The width at which the label needs no smaller type; a key that gets less wraps and shrinks it.
	return fyne.NewSize(max(Touch, min(width, r.words.measure)+2*r.padding().Width),
		max(Touch, float32(len(lines))*lineHeight(size, r.words.style())+2*r.padding().Height))
}

func (r *keyRenderer) Layout(size fyne.Size) {
	// Half of an edge's line lies outside its rectangle.
	r.face.Move(fyne.NewSquareOffsetPos(1))
	r.face.Resize(size.SubtractWidthHeight(2, 2))
	r.focus.Move(fyne.NewPos(-4, -4))
	r.focus.Resize(size.AddWidthHeight(8, 8))
	r.picture.Resize(fyne.NewSquareSize(min(size.Width, size.Height, Touch)))
	r.picture.Move(fyne.NewPos((size.Width-r.picture.Size().Width)/2, (size.Height-r.picture.Size().Height)/2))
	room := fyne.NewSize(size.Width-2*r.padding().Width, size.Height-2*r.padding().Height)
	lines, fitted := fit(r.words.text, room, r.words.typeSize(), r.words.style())
	height := float32(len(lines)) * lineHeight(fitted, r.words.style()) // the smallest type may take the padding as well
	r.words.Resize(fyne.NewSize(room.Width, height))
	r.words.Move(fyne.NewPos(r.padding().Width, (size.Height-height)/2))
}

// ink is the role of what is written on the key.
func (r *keyRenderer) ink() fyne.ThemeColorName {
	switch {
	case r.key.Disabled():
		return ColorQuiet
	case r.key.style == PrimaryKey:
		return ColorOnGo
	}
	return ColorText
}

func (r *keyRenderer) Refresh() {
	k, t := r.key, r.key.Theme()
	fill, edge := role(t, ColorSurface), role(t, ColorOutline)
	switch {
	case k.Disabled():
		fill = role(t, ColorGround)
	case k.style == PrimaryKey && k.down:
		fill, edge = role(t, ColorGoDown), role(t, ColorGoDown)
	case k.style == PrimaryKey:
		fill, edge = role(t, ColorGo), role(t, ColorGo)
	case k.down:
		fill = role(t, ColorSurfaceDown)
	case k.style == LeaveKey:
		fill = role(t, ColorGround)
	}
	r.face.FillColor, r.face.StrokeColor = fill, edge
	r.face.StrokeWidth = 2
	switch {
	case k.Disabled():
		r.face.StrokeWidth = 0 // in high contrast words are as bright as others: that there is no edge tells
	case k.style == PlainKey && ContrastRatio(fill, role(t, ColorGround)) > 1.1:
		r.face.StrokeWidth = 0 // the fill alone sets it off
	}
	r.focus.StrokeColor = color.Transparent
	if k.focused {
		r.focus.StrokeColor = role(t, ColorFocus)
	}
	r.words.text, r.words.color, r.words.scale, r.words.size = k.label, r.ink(), k.scale, k.size
	if k.picture != nil {
		r.words.Hide()
	}
	r.Layout(k.Size())
	r.words.Refresh()
	r.picture.Refresh()
	canvas.Refresh(k)
}
