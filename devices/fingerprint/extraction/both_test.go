//go:build linux && cgo

package extraction

import (
	"context"
	"image"
	"testing"

	xdraw "golang.org/x/image/draw"

	"countersign/protocol/minutiae"
)

// Templates of the two extractors are of one kind: a made-up finger that one has
// read is known in what the other has, and looks more like itself than like another.
func TestTheExtractorsMatchOneAnother(t *testing.T) {
	names := []string{"101_1", "102_1", "103_1", "104_1"}
	var lib, pure [][]minutiae.Minutia
	for _, name := range names {
		g := madeUp(t, name, 256, 288)
		lib = append(lib, extract(t, g, 500))
		ms, err := Ridges{}.Extract(context.Background(), g, 500)
		if err != nil || len(ms) < 15 || len(ms) > 100 {
			t.Fatalf("%s: %d minutiae, %v", name, len(ms), err)
		}
		pure = append(pure, ms)
	}
	for i := range names {
		for j := range names {
			s, own := minutiae.Compare(lib[i], pure[j]), minutiae.Compare(lib[i], pure[i])
			if i == j && !s.Match() || i != j && s >= own {
				t.Errorf("%s by libfprint with %s by ridges: %d, with its own: %d", names[i], names[j], s, own)
			}
		}
	}
}

// The same finger at another resolution has its minutiae at the same tenths of a
// millimetre.
func TestRidgesMindTheResolution(t *testing.T) {
	g := madeUp(t, "104_1", 256, 288)
	twice := image.NewGray(image.Rect(0, 0, 512, 576))
	xdraw.CatmullRom.Scale(twice, twice.Rect, g, g.Rect, xdraw.Src, nil)
	a, err := Ridges{}.Extract(context.Background(), g, 500)
	b, err2 := Ridges{}.Extract(context.Background(), twice, 1000)
	if s := minutiae.Compare(a, b); err != nil || err2 != nil || s < 500 {
		t.Errorf("score %d over %d and %d minutiae, %v, %v", s, len(a), len(b), err, err2)
	}
}

func BenchmarkRidges(b *testing.B) {
	for name, size := range map[string]image.Point{"ZFM-20": {X: 256, Y: 288}, "R503": {X: 192, Y: 192}} {
		g := madeUp(b, "101_1", size.X, size.Y)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := (Ridges{}).Extract(context.Background(), g, 500); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
