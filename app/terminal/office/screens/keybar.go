package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
)

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
