package widgets

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Key is a key of the [Keypad]: 0 to 9, [KeyDoubleZero] or [KeyBackspace].
type Key int

// The keys that are no digit.
const (
	KeyDoubleZero Key = 10
	KeyBackspace  Key = 11
)

// KeyOf translates a character of the keyboard or numeric pad; ok is false for one that the pad has no key for.
func KeyOf(r rune) (key Key, ok bool) {
	if r >= '0' && r <= '9' {
		return Key(r - '0'), true
	}
	return 0, false
}

// Keypad is the pad for an amount: 7 8 9, 4 5 6, 1 2 3, 00 0 and backspace, in the order of a till.
type Keypad struct {
	widget.BaseWidget
	keys []*TouchKey // as they lie
	ids  []string
}

// NewKeypad makes a pad that reports each press. backspace is what a screen reader says of the backspace key.
func NewKeypad(backspace string, press func(Key)) *Keypad {
	p := &Keypad{}
	for _, key := range []Key{7, 8, 9, 4, 5, 6, 1, 2, 3, KeyDoubleZero, 0, KeyBackspace} {
		label, id := strconv.Itoa(int(key)), strconv.Itoa(int(key))
		switch key {
		case KeyDoubleZero:
			label, id = "00", "00"
		case KeyBackspace:
			label, id = backspace, "back"
		}
		k := NewTouchKey(label, PlainKey, func() { press(key) })
		k.size = SizeKey
		if key == KeyBackspace {
			k.picture = backspacePicture
		}
		p.keys = append(p.keys, k)
		p.ids = append(p.ids, "key."+id)
	}
	p.ExtendBaseWidget(p)
	return p
}

// SetBackspace changes what is said of the backspace key.
func (p *Keypad) SetBackspace(words string) { p.keys[len(p.keys)-1].SetLabel(words) }

// Controls names the keys for a [Stage]: key.0 to key.9, key.00 and key.back.
func (p *Keypad) Controls() []Control {
	list := make([]Control, len(p.keys))
	for i, k := range p.keys {
		list[i] = Control{p.ids[i], k}
	}
	return list
}

// ScaleText is what a [Stage] makes a screen fit by.
func (p *Keypad) ScaleText(share float32) {
	for _, k := range p.keys {
		k.ScaleText(share)
	}
}

// CreateRenderer is called by Fyne.
func (p *Keypad) CreateRenderer() fyne.WidgetRenderer {
	objects := make([]fyne.CanvasObject, len(p.keys))
	for i, k := range p.keys {
		objects[i] = k
	}
	return widget.NewSimpleRenderer(container.New(&grid{columns: 3}, objects...))
}

func backspacePicture(_ fyne.Theme, ink color.NRGBA) []layer {
	const w = 0.035
	outline := union(stroke(0.26, 0.5, 0.40, 0.34, w), stroke(0.40, 0.34, 0.74, 0.34, w), stroke(0.74, 0.34, 0.74, 0.66, w),
		stroke(0.74, 0.66, 0.40, 0.66, w), stroke(0.40, 0.66, 0.26, 0.5, w))
	cross := union(stroke(0.49, 0.43, 0.63, 0.57, w), stroke(0.63, 0.43, 0.49, 0.57, w))
	return []layer{{ink, union(outline, cross)}}
}

// grid fills its room with equal cells, Grid apart.
type grid struct{ columns int }

func (g *grid) rows(objects []fyne.CanvasObject) int {
	return (len(objects) + g.columns - 1) / g.columns
}

func (g *grid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var cell fyne.Size
	for _, o := range objects {
		cell = cell.Max(o.MinSize())
	}
	columns, rows := float32(g.columns), float32(g.rows(objects))
	return fyne.NewSize(columns*cell.Width+(columns-1)*Grid, rows*cell.Height+(rows-1)*Grid)
}

func (g *grid) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	columns, rows := float32(g.columns), float32(g.rows(objects))
	cell := fyne.NewSize((size.Width-(columns-1)*Grid)/columns, (size.Height-(rows-1)*Grid)/rows)
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%g.columns)*(cell.Width+Grid), float32(i/g.columns)*(cell.Height+Grid)))
		o.Resize(cell)
	}
}
