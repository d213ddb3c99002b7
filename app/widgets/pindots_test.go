package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// As many dots are full as digits were keyed, in the middle of the room, and in the colours
// of the theme that there is now.
func TestPINDots(t *testing.T) {
	app := test.NewTempApp(t)
	for _, c := range []struct{ keyed, fewest, full, all int }{{0, 4, 0, 4}, {3, 4, 3, 4}, {6, 4, 6, 6}} {
		app.Settings().SetTheme(NewTheme(Appearance{}))
		dots := NewPINDots(c.keyed, c.fewest)
		dots.Resize(fyne.NewSize(400, 56))
		for _, look := range []Appearance{{}, {HighContrast: true}} {
			app.Settings().SetTheme(NewTheme(look))
			dots.Refresh() // as a window has all that is in it do
			full := 0
			objects := test.WidgetRenderer(dots).Objects()
			for i, o := range objects {
				circle := o.(*canvas.Circle)
				switch circle.FillColor {
				case role(dots.Theme(), ColorText):
					full++
				case color.Transparent:
				default:
					t.Errorf("dot %d of another colour: %v", i, circle.FillColor)
				}
			}
			if full != c.full || len(objects) != c.all {
				t.Errorf("%d keyed: %d of %d full", c.keyed, full, len(objects))
			}
			first, last := objects[0], objects[len(objects)-1]
			if left, right := first.Position().X, 400-last.Position().X-last.Size().Width; left != right || left <= 0 {
				t.Errorf("%d keyed: %v left and %v right of the dots", c.keyed, left, right)
			}
		}
	}
}
