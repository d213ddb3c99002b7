package minutiae

import (
	"math"
	"math/rand/v2"
	"testing"
)

// capture returns ms as a second capture would have them: turned by degrees and
// shifted, each place and angle a little off, dropped of ten missing and added
// false ones in their stead.
func capture(r *rand.Rand, ms []Minutia, degrees, dx, dy, noise float64, dropped int) []Minutia {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	var out []Minutia
	for _, m := range ms {
		if r.IntN(10) < dropped {
			out = append(out, scattered(r, 1, 120, 150)...)
			continue
		}
		x, y := float64(m.X)-60, 75-float64(m.Y) // y upwards: counter-clockwise
		nx := 60 + cos*x - sin*y + dx + noise*r.NormFloat64()
		ny := 75 - (sin*x + cos*y) + dy + noise*r.NormFloat64()
		if nx < 1 || ny < 1 || nx > 255 || ny > 255 {
			continue
		}
		angle := float64(m.Angle) + degrees*AngleSteps/360 + noise*0.7*r.NormFloat64()
		m.X, m.Y = uint8(math.Round(nx)), uint8(math.Round(ny))
		m.Angle = uint8(int(math.Round(angle)) & (AngleSteps - 1))
		out = append(out, m)
	}
	return out
}

func TestCompareTellsFingersApart(t *testing.T) {
	r, fingers := random(10), 20
	if underRace {
		fingers = 4
	}
	for finger := range fingers {
		ms := scattered(r, 38, 120, 150)
		for _, degrees := range []float64{0, -20, 35, 80} {
			again := capture(r, ms, degrees, 6, -9, 1, 2)
			if s := Compare(ms, again); !s.Match() {
				t.Errorf("finger %d turned by %v°: score %d does not match", finger, degrees, s)
			}
			other := scattered(r, 38, 120, 150)
			if s := Compare(ms, other); s.Match() {
				t.Errorf("finger %d: another finger matches with %d", finger, s)
			}
		}
		if s := Compare(ms, capture(r, ms, 130, 0, 0, 0, 0)); s.Match() {
			t.Errorf("finger %d turned by 130°: score %d, beyond what is allowed", finger, s)
		}
	}
}

// What is the same scores high, the higher the more there is of it.
func TestCompareWithItself(t *testing.T) {
	for n := MinMinutiae; n <= MaxMinutiae; n += 4 {
		ms := scattered(random(uint64(n)), n, 12*n, 15*n/2) // as dense as in a finger
		s := Compare(ms, ms)
		if least := Score(350 + 6*n); s > MaxScore || s < least {
			t.Errorf("%d minutiae against themselves: %d, want at least %d", n, s, least)
		}
	}
}

// Guarantee 2: symmetric exactly, whatever the order of the minutiae.
func TestCompareIsSymmetric(t *testing.T) {
	r, pairs := random(11), 60
	if underRace {
		pairs = 16 // every share of dropped minutiae twice
	}
	for k := range pairs {
		a := scattered(r, 8+r.IntN(52), 130, 150)
		b := capture(r, a, float64(r.IntN(60)-30), 5, 5, 1.5, k%8)
		want := Compare(a, b)
		if got := Compare(b, a); got != want {
			t.Fatalf("Compare(a, b) = %d, Compare(b, a) = %d", want, got)
		}
		r.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] })
		if got := Compare(a, b); got != want {
			t.Fatalf("shuffled: %d, before %d", got, want)
		}
	}
}

func hostile() map[string][]Minutia {
	equal := make([]Minutia, 255)
	cluster, line, grid := make([]Minutia, 0, 256), make([]Minutia, 0, 60), make([]Minutia, 0, 60)
	for i := range equal {
		equal[i] = Minutia{X: 100, Y: 100, Kind: Ending, Angle: 7}
	}
	for i := range 256 { // within 1.6 mm, so that each fits every other
		cluster = append(cluster, Minutia{X: uint8(100 + i%16), Y: uint8(100 + i/16), Kind: Ending, Angle: 7})
	}
	for i := range 60 {
		line = append(line, Minutia{X: uint8(4 * i), Y: 9, Kind: Ending})
		grid = append(grid, Minutia{X: uint8(10 + 20*(i%8)), Y: uint8(10 + 20*(i/8)), Kind: Ending})
	}
	return map[string][]Minutia{
		"255 equal points": equal, "cluster": cluster, "line": line, "grid": grid,
		"small cluster": cluster[:MaxMinutiae],
		"none":          nil, "one": equal[:1], "two": line[:2],
	}
}

func TestHostileSetsMatchNoFinger(t *testing.T) {
	r, fingers := random(13), 20
	if underRace {
		fingers = 3
	}
	for name, ms := range hostile() {
		for range fingers {
			if s := Compare(ms, scattered(r, 40, 120, 150)); s.Match() {
				t.Errorf("%s matches a finger with %d", name, s)
			}
		}
	}
}

// Guarantee 3: hostile input takes bounded time. Counted are the turns of the inner
// loops, which do not depend on the machine: a template of a real finger takes half a million.
func TestCompareIsBoundedInWork(t *testing.T) {
	const most = 4_000_000
	sets := hostile()
	for name, ms := range sets {
		for other := range sets {
			if _, c := align(ms, sets[other]); c.work > most {
				t.Errorf("%s against %s: %d turns, want at most %d", name, other, c.work, most)
			}
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	r := random(14)
	for _, c := range []struct {
		name string
		n    int
	}{{"40", 40}, {"60", 60}, {"120", maxCompared}} {
		ms := scattered(r, c.n, 120, 150)
		again := capture(r, ms, 12, 5, 5, 1, 2)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Compare(ms, again)
			}
		})
	}
	cluster := hostile()["cluster"]
	b.Run("hostile", func(b *testing.B) {
		for b.Loop() {
			Compare(cluster, cluster)
		}
	})
}
