package widgets

import "fyne.io/fyne/v2"

// flow lays objects in a row and goes on in the next line where the row is full.
type flow struct {
	gap   float32
	align fyne.TextAlign
	width float32 // of the last layout
}

func (f *flow) lines(objects []fyne.CanvasObject, width float32) [][]fyne.CanvasObject {
	var lines [][]fyne.CanvasObject
	var used float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if len(lines) == 0 || used+f.gap+w > width+0.5 {
			lines, used = append(lines, nil), w
		} else {
			used += f.gap + w
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], o)
	}
	return lines
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := f.width
	if width == 0 {
		width = 1 << 16
	}
	var size fyne.Size
	for _, line := range f.lines(objects, width) {
		var height float32
		for _, o := range line {
			size.Width = max(size.Width, o.MinSize().Width)
			height = max(height, o.MinSize().Height)
		}
		size.Height += height
	}
	return size
}

func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	y := float32(0)
	for _, line := range f.lines(objects, size.Width) {
		var width, height float32
		for _, o := range line {
			width += o.MinSize().Width
			height = max(height, o.MinSize().Height)
		}
		width += f.gap * float32(len(line)-1)
		x := float32(0)
		switch f.align {
		case fyne.TextAlignCenter:
			x = (size.Width - width) / 2
		case fyne.TextAlignTrailing:
			x = size.Width - width
		}
		for _, o := range line {
			w := min(o.MinSize().Width, size.Width)
			o.Move(fyne.NewPos(max(x, 0), y))
			o.Resize(fyne.NewSize(w, height))
			x += w + f.gap
		}
		y += height
	}
}

func objects[T fyne.CanvasObject](list []T) []fyne.CanvasObject {
	all := make([]fyne.CanvasObject, len(list))
	for i, o := range list {
		all[i] = o
	}
	return all
}
