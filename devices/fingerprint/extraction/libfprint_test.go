//go:build linux && cgo

package extraction

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"sync"
	"testing"

	xdraw "golang.org/x/image/draw"

	"countersign/protocol/minutiae"
)

// madeUp returns the middle of a made-up print.
func madeUp(t testing.TB, name string, w, h int) *image.Gray {
	t.Helper()
	f, err := os.Open("../testdata/prints/" + name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	b := i.Bounds()
	draw.Draw(g, g.Rect, i, b.Min.Add(image.Pt((b.Dx()-w)/2, (b.Dy()-h)/2)), draw.Src)
	return g
}

func extract(t testing.TB, g *image.Gray, dpi int) []minutiae.Minutia {
	t.Helper()
	ms, err := Libfprint{}.Extract(context.Background(), g, dpi)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

func TestExtractLeavesThePictureAlone(t *testing.T) {
	g := madeUp(t, "101_1", 256, 288)
	before := bytes.Clone(g.Pix)
	if n := len(extract(t, g, 500)); n < 20 || n > 200 {
		t.Errorf("%d minutiae", n)
	}
	if !bytes.Equal(g.Pix, before) {
		t.Error("the picture was changed")
	}
}

func TestExtractIsDeterministicFromManyGoroutines(t *testing.T) {
	g := madeUp(t, "102_1", 192, 192)
	want := extract(t, g, 500)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				ms, err := Libfprint{}.Extract(context.Background(), g, 500)
				if err != nil || len(ms) != len(want) {
					t.Errorf("%d minutiae, %v; want %d", len(ms), err, len(want))
					return
				}
				for i := range ms {
					if ms[i] != want[i] {
						t.Errorf("minutia %d differs", i)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// A sub-picture keeps its parent's rows: strides and corners must be minded.
func TestExtractOfASubPicture(t *testing.T) {
	whole := madeUp(t, "103_1", 320, 400)
	part := whole.SubImage(image.Rect(32, 56, 288, 344)).(*image.Gray)
	want := extract(t, madeUp(t, "103_1", 256, 288), 500)
	got := extract(t, part, 500)
	if len(got) != len(want) {
		t.Fatalf("%d minutiae, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("minutia %d: %v, want %v", i, got[i], want[i])
		}
	}
}

// The same finger at another resolution has its minutiae at the same tenths of a
// millimetre.
func TestExtractMindsTheResolution(t *testing.T) {
	g := madeUp(t, "104_1", 256, 288)
	twice := image.NewGray(image.Rect(0, 0, 512, 576))
	xdraw.CatmullRom.Scale(twice, twice.Rect, g, g.Rect, xdraw.Src, nil)
	a, b := extract(t, g, 500), extract(t, twice, 1000)
	if s := minutiae.Compare(a, b); s < 500 {
		t.Errorf("score %d over %d and %d minutiae", s, len(a), len(b))
	}
}

// Places and angles must turn with the finger, counter-clockwise: a picture turned
// by a quarter has each minutia turned by a quarter.
func TestAnglesAreCounterClockwise(t *testing.T) {
	g := madeUp(t, "105_1", 256, 256)
	turned := image.NewGray(g.Rect)
	for y := range 256 {
		for x := range 256 { // a quarter counter-clockwise: right goes up
			turned.Pix[(255-x)*turned.Stride+y] = g.Pix[y*g.Stride+x]
		}
	}
	var expected []minutiae.Minutia
	for _, m := range extract(t, g, 500) {
		expected = append(expected, minutiae.Minutia{X: m.Y, Y: uint8(130 - int(m.X)), Kind: m.Kind, Angle: (m.Angle + 16) & 63})
	}
	found := extract(t, turned, 500)
	near := 0
	for _, e := range expected {
		for _, f := range found {
			if math.Abs(float64(e.X)-float64(f.X)) <= 3 && math.Abs(float64(e.Y)-float64(f.Y)) <= 3 &&
				math.Abs(math.Remainder(float64(e.Angle)-float64(f.Angle), 64)) <= 4 {
				near++
				break
			}
		}
	}
	if near*10 < len(expected)*7 {
		t.Errorf("%d of %d minutiae are where turning the picture puts them", near, len(expected))
	}
}

// A ridge that ends, and one that forks, are drawn, so that the meaning of an angle
// is known: ISO's is the direction in which the ridge, or the valley within the
// fork, runs on from the minutia. Here that is downwards.
func TestAnglePointsAlongTheRidge(t *testing.T) {
	for name, c := range map[string]struct {
		contrast float64 // of the line that begins in the middle: dark is a ridge
		kind     minutiae.Kind
	}{"ending": {-100, minutiae.Ending}, "fork": {100, minutiae.Bifurcation}} {
		g := image.NewGray(image.Rect(0, 0, 256, 256))
		const period, middle = 9.0, 128.0
		for y := range 256 {
			for x := range 256 {
				// Vertical lines, one more of them below the middle than above.
				shift := math.Atan2(float64(x)-middle, float64(y)-middle) / (2 * math.Pi) * period
				g.Pix[y*g.Stride+x] = uint8(128 + c.contrast*math.Cos(2*math.Pi*(float64(x)-middle+shift)/period))
			}
		}
		var nearest minutiae.Minutia
		best := 20.0
		for _, m := range extract(t, g, 500) {
			if d := math.Hypot(float64(m.X)-65, float64(m.Y)-65); d < best {
				best, nearest = d, m
			}
		}
		if best == 20 {
			t.Errorf("%s: not found", name)
		} else if nearest.Kind != c.kind || math.Abs(float64(nearest.Angle)-48) > 4 {
			t.Errorf("%s: %+v, want kind %d and an angle of 48", name, nearest, c.kind)
		}
	}
}

func TestExtractRefuses(t *testing.T) {
	good := madeUp(t, "101_1", 256, 288)
	for name, c := range map[string]struct {
		g   *image.Gray
		dpi int
	}{
		"none": {nil, 500}, "no resolution": {good, 0}, "too fine": {good, 5000}, "too coarse": {good, 50},
		"empty": {image.NewGray(image.Rectangle{}), 500}, "a strip": {image.NewGray(image.Rect(0, 0, 500, 20)), 500},
		"too large": {image.NewGray(image.Rect(0, 0, 3000, 3000)), 500},
	} {
		if ms, err := (Libfprint{}).Extract(context.Background(), c.g, c.dpi); !errors.Is(err, ErrPicture) {
			t.Errorf("%s: %d minutiae, %v", name, len(ms), err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Libfprint{}).Extract(ended, good, 500); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What no finger made must neither crash nor hang mindtct.
func TestExtractOfNoFinger(t *testing.T) {
	for name, f := range map[string]func(x, y int) uint8{
		"white": func(int, int) uint8 { return 255 }, "black": func(int, int) uint8 { return 0 },
		"chequers": func(x, y int) uint8 { return uint8((x^y)&1) * 255 },
		"stripes":  func(x, _ int) uint8 { return uint8(x*28) & 255 },
		"noise":    func(x, y int) uint8 { return uint8((x*7919 + y*104729) * 2654435761 >> 13) },
	} {
		for _, side := range []int{64, 67, 192, 502} {
			g := image.NewGray(image.Rect(0, 0, side, side))
			for y := range side {
				for x := range side {
					g.Pix[y*g.Stride+x] = f(x, y)
				}
			}
			if _, err := (Libfprint{}).Extract(context.Background(), g, 500); err != nil && !errors.Is(err, ErrExtraction) {
				t.Errorf("%s of %d: %v", name, side, err)
			}
		}
	}
}

func TestFromNBIS(t *testing.T) {
	got := fromNBIS([]nbisMinutia{
		{x: 100, y: 200, direction: 0, kind: 1, reliability: 0.5}, // upwards: 90°
		{x: 100, y: 200, direction: 8, kind: 0, reliability: 0.9}, // right: 0°, more reliable
		{x: 10, y: 20, direction: 16, kind: 1, reliability: 0.1},  // down: 270°
		{x: 30, y: 20, direction: 24, kind: 0, reliability: 0.2},  // left: 180°
		{x: 40, y: 20, direction: 31, kind: 0, reliability: 0.05}, // 101.25°
		{x: 0, y: 0, direction: 3, kind: 1, reliability: 0.05},    // reserved place
		{x: 600, y: 20, direction: 3, kind: 1, reliability: 0.05}, // beyond 25.5 mm
	})
	want := []minutiae.Minutia{
		{X: 51, Y: 102, Kind: minutiae.Bifurcation, Angle: 0}, {X: 15, Y: 10, Kind: minutiae.Bifurcation, Angle: 32},
		{X: 5, Y: 10, Kind: minutiae.Ending, Angle: 48}, {X: 20, Y: 10, Kind: minutiae.Bifurcation, Angle: 18},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %v, want %v", i, got[i], want[i])
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	for name, size := range map[string]image.Point{"ZFM-20": {X: 256, Y: 288}, "R503": {X: 192, Y: 192}} {
		g := madeUp(b, "101_1", size.X, size.Y)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				extract(b, g, 500)
			}
		})
	}
}
