package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// NewActionBar puts a screen's actions where they always are: leave at the left, primary at the right, others between them
// from the right. leave and primary may be nil. It belongs at the bottom of the screen, over its whole width.
func NewActionBar(leave, primary *TouchKey, others ...*TouchKey) *fyne.Container {
	bar := &actionBar{}
	var objects []fyne.CanvasObject
	if leave != nil {
		bar.leave = leave
		objects = append(objects, leave)
	}
	for _, o := range others {
		objects = append(objects, o)
	}
	if primary != nil {
		objects = append(objects, primary)
	}
	return container.New(bar, objects...)
}

type actionBar struct{ leave fyne.CanvasObject }

// The least width that an action takes when there is room.
const actionWidth = 200

func (b *actionBar) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if o.Visible() {
			size.Height = max(size.Height, o.MinSize().Height)
			size.Width += Touch + Grid // in less room than they want, labels wrap and shrink
		}
	}
	return size
}

func (b *actionBar) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var shown []fyne.CanvasObject
	var want float32
	for _, o := range objects {
		if o.Visible() {
			shown = append(shown, o)
			want += max(o.MinSize().Width, actionWidth)
		}
	}
	if len(shown) == 0 {
		return
	}
	room := size.Width - float32(len(shown)-1)*Grid
	squeeze := min(1, room/want)
	right := size.Width
	for i := len(shown) - 1; i >= 0; i-- {
		o := shown[i]
		width := float32(int(max(o.MinSize().Width, actionWidth) * squeeze))
		x := right - width
		if o == b.leave {
			x = 0
		}
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width, size.Height))
		right = x - Grid
	}
}
