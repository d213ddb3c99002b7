package screens

import (
	"math"

	"fyne.io/fyne/v2"
)

// TypedRune takes a character while the office is open.
func (o *Office) TypedRune(r rune) {
	o.touched = o.Now()
	if p, takes := o.top().(typer); takes {
		p.typedRune(r)
	}
}

// TypedKey takes a key while the office is open: Esc goes back, Enter does what is marked or else the page's one bright key,
// the arrows move the mark.
func (o *Office) TypedKey(event *fyne.KeyEvent) {
	if !o.open {
		return
	}
	o.touched = o.Now()
	if p, takes := o.top().(keyer); takes && p.typedKey(event) {
		return
	}
	switch event.Name {
	case fyne.KeyEscape:
		o.back()
	case fyne.KeyReturn, fyne.KeyEnter:
		if f, is := o.stage.Window().Canvas().Focused().(fyne.Tappable); is && o.steered {
			f.Tapped(nil)
		} else if o.primary != nil {
			o.primary.Tapped(nil)
		}
	case fyne.KeyUp:
		o.steer(0, -1)
	case fyne.KeyDown:
		o.steer(0, 1)
	case fyne.KeyLeft:
		o.steer(-1, 0)
	case fyne.KeyRight:
		o.steer(1, 0)
	}
}

// steer moves the mark to the nearest control in a direction: dx and dy are -1, 0 or 1. Without a mark it takes the first.
func (o *Office) steer(dx, dy float32) {
	canvas := o.stage.Window().Canvas()
	driver := fyne.CurrentApp().Driver()
	focused := canvas.Focused()
	var from box
	if !o.steered || focused == nil {
		focused = nil
	}
	type candidate struct {
		f  fyne.Focusable
		at box
	}
	var all []candidate
	for _, c := range o.controls {
		f, is := c.Object.(fyne.Focusable)
		if d, can := c.Object.(fyne.Disableable); !is || can && d.Disabled() || c.Object.Size().IsZero() {
			continue
		}
		at := driver.AbsolutePositionForObject(c.Object)
		if at.IsZero() {
			continue // cannot be seen
		}
		b := box{at.X, at.Y, c.Object.Size().Width, c.Object.Size().Height}
		if f == focused {
			from = b
			continue
		}
		all = append(all, candidate{f, b})
	}
	var best fyne.Focusable
	least := float32(math.Inf(1))
	for _, c := range all {
		distance := c.at.y*8 + c.at.x // the first from the top, then from the left
		if focused != nil {
			distance = from.to(c.at, dx, dy)
		}
		if distance < least {
			least, best = distance, c.f
		}
	}
	if best != nil {
		o.steered = true
		canvas.Focus(best)
	}
}

// box is where a control lies.
type box struct{ x, y, w, h float32 }

// to is how far another lies in a direction, infinite when it does not lie there: the way in the direction, and twice what
// lies between the two across it.
func (b box) to(c box, dx, dy float32) float32 {
	along := dx*((c.x+c.w/2)-(b.x+b.w/2)) + dy*((c.y+c.h/2)-(b.y+b.h/2))
	var ahead float32
	switch {
	case dx < 0:
		ahead = b.x - c.x - c.w
	case dx > 0:
		ahead = c.x - b.x - b.w
	case dy < 0:
		ahead = b.y - c.y - c.h
	default:
		ahead = c.y - b.y - b.h
	}
	if along <= 0 || ahead < -4 {
		return float32(math.Inf(1))
	}
	var aside, off float32
	if dx != 0 {
		aside = max(c.y-b.y-b.h, b.y-c.y-c.h, 0)
		off = float32(math.Abs(float64((c.y + c.h/2) - (b.y + b.h/2))))
	} else {
		aside = max(c.x-b.x-b.w, b.x-c.x-c.w, 0)
		off = float32(math.Abs(float64((c.x + c.w/2) - (b.x + b.w/2))))
	}
	return ahead + 4*aside + off/8
}
