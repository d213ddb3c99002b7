package ridges

import (
	"fmt"
	"image"
	"math"
	"testing"
)

func TestNormalise(t *testing.T) {
	var w workspace
	// Ridges of 20 levels on a slope from dark to light.
	g := image.NewGray(image.Rect(0, 0, 160, 120))
	ridge := straight(0, 10)
	for y := range 120 {
		for x := range 160 {
			g.Pix[y*g.Stride+x] = uint8(60 + x/2 - int(20*ridge(float64(x), float64(y))))
		}
	}
	p, deviation := normalise(&w, g)
	sum, square, n := 0.0, 0.0, 0.0
	for y := 20; y < 100; y++ {
		for x := 20; x < 140; x++ {
			v := float64(p.v[p.at(x, y)]) / unit
			if r := ridge(float64(x), float64(y)); r > 0.5 && v < 0.3 || r < -0.5 && v > -0.3 {
				t.Fatalf("(%d, %d): %.2f, the ridge is %.2f", x, y, v, r)
			}
			sum += v
			square += v * v
			n++
		}
	}
	if mean, variance := sum/n, square/n; math.Abs(mean) > 0.1 || math.Abs(variance-1) > 0.3 {
		t.Errorf("mean %.2f, variance %.2f; want 0 and 1", mean, variance)
	}
	if d := deviation.between(80, 60); math.Abs(d-20/math.Sqrt2) > 3 {
		t.Errorf("deviation %.1f, want %.1f", d, 20/math.Sqrt2)
	}
}

func TestNormaliseOfNothing(t *testing.T) {
	for _, level := range []float64{-1.27, 0, 1.28} {
		var w workspace
		p, _ := normalise(&w, draw(70, 90, func(float64, float64) float64 { return level }))
		for i, v := range p.v {
			if v != 0 {
				t.Fatalf("level %v: %d at %d", level, v, i)
			}
		}
	}
}

func TestOrientAndPeriodOfStraightRidges(t *testing.T) {
	step := math.Pi / 7
	if underRace {
		step *= 2
	}
	for angle := 0.0; angle < math.Pi; angle += step {
		for _, ridge := range []float64{5, 8, 12} {
			var w workspace
			g := draw(200, 180, straight(angle, ridge))
			noise(g, 60)
			p, deviation := normalise(&w, g)
			f, energy := orient(&w, p)
			seen := textured(&w, g, deviation, energy)
			c := period(&w, p, f, seen)
			for _, at := range [][2]int{{100, 90}, {60, 50}, {150, 140}} {
				if got := f.along(at[0], at[1]); apart(got, angle) > 4*math.Pi/180 {
					t.Errorf("ridges at %.2f, period %v: %.2f at %v", angle, ridge, got, at)
				}
				if got := c.between(at[0], at[1]); math.Abs(got/ridge-1) > 0.06 {
					t.Errorf("ridges at %.2f, period %v: %.2f at %v", angle, ridge, got, at)
				}
			}
		}
	}
}

// Where nothing is to be seen, the flow follows what is seen round it.
func TestPoorCellsFollowClearOnes(t *testing.T) {
	g := draw(240, 240, func(x, y float64) float64 {
		return math.Cos(2 * math.Pi * math.Hypot(x-120, y-500) / 9)
	})
	for y := 100; y < 130; y++ {
		for x := 100; x < 130; x++ {
			g.Pix[y*g.Stride+x] = 128
		}
	}
	var w workspace
	p, _ := normalise(&w, g)
	f, _ := orient(&w, p)
	want := math.Atan2(115-500, 115-120) + math.Pi/2
	if got := f.along(115, 115); apart(got, want) > 8*math.Pi/180 {
		t.Errorf("%.2f, want %.2f", got, want)
	}
}

