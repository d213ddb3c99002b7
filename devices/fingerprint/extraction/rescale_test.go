package extraction

import (
	"image"
	"math"
	"testing"

	"golang.org/x/image/draw"
)

// An independent implementation of the same cubic gives the same picture, to
// rounding.
func TestRescaleIsCatmullRoms(t *testing.T) {
	whole := image.NewGray(image.Rect(0, 0, 330, 310))
	for i := range whole.Pix {
		x, y := float64(i%330), float64(i/330)
		whole.Pix[i] = uint8(128 + 100*math.Cos(x/3+y/5)*math.Cos(y/40))
	}
	g := whole.SubImage(image.Rect(7, 9, 311, 300)).(*image.Gray)
	for _, dpi := range []int{250, 400, 508, 569, 1000, 1016} {
		got, err := rescale(g, dpi)
		if err != nil {
			t.Fatal(err)
		}
		want := image.NewGray(got.Rect)
		draw.CatmullRom.Scale(want, want.Rect, g, g.Rect, draw.Src, nil)
		for i, v := range want.Pix {
			if d := int(v) - int(got.Pix[i]); d < -2 || d > 2 {
				t.Fatalf("%d dpi: pixel %d is %d, want %d", dpi, i, got.Pix[i], v)
			}
		}
	}
}

func TestRescaleOfAPartAsItIs(t *testing.T) {
	whole := image.NewGray(image.Rect(0, 0, 100, 100))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(i * 7)
	}
	got, err := rescale(whole.SubImage(image.Rect(5, 6, 85, 96)).(*image.Gray), 500)
	if err != nil || got.Rect != image.Rect(0, 0, 80, 90) {
		t.Fatal(got.Rect, err)
	}
	for y := range 90 {
		for x := range 80 {
			if got.GrayAt(x, y) != whole.GrayAt(x+5, y+6) {
				t.Fatalf("(%d, %d)", x, y)
			}
		}
	}
}
