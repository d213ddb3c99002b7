package golden

import (
	"image"
	"image/color"
	"image/draw"
	"path/filepath"
	"slices"
	"testing"
)

// page is a window with a line of letters, each some strokes.
func page(words int, ink uint8, at image.Point) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{16, 24, 32, 255}), image.Point{}, draw.Src)
	for i := range words * 6 {
		stroke := image.Rect(0, 0, 3, 18).Add(at).Add(image.Pt(i*11, 0))
		draw.Draw(m, stroke, image.NewUniform(color.RGBA{ink, ink, ink, 255}), image.Point{}, draw.Src)
	}
	return m
}

func TestWhatIsSeen(t *testing.T) {
	as := thumbnail(page(6, 240, image.Pt(400, 300)))
	for name, c := range map[string]struct {
		picture *image.RGBA
		alike   bool
	}{
		"the same":              {page(6, 240, image.Pt(400, 300)), true},
		"other smoothing":       {page(6, 225, image.Pt(400, 300)), true},
		"a word less":           {page(5, 240, image.Pt(400, 300)), false},
		"moved by half a block": {page(6, 240, image.Pt(402, 300)), false},
		"a line lower":          {page(6, 240, image.Pt(400, 324)), false},
		"another colour":        {page(6, 140, image.Pt(400, 300)), false},
		"another size":          {image.NewRGBA(image.Rect(0, 0, 640, 400)), false},
	} {
		if share := Differ(as, thumbnail(c.picture)); (share <= Tolerance) != c.alike {
			t.Errorf("%s: %.3f %% differ", name, 100*share)
		}
	}
}

// What is written is read again as it was, with few colours and with many.
func TestKeptAsDrawn(t *testing.T) {
	few, many := thumbnail(page(6, 240, image.Pt(400, 300))), image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		many.SetRGBA(i%64, i/64, color.RGBA{uint8(i), uint8(i / 16), uint8(i / 64), 255})
	}
	for name, m := range map[string]*image.RGBA{"few": few, "many": many} {
		file := filepath.Join(t.TempDir(), name+".png")
		if err := write(file, m); err != nil {
			t.Fatal(err)
		}
		if kept, err := read(file); err != nil || !slices.Equal(kept.Pix, rounded(m).Pix) {
			t.Errorf("%s colours: another picture, %v", name, err)
		}
	}
	if _, is := compact(rounded(many)).(*image.RGBA); !is {
		t.Error("more than 256 colours have a palette")
	}
	if _, is := compact(rounded(few)).(*image.Paletted); !is {
		t.Error("few colours have no palette")
	}
}
