//go:build linux

package fingerprint_test

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"countersign/devices/fingerprint"
)

// grey returns a picture whose pixels f gives.
func grey(w, h int, f func(x, y int) float64) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			g.Pix[y*g.Stride+x] = uint8(min(255, max(0, f(x, y))))
		}
	}
	return g
}

// blur returns g averaged over squares of 2n+1 pixels: over rows, then over columns.
func blur(g *image.Gray, n int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	average := func(pix []byte, at, length, step int) float64 {
		sum, first, last := 0, max(0, at-n), min(length-1, at+n)
		for i := first; i <= last; i++ {
			sum += int(pix[i*step])
		}
		return float64(sum) / float64(last-first+1)
	}
	rows := grey(w, h, func(x, y int) float64 { return average(g.Pix[y*g.Stride:], x, w, 1) })
	return grey(w, h, func(x, y int) float64 { return average(rows.Pix[x:], y, h, rows.Stride) })
}

func TestAssessTakesEveryPrint(t *testing.T) {
	impressions := 4
	if underRace {
		impressions = 1
	}
	for finger := 101; finger <= 106; finger++ {
		for impression := 1; impression <= impressions; impression++ {
			whole := print(t, fmt.Sprintf("%d_%d", finger, impression))
			for _, size := range []image.Point{{X: 256, Y: 288}, {X: 192, Y: 192}} {
				q, err := fingerprint.Assess(centre(whole, size.X, size.Y), 500)
				if err != nil || q.Value() < 20 || q.Value() > 100 {
					t.Errorf("%d_%d, %v: %+v, %v", finger, impression, size, q, err)
				}
			}
		}
	}
}

// poor are pictures that no extractor should be asked about.
func poor(t testing.TB) map[string]struct {
	picture *image.Gray
	flaw    fingerprint.Flaw
} {
	r := rand.New(rand.NewPCG(1, 2))
	whole := centre(print(t, "101_1"), 256, 288)
	faint := grey(256, 288, func(x, y int) float64 { return 200 + float64(whole.Pix[y*whole.Stride+x])/12 })
	corner := grey(256, 288, func(x, y int) float64 {
		if x > 60 || y > 100 {
			return 240
		}
		return float64(whole.Pix[(y+90)*whole.Stride+x+90])
	})
	return map[string]struct {
		picture *image.Gray
		flaw    fingerprint.Flaw
	}{
		"bare glass":  {grey(256, 288, func(int, int) float64 { return 240 }), fingerprint.TooLittleContrast},
		"black":       {grey(256, 288, func(int, int) float64 { return 0 }), fingerprint.TooLittleContrast},
		"faint":       {faint, fingerprint.TooLittleContrast},
		"blurred out": {blur(blur(whole, 6), 6), fingerprint.TooLittleContrast},
		"noise":       {grey(256, 288, func(int, int) float64 { return float64(r.IntN(256)) }), fingerprint.TooSmudged},
		"smudged": {grey(256, 288, func(x, y int) float64 {
			return 0.15*float64(whole.Pix[y*whole.Stride+x]) + 100 + 45*r.NormFloat64()
		}), fingerprint.TooSmudged},
		"half smudged": {grey(256, 288, func(x, y int) float64 {
			if x < 128 {
				return float64(whole.Pix[y*whole.Stride+x])
			}
			return float64(r.IntN(256))
		}), fingerprint.TooSmudged},
		"a corner of a finger": {corner, fingerprint.TooLittleArea},
		"nothing":              {image.NewGray(image.Rectangle{}), fingerprint.TooLittleContrast},
		"none":                 {nil, fingerprint.TooLittleContrast},
	}
}

func TestAssessRefusesThePoor(t *testing.T) {
	sentences := map[string]bool{}
	for name, c := range poor(t) {
		q, err := fingerprint.Assess(c.picture, 500)
		var p *fingerprint.PoorError
		if !errors.As(err, &p) || !errors.Is(err, fingerprint.ErrTooPoor) || p.Flaw != c.flaw {
			t.Errorf("%s: %+v, %v; want flaw %d", name, q, err, c.flaw)
			continue
		}
		sentences[fingerprint.Hint(err)] = true
	}
	if len(sentences) != 3 || sentences[""] {
		t.Errorf("hints %v", sentences)
	}
}

func TestAssessMindsTheResolution(t *testing.T) {
	whole := centre(print(t, "102_1"), 256, 288)
	at500, err := fingerprint.Assess(whole, 500)
	if err != nil {
		t.Fatal(err)
	}
	at250, _ := fingerprint.Assess(whole, 250)
	if ratio := at250.Area / at500.Area; ratio < 3 || ratio > 5 {
		t.Errorf("twice the size has %.1f times the area", ratio)
	}
}

// The value chooses between captures: what shows less of the finger, or shows it less
// clearly, has less of it.
func TestValue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	whole := centre(print(t, "102_1"), 256, 288)
	value := func(f func(x, y int) float64) int {
		q, _ := fingerprint.Assess(grey(256, 288, f), 500)
		return q.Value()
	}
	pixel := func(x, y int) float64 { return float64(whole.Pix[y*whole.Stride+x]) }
	good := value(pixel)
	cut := value(func(x, y int) float64 {
		if y < 144 {
			return 240
		}
		return pixel(x, y)
	})
	smudged := value(func(x, y int) float64 {
		if y < 144 {
			return float64(r.IntN(256))
		}
		return pixel(x, y)
	})
	if good < 80 || good > 100 || cut >= good || smudged >= cut || smudged < 0 {
		t.Errorf("good %d, cut off %d, half smudged %d", good, cut, smudged)
	}
}

func TestAssessAllocatesNothing(t *testing.T) {
	g := centre(print(t, "101_1"), 256, 288)
	if n := testing.AllocsPerRun(3, func() {
		if _, err := fingerprint.Assess(g, 500); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAssess(b *testing.B) {
	g := centre(print(b, "101_1"), 256, 288)
	for b.Loop() {
		if _, err := fingerprint.Assess(g, 500); err != nil {
			b.Fatal(err)
		}
	}
}
