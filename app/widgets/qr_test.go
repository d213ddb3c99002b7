package widgets

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	qr "github.com/piglig/go-qr"
)

// requestText has the length of a real request: 358 bytes in Base45 and the prefix.
var requestText = "CS1R:" + strings.Repeat("7WK0 +Q%.", 60)[:537]

// TestQRIsExactAtEveryScale reads the drawn pixels back: each module is the same whole number of pixels and has the value that
// the encoder gave it, the quiet zone is white and four modules wide, and nothing but pure black and white is there.
// Under the race detector it holds the room that is laid out for the symbol to a whole number of pixels a module.
func TestQRIsExactAtEveryScale(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	segment, err := qr.MakeAlphanumeric(requestText)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Low, 1, 40, -1, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []float32{1, 1.1, 1.25, 1.333, 1.5, 2, 0.75} {
		for _, room := range []fyne.Size{fyne.NewSize(400, 400), fyne.NewSize(433, 517), fyne.NewSize(611.5, 500.25)} {
			q := NewExactQR()
			if err := q.SetText(requestText); err != nil {
				t.Fatal(err)
			}
			window := test.NewTempWindow(t, container.NewWithoutLayout(q))
			window.SetPadded(false)
			window.Canvas().(software.WindowlessCanvas).SetScale(scale)
			window.Resize(fyne.NewSize(700, 600))
			q.Move(fyne.NewPos(33.3, 21.7)) // off the pixel grid, as a layout's halves and thirds are
			q.Resize(room)
			if got := q.Modules(); got != want.GetSize() || (got-17)/4 > 13 {
				t.Fatalf("%d modules, want %d (version 13 at most)", got, want.GetSize())
			}
			across := float32(want.GetSize() + 2*quietZone)
			side := test.WidgetRenderer(q).(*qrRenderer).raster.Size().Width * scale
			module := float32(math.Round(float64(side / across)))
			if math.Abs(float64(side-module*across)) > 0.1 || module < float32(int(min(room.Width, room.Height)*scale/across)) {
				t.Errorf("scale %v room %v: %v pixels laid out for %v modules", scale, room, side, across)
			}
			if underRace {
				continue
			}
			picture := window.Canvas().Capture()
			checkSymbol(t, picture.(*image.NRGBA), want, q.ModulePixels())
			if most := int(min(room.Width, room.Height) * scale / float32(want.GetSize()+8)); q.ModulePixels() < most {
				t.Errorf("scale %v room %v: %d pixels a module, %d would fit", scale, room, q.ModulePixels(), most)
			}
		}
	}
}

func checkSymbol(t *testing.T, picture *image.NRGBA, want *qr.QrCode, module int) {
	t.Helper()
	black := func(x, y int) bool { return picture.NRGBAAt(x, y) == color.NRGBA{A: 255} }
	white := func(x, y int) bool { return picture.NRGBAAt(x, y) == color.NRGBA{255, 255, 255, 255} }
	left, top := -1, -1
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y && top < 0; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if black(x, y) { // the top left finder pattern
				left, top = x, y
				break
			}
		}
	}
	if top < 0 || module < 1 {
		t.Fatalf("no symbol is drawn (%d pixels a module)", module)
	}
	n := want.GetSize()
	for y := -quietZone * module; y < (n+quietZone)*module; y++ {
		for x := -quietZone * module; x < (n+quietZone)*module; x++ {
			mx, my := floorDiv(x, module), floorDiv(y, module)
			dark := mx >= 0 && my >= 0 && mx < n && my < n && want.GetModule(mx, my)
			if dark && !black(left+x, top+y) || !dark && !white(left+x, top+y) {
				t.Fatalf("pixel %d,%d of module %d,%d is %v, want dark %v (%d pixels a module)", x, y, mx, my, picture.At(left+x, top+y), dark, module)
			}
		}
	}
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

func TestQRRefusesWhatItCannotCarry(t *testing.T) {
	test.NewTempApp(t)
	q := NewExactQR()
	for _, text := range []string{"lower case", "汉字", strings.Repeat("A", 5000)} {
		if err := q.SetText(text); err == nil || q.Modules() != 0 {
			t.Errorf("%.10q… gave %v and %d modules", text, err, q.Modules())
		}
	}
	if err := q.SetText(""); err != nil || q.Modules() != 0 {
		t.Errorf("empty text gave %v", err)
	}
	if err := q.SetText("CS1R:A"); err != nil || q.Modules() != 21 {
		t.Errorf("short text gave %v, %d modules", err, q.Modules())
	}
}