// A filter keeps its own wave as it is, whatever its phase, and takes out what is the
// same everywhere and what runs across.
func TestFilters(t *testing.T) {
	step := 3
	if underRace {
		step = 11
	}
	for o := 0; o < orientations; o += step {
		angle := float64(o) * math.Pi / orientations
		for _, ridge := range []float64{5, 9, 13} {
			seen := make([]uint8, 16*16)
			for i := range seen {
				seen[i] = 1
			}
			run := func(wave func(x, y float64) float64) (gain float64) {
				var w workspace
				p := newPicture(&w, 128, 128)
				for y := -margin; y < 128+margin; y++ {
					for x := -margin; x < 128+margin; x++ {
						p.v[p.at(x, y)] = int32(math.Round(unit * wave(float64(x), float64(y))))
					}
				}
				f := flow{newCells(&w, 128, 128), newCells(&w, 128, 128)}
				c := newCells(&w, 128, 128)
				for i := range c.v {
					f.sin.v[i], f.cos.v[i] = math.Sincos(2 * angle)
					c.v[i] = ridge
				}
				out := enhance(&w, p, f, c, seen)
				for y := 32; y < 96; y++ {
					for x := 32; x < 96; x++ {
						v := float64(out.v[out.at(x, y)]) / unit
						gain += v * v
					}
				}
				return math.Sqrt(gain / (64 * 64))
			}
			if gain := run(straight(angle, ridge)) * math.Sqrt2; math.Abs(gain-1) > 0.12 {
				t.Errorf("%d, period %v: its own wave comes out as %.2f of it", o, ridge, gain)
			}
			if gain := run(func(float64, float64) float64 { return 1 }); gain > 0.03 {
				t.Errorf("%d, period %v: the same everywhere comes out as %.2f of it", o, ridge, gain)
			}
			if gain := run(straight(angle+math.Pi/2, ridge)) * math.Sqrt2; gain > 0.1 {
				t.Errorf("%d, period %v: a wave across comes out as %.2f of it", o, ridge, gain)
			}
		}
	}
}

// The left half of a finger on a noisy glass is found, and nothing else.
func TestFingerIsMaskedFromItsBackground(t *testing.T) {
	ridge := straight(0.6, 9)
	g := draw(256, 256, func(x, y float64) float64 {
		if x < 128 {
			return ridge(x, y)
		}
		return -0.8
	})
	noise(g, 12)
	for y := range 32 { // beyond the glass
		for x := range 256 {
			g.Pix[y*g.Stride+x] = 255
		}
	}
	var w workspace
	p, deviation := normalise(&w, g)
	f, energy := orient(&w, p)
	seen := textured(&w, g, deviation, energy)
	enhanced := enhance(&w, p, f, period(&w, p, f, seen), seen)
	q := fit(&w, p, enhanced)
	mask := finger(&w, q, seen)
	for j := range q.rows {
		for i := range q.cols {
			set := mask[j*q.cols+i] == 1
			switch {
			case i >= 18 && set, j <= 3 && set:
				t.Errorf("cell %d, %d is taken for the finger", i, j)
			case i <= 13 && j >= 7 && !set:
				t.Errorf("cell %d, %d is not taken for the finger", i, j)
			}
		}
	}
}

func TestDepth(t *testing.T) {
	var w workspace
	mask := make([]uint8, 10*10)
	for j := 2; j < 8; j++ {
		for i := 1; i < 10; i++ {
			mask[j*10+i] = 1
		}
	}
	d := depth(&w, mask, 10, 10, 80, 80)
	for _, c := range []struct{ x, y, want int }{
		{0, 40, 0}, {7, 40, 0}, {8, 40, 1}, {17, 40, 10}, {40, 16, 1}, {40, 15, 0}, {40, 39, 24}, {79, 40, 1}, {70, 40, 10},
	} {
		if got := int(d[c.y*80+c.x]); got != c.want {
			t.Errorf("(%d, %d): %d, want %d", c.x, c.y, got, c.want)
		}
	}
}

func TestWipe(t *testing.T) {
	var w workspace
	a, b, c, d, e := w.int32s(2), w.bytes(2), w.floats(2), w.int64s(2), w.ints(2)
	for i := range 2 {
		a[i], b[i], c[i], d[i], e[i] = 1, 1, 1, 1, 1
	}
	w.wipe()
	if s := fmt.Sprint(a, b, c, d, e); s != "[0 0] [0 0] [0 0] [0 0] [0 0]" {
		t.Error(s)
	}
}
