package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// The kinds of text on these pages.
func body(text string) *widgets.Paragraph {
	return widgets.NewParagraph(text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading, 480)
}

func quiet(text string) *widgets.Paragraph {
	return widgets.NewParagraph(text, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignLeading, 480)
}

func lead(text string) *widgets.Paragraph {
	return widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignLeading, 600)
}

func words(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName, align fyne.TextAlign) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, align, 480)
}

// two writes a line over a quieter one, in the middle of the room; an empty second takes none.
func two(first, second *widgets.Paragraph) fyne.CanvasObject {
	if second == nil || second.Text() == "" {
		return middle(first)
	}
	return container.New(pair{}, first, second)
}

// key makes a plain key.
func key(label string, press func()) *widgets.TouchKey {
	return widgets.NewTouchKey(label, widgets.PlainKey, press)
}

// primary makes the page's one bright key.
func primary(label string, press func()) *widgets.TouchKey {
	return widgets.NewPrimaryAction(label, press)
}

// enabled disables a key unless the condition holds.
func enabled(k *widgets.TouchKey, holds bool) *widgets.TouchKey {
	if !holds {
		k.Disable()
	}
	return k
}

// pictured is a pressable with nothing but a picture; label is for screen readers.
func pictured(name, label string, press func()) *pressable {
	role := widgets.ColorText
	if press == nil {
		role = widgets.ColorOutline
	}
	return newPressable(label, centred(picture(name, role), 36, 36), press)
}

// switcher is a row of which one is chosen.
func switcher(ids, labels []string, chosen int, choose func(int)) (fyne.CanvasObject, []widgets.Control) {
	var objects []fyne.CanvasObject
	var controls []widgets.Control
	for i, label := range labels {
		color := widgets.ColorText
		p := newPressable(label, middle(words(label, widgets.SizeBody, color, fyne.TextAlignCenter)), func() { choose(i) }).chosen(i == chosen)
		objects = append(objects, p)
		controls = append(controls, widgets.Control{ID: ids[i], Object: p})
	}
	return fixedHeight(evenly(len(labels), objects...), widgets.Touch), controls
}

// notice is a strip with a mark and words.
func notice(meaning widgets.Meaning, heading, text string) fyne.CanvasObject {
	head := words(heading, widgets.SizeBody, meaning.WordColor(), fyne.TextAlignLeading)
	var said fyne.CanvasObject = middle(head)
	if text != "" {
		said = two(head, words(text, widgets.SizeCaption, widgets.ColorText, fyne.TextAlignLeading))
	}
	return panel(across(2*widgets.Grid, fix(middle(widgets.NewOutcomeMark(meaning, 40)), 40), fill(said)))
}

// empty says in the middle of a page that there is nothing.
func empty(text string) fyne.CanvasObject {
	return middle(words(text, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignCenter))
}

// meaningOf is the mark of a sale or refund.
func meaningOf(r logbook.Row) widgets.Meaning {
	if r.State.Problem() {
		return widgets.Attention
	}
	switch r.Ending {
	case sale.Paid, sale.Refunded:
		return widgets.Good
	case sale.Refused, sale.Uncredited:
		return widgets.Refusal
	}
	return widgets.Quiet
}

// roll shows the rows that fit of a list, and keys that turn the page when not all do, because touch panels do not scroll on
// the desktop. first is where it stands; it is kept by the page, which is built anew more often than it is turned.
type roll struct {
	box      *fyne.Container
	rows     []fyne.CanvasObject
	height   float32
	first    *int
	up, down *pressable
	fits     int
}

// newRoll makes one of rows that are height high.
func newRoll(o *Office, rows []fyne.CanvasObject, height float32, first *int) *roll {
	r := &roll{rows: rows, height: height, first: first}
	r.up = pictured("up", o.book.Say("office.action.up"), func() { o.touched = o.Now(); r.turn(-1) })
	r.down = pictured("down", o.book.Say("office.action.down"), func() { o.touched = o.Now(); r.turn(1) })
	r.box = container.New(r, append(append([]fyne.CanvasObject{}, rows...), r.up, r.down)...)
	return r
}

// controls are the keys that turn.
func (r *roll) controls() []widgets.Control {
	return []widgets.Control{{ID: "up", Object: r.up}, {ID: "down", Object: r.down}}
}

// turn goes a page on, or back, and says whether it did.
func (r *roll) turn(n int) bool {
	next := *r.first + n*r.fits
	if next >= len(r.rows) || *r.first == 0 && n < 0 {
		return false
	}
	*r.first = max(next, 0)
	r.box.Refresh()
	return true
}

// MinSize asks for one row.
func (r *roll) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, r.height) }

// Layout shows what fits.
func (r *roll) Layout(_ []fyne.CanvasObject, room fyne.Size) {
	r.fits = max(int((room.Height+widgets.Grid/2)/(r.height+widgets.Grid/2)), 1)
	if *r.first >= len(r.rows) {
		*r.first = max((len(r.rows)-1)/r.fits*r.fits, 0)
	}
	width := room.Width
	over := len(r.rows) > r.fits
	if over {
		width -= widgets.Touch + widgets.Grid
	}
	for _, k := range []*pressable{r.up, r.down} {
		if k.Hidden == over {
			k.Hidden = !over
		}
		k.Resize(fyne.NewSize(widgets.Touch, min(max((room.Height-widgets.Grid)/2, widgets.Touch), 144)))
	}
	r.up.Move(fyne.NewPos(room.Width-widgets.Touch, 0))
	r.down.Move(fyne.NewPos(room.Width-widgets.Touch, room.Height-r.down.Size().Height))
	r.up.turnOn(*r.first > 0)
	r.down.turnOn(*r.first+r.fits < len(r.rows))
	for i, row := range r.rows {
		at := i - *r.first
		if at < 0 || at >= r.fits {
			row.Hide()
			continue
		}
		row.Show()
		row.Move(fyne.NewPos(0, float32(at)*(r.height+widgets.Grid/2)))
		row.Resize(fyne.NewSize(width, r.height))
	}
}
