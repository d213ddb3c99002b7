package golden

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"countersign/app/widgets"
)

// The codes of the windows are known, where they lie and if they can be seen.
func TestCodes(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(widgets.NewTheme(widgets.Appearance{}))
	seen, unseen := widgets.NewExactQR(), widgets.NewExactQR()
	for _, q := range []*widgets.ExactQR{seen, unseen} {
		if err := q.SetText("CS1R:AB"); err != nil {
			t.Fatal(err)
		}
		q.Resize(fyne.NewSquareSize(200))
	}
	seen.Move(fyne.NewPos(40, 30))
	unseen.Hide()
	window := test.NewTempWindow(t, container.NewWithoutLayout(seen, unseen, canvas.NewText("Paid", color.Black)))
	window.SetPadded(false)
	window.Resize(fyne.NewSize(400, 300))
	if all := codes(window); len(all) != 1 || all[0] != image.Rect(40, 30, 240, 230) {
		t.Errorf("the codes are at %v", all)
	}
}

func TestColours(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 90, 90))
	for i := range uint8(30) {
		draw.Draw(m, image.Rect(int(i)*3, 0, int(i)*3+3, 90), image.NewUniform(color.RGBA{i, i, i, 255}), image.Point{}, draw.Src)
	}
	if n := Colours(m); n != 30 {
		t.Errorf("%d colours of 30", n)
	}
}
