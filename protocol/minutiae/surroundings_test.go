package minutiae

import (
	"math"
	"testing"
)

// The table is what its comment says.
func TestLayerReach(t *testing.T) {
	const sigma, spread = 76.0, 40.0
	within30 := func(a float64) float64 {
		share := func(x float64) float64 { return 0.5 * (1 + math.Erf(x/spread/math.Sqrt2)) }
		return share(a+30) - share(a-30)
	}
	for step, got := range layerReach {
		near := math.Exp(-(float64(step) + 0.5) * 256 / (2 * sigma * sigma))
		a := float64(got) * 360 / turn
		if in, out := near*within30(a-0.5), near*within30(a+0.8); in < 0.428*within30(0) || out > 0.428*within30(0) {
			t.Errorf("step %d: reach %d is not where the share falls below 0.428", step, got)
		}
	}
	if cellReach*cellReach < len(layerReach)*256 {
		t.Errorf("cells further than %d count", cellReach)
	}
}

func TestBendingWeights(t *testing.T) {
	const sigma = 40 * subUnits
	for step, got := range bendingWeights {
		want := 256 * math.Exp(-(float64(step)+0.5)*(1<<bendingShift)/(2*sigma*sigma))
		if math.Abs(float64(got)-want) > 0.51 {
			t.Errorf("step %d: %d, want %.1f", step, got, want)
		}
	}
}

// What lies around a minutia looks the same however the finger lies, and other than
// what lies around another.
func TestLikenessTurnsWithTheFinger(t *testing.T) {
	r := random(30)
	ms := scattered(r, 40, 110, 140)
	f := newFinger(ms)
	turned := capture(r, ms, 45, 60, 40, 0, 0) // inside the range: none is lost
	if len(turned) != len(ms) {
		t.Fatalf("%d of %d are left", len(turned), len(ms))
	}
	g := newFinger(turned)
	var own, others, n int64
	for i := range ms {
		if l := likeness(&f.cylinders[i], &f.cylinders[i]); l != sameSurroundings {
			t.Fatalf("minutia %d is like itself by %d", i, l)
		}
		for j := range turned {
			if l := likeness(&f.cylinders[i], &g.cylinders[j]); i == j {
				own += l
			} else {
				others += l
				n++
			}
		}
	}
	own, others = own/int64(len(ms)), others/n
	if own < 190 || others > stranger {
		t.Errorf("like itself by %d, like others by %d", own, others)
	}
	if l := likeness(&cylinder{}, &f.cylinders[0]); l != 0 {
		t.Errorf("nothing is like something by %d", l)
	}
}

func TestHull(t *testing.T) {
	at := func(places ...[2]uint8) *finger {
		var ms []Minutia
		for _, p := range places {
			ms = append(ms, Minutia{X: p[0], Y: p[1], Kind: Ending})
		}
		return newFinger(canonical(ms))
	}
	square := at([2]uint8{10, 10}, [2]uint8{110, 10}, [2]uint8{10, 110}, [2]uint8{110, 110}, [2]uint8{60, 60}, [2]uint8{60, 10}, [2]uint8{10, 70})
	if len(square.hull) != 4 {
		t.Errorf("a square has %d edges", len(square.hull))
	}
	depth := func(f *finger, x, y int64) int64 { return f.hull.depth(x*subUnits, (255-y)*subUnits) / subUnits }
	for _, c := range [][3]int64{{60, 60, 50}, {20, 60, 10}, {60, 105, 5}, {0, 60, -10}, {60, 130, -20}, {10, 10, 0}} {
		if got := depth(square, c[0], c[1]); got != c[2] {
			t.Errorf("(%d, %d) lies %d deep, want %d", c[0], c[1], got, c[2])
		}
	}
	line := at([2]uint8{10, 10}, [2]uint8{10, 60}, [2]uint8{10, 110})
	if got := depth(line, 10, 50); len(line.hull) != 2 || got != 0 {
		t.Errorf("a line has %d edges and its middle lies %d deep", len(line.hull), got)
	}
	if got := depth(line, 30, 50); got != -20 {
		t.Errorf("beside a line: %d deep", got)
	}
	if at([2]uint8{10, 10}).hull.depth(160, 3920) >= 0 {
		t.Error("a point shows something")
	}
}

// A minutia in the middle counts in full; one at the rim, or one of two that lie
// close together, counts for less.
func TestTrust(t *testing.T) {
	var ms []Minutia
	for i := range 25 {
		ms = append(ms, Minutia{X: uint8(40 + 30*(i%5)), Y: uint8(40 + 30*(i/5)), Kind: Ending})
	}
	twin := Minutia{X: 102, Y: 101, Kind: Ending}
	whole, twins := newFinger(canonical(ms)), newFinger(canonical(append(ms, twin)))
	if got := whole.points[12].trust; got != full {
		t.Errorf("in the middle: %d", got)
	}
	if got := whole.points[0].trust; got != trustAtRim {
		t.Errorf("at the rim: %d", got)
	}
	for _, i := range []int{12, 15} {
		if got := twins.points[i].trust; got != trustCloseBy {
			t.Errorf("one of two: %d", got)
		}
	}
}
