package screens

import (
	"fmt"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"countersign/app/widgets"
)

// box is a rectangle in the window.
type rect struct{ x1, y1, x2, y2 float32 }

func rectOf(at fyne.Position, size fyne.Size) rect {
	return rect{at.X, at.Y, at.X + size.Width, at.Y + size.Height}
}

func (r rect) inside(o rect, slack float32) bool {
	return r.x1 >= o.x1-slack && r.y1 >= o.y1-slack && r.x2 <= o.x2+slack && r.y2 <= o.y2+slack
}

func (r rect) meets(o rect, slack float32) bool {
	return r.x1+slack < o.x2 && o.x1+slack < r.x2 && r.y1+slack < o.y2 && o.y1+slack < r.y2
}

// ink is a line of text where it is drawn.
type ink struct {
	rect
	text string
	key  fyne.CanvasObject // that it is written on, or nil
	of   fyne.CanvasObject // the widget that draws it
}

// looker walks the tree of what is shown.
type looker struct {
	inks  []ink
	keys  map[fyne.CanvasObject]rect
	wrong []string
}

// misfits tells what is cut, overlaps, is split within a word, or is too small to touch.
func misfits(window fyne.Window) []string {
	l := &looker{keys: map[fyne.CanvasObject]rect{}}
	whole := rectOf(fyne.Position{}, window.Canvas().Size())
	l.walk(window.Content(), fyne.Position{}, nil, nil, whole)
	for i, a := range l.inks {
		if !a.inside(whole, 1) {
			l.say("%q is outside the window: %v", a.text, a.rect)
		}
		for _, b := range l.inks[i+1:] {
			if a.of != b.of && a.meets(b.rect, 2) {
				l.say("%q lies over %q", a.text, b.text)
			}
		}
		for key, r := range l.keys {
			if a.key != key && a.meets(r, 3) {
				l.say("%q lies over a key: %v", a.text, labelOf(key))
			}
		}
	}
	for a, ra := range l.keys {
		if ra.x2-ra.x1 < widgets.Touch-0.5 || ra.y2-ra.y1 < widgets.Touch-0.5 {
			l.say("the key %q is only %v by %v", labelOf(a), ra.x2-ra.x1, ra.y2-ra.y1)
		}
		for b, rb := range l.keys {
			if a != b && ra.meets(rb, 1) {
				l.say("the keys %q and %q overlap", labelOf(a), labelOf(b))
			}
		}
	}
	return l.wrong
}

func labelOf(o fyne.CanvasObject) string {
	if a, is := o.(fyne.Accessible); is {
		return a.AccessibilityLabel()
	}
	return ""
}

func (l *looker) say(format string, words ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, words...))
}

func (l *looker) walk(o fyne.CanvasObject, at fyne.Position, key, widget fyne.CanvasObject, room rect) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			l.walk(c, at, key, widget, room)
		}
	case fyne.Widget:
		room = rectOf(at, o.Size())
		if _, is := o.(fyne.Tappable); is {
			key = o
			l.keys[o] = room
		}
		if p, is := o.(*widgets.Paragraph); is {
			l.words(p)
		}
		for _, c := range test.WidgetRenderer(o).Objects() {
			l.walk(c, at, key, o, room)
		}
	case *canvas.Text:
		l.text(o, at, key, widget, room)
	}
}

func (l *looker) text(t *canvas.Text, at fyne.Position, key, widget fyne.CanvasObject, room rect) {
	if strings.TrimSpace(t.Text) == "" {
		return
	}
	least := t.MinSize()
	x := at.X
	switch t.Alignment {
	case fyne.TextAlignCenter:
		x += (t.Size().Width - least.Width) / 2
	case fyne.TextAlignTrailing:
		x += t.Size().Width - least.Width
	}
	// A line's box has room for marks above hanzi that no letter here reaches.
	y := at.Y + (t.Size().Height-least.Height)/2 + least.Height*0.16
	drawn := rect{x, y, x + least.Width, y + least.Height*0.68}
	if !drawn.inside(room, 1.5) {
		l.say("%q at %.0f is cut: %v in %v", t.Text, t.TextSize, drawn, room)
	}
	l.inks = append(l.inks, ink{drawn, t.Text, key, widget})
}

// words finds words that are split between two lines.
func (l *looker) words(p *widgets.Paragraph) {
	if p.Size().Width < 1 || p.Text() == "" {
		return
	}
	var lines []string
	for _, o := range test.WidgetRenderer(p).Objects() {
		lines = append(lines, o.(*canvas.Text).Text)
	}
	all := "\n" + strings.Join(lines, "\n") + "\n"
	for _, word := range strings.FieldsFunc(p.Text(), func(r rune) bool { return !unicode.Is(unicode.Latin, r) }) {
		if !strings.Contains(all, word) {
			l.say("%q is split: %q", word, lines)
		}
	}
}
