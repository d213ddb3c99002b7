package screens

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// training says that nothing on this window is true.
func (k *Kiosk) training() bool { return k.Training != nil || k.view.Training }

// trainingBand stands over every screen of a training: a word, and stripes that are
// nowhere else, so that it is known without colour and without reading. Between sales it has
// the key that ends the training.
func (k *Kiosk) trainingBand() (fyne.CanvasObject, []widgets.Control) {
	if !k.training() {
		return nil, nil
	}
	dark, bright := nrgba(widgets.ColorOnAttention), nrgba(widgets.ColorAttention)
	stripes := canvas.NewRaster(func(w, h int) image.Image { return striped(w, h, dark, bright) })
	plate := canvas.NewRectangle(bright)
	word := widgets.NewParagraph(k.book.Say("terminal.training.band"), widgets.SizeBody, widgets.ColorOnAttention, fyne.TextAlignCenter, 640)
	height := 32 + 12*textScale()
	holds := container.New(sides{0.2}, container.NewStack(plate, middle(word)))
	if k.EndTraining == nil || k.view.Stage != sale.Idle {
		band := container.NewBorder(nil, gap(widgets.Grid), nil, nil, container.New(within(fyne.NewSize(480, height)), stripes, holds))
		return band, []widgets.Control{{ID: "training", Object: band}}
	}
	end := k.newKey(k.book.Say("terminal.training.end"), widgets.LeaveKey, k.do(k.EndTraining))
	band := container.New(within(fyne.NewSize(480, widgets.Touch)), stripes, holds)
	row := container.NewBorder(nil, gap(widgets.Grid), nil, container.NewHBox(gap(widgets.Grid), yielding(end, 200, widgets.Touch)), band)
	return row, []widgets.Control{{ID: "training", Object: band}, {ID: "training.end", Object: end}}
}

func nrgba(name fyne.ThemeColorName) color.NRGBA {
	return color.NRGBAModel.Convert(theme.Color(name)).(color.NRGBA)
}

// striped are slanted stripes as wide as the band is high.
func striped(w, h int, a, b color.NRGBA) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	wide := max(h/2, 1)
	for y := range h {
		for x := range w {
			c := a
			if (x+y)/wide%2 == 0 {
				c = b
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// actKeys play the customer of a training sale: a row above the actions.
func (k *Kiosk) actKeys() (fyne.CanvasObject, []widgets.Control) {
	if k.Training == nil || k.view.Stage == sale.Idle {
		return nil, nil
	}
	acts := k.Training.Acts(k.view)
	if len(acts) == 0 {
		return nil, nil
	}
	var keys []*widgets.TouchKey
	var controls []widgets.Control
	for _, act := range acts {
		key := k.newKey(k.book.Say("terminal.training."+string(act)), widgets.PlainKey, func() { k.Training.Play(act) })
		keys, controls = append(keys, key), append(controls, widgets.Control{ID: "act." + string(act), Object: key})
	}
	say := widgets.NewParagraph(k.book.Say("terminal.training.customer"), widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignLeading, 120)
	row := container.NewBorder(nil, gap(widgets.Grid), container.NewHBox(yielding(middle(say), 120, widgets.Touch), gap(widgets.Grid)), nil, bar(nil, keys))
	return row, controls
}
