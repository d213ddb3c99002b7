package widgets

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// PINPad is the pad for a PIN: 1 2 3, 4 5 6, 7 8 9, 0 and backspace, in the order of a telephone, as card readers have it.
type PINPad struct {
	widget.BaseWidget
	keys []*TouchKey // as they lie
	ids  []string
}

// NewPINPad makes a pad that reports each press. backspace is what a screen reader says of the backspace key.
func NewPINPad(backspace string, press func(Key)) *PINPad {
	p := &PINPad{}
	for _, key := range []Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, KeyBackspace} {
		label, id := strconv.Itoa(int(key)), strconv.Itoa(int(key))
		if key == KeyBackspace {
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

// Controls names the keys for a [Stage]: key.0 to key.9 and key.back.
func (p *PINPad) Controls() []Control {
	list := make([]Control, len(p.keys))
	for i, k := range p.keys {
		list[i] = Control{p.ids[i], k}
	}
	return list
}

// ScaleText is what a [Stage] makes a screen fit by.
func (p *PINPad) ScaleText(share float32) {
	for _, k := range p.keys {
		k.ScaleText(share)
	}
}

// CreateRenderer is called by Fyne.
func (p *PINPad) CreateRenderer() fyne.WidgetRenderer {
	objects := make([]fyne.CanvasObject, 0, len(p.keys)+1)
	for i, k := range p.keys {
		if i == 9 { // nothing lies left of 0
			objects = append(objects, canvas.NewRectangle(color.Transparent))
		}
		objects = append(objects, k)
	}
	return widget.NewSimpleRenderer(container.New(&grid{columns: 3}, objects...))
}
