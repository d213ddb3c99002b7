package rates

import (
	"math"
	"testing"
)

// Worked out by hand.
func TestCurve(t *testing.T) {
	s := Scores{Genuine: []int{9, 3, 7, 8, 5}, Impostor: []int{1, 2, 4, 1, 6, 0, 1, 2, 3, 1}}
	c := s.Curve()
	for _, want := range []struct{ threshold, falseMatches, falseNonMatches int }{
		{0, 10, 0}, {1, 9, 0}, {4, 2, 1}, {5, 1, 1}, {7, 0, 2}, {10, 0, 5},
	} {
		found := false
		for _, p := range c {
			if p.Threshold == want.threshold {
				found = true
				if p.FalseMatches != want.falseMatches || p.FalseNonMatches != want.falseNonMatches {
					t.Errorf("%+v, want %+v", p, want)
				}
			}
		}
		if !found {
			t.Errorf("threshold %d is missing", want.threshold)
		}
	}
	if got := c.EER(); math.Abs(got-0.2) > 1e-9 { // at 4: 2 of 10 and 1 of 5
		t.Errorf("EER %v", got)
	}
	for fmr, want := range map[float64]struct {
		threshold int
		fnmr      float64
	}{1: {0, 0}, 0.3: {3 + 0, 0}, 0.2: {4, 0.2}, 0.1: {5, 0.2}, 0.05: {7, 0.4}, 0: {7, 0.4}} {
		p, ok := c.At(fmr)
		if !ok || p.Threshold != want.threshold || math.Abs(p.FNMR-want.fnmr) > 1e-9 {
			t.Errorf("at FMR %v: %+v, want %+v", fmr, p, want)
		}
	}
}

func TestCurveOfNothing(t *testing.T) {
	for _, s := range []Scores{{}, {Genuine: []int{1}}, {Impostor: []int{1}}} {
		c := s.Curve()
		if _, ok := c.At(0.5); c != nil || ok || !math.IsNaN(c.EER()) {
			t.Errorf("%v has a curve: %v", s, c)
		}
	}
}

// One kind that always scores above the other has no errors; the same scores have
// every second one.
func TestCurveAtItsEnds(t *testing.T) {
	apart := Scores{Genuine: []int{10, 20}, Impostor: []int{1, 2}}.Curve()
	if p, _ := apart.At(0); apart.EER() != 0 || p.FNMR != 0 || p.Threshold != 3 {
		t.Errorf("apart: EER %v, %+v", apart.EER(), p)
	}
	alike := Scores{Genuine: []int{1, 2, 3, 4}, Impostor: []int{1, 2, 3, 4}}.Curve()
	if alike.EER() != 0.5 {
		t.Errorf("alike: EER %v", alike.EER())
	}
}

// From tables of Clopper and Pearson's interval.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 10, 0, 0.3085}, {1, 10, 0.0025, 0.4450}, {5, 10, 0.1871, 0.8129}, {10, 10, 0.6915, 1},
		{0, 3000, 0, 0.001229}, {8, 8640, 0.000400, 0.001824}, {3, 100, 0.0062, 0.0852}, {0, 0, 0, 1},
	} {
		low, high := Bounds(c.k, c.n, 0.95)
		if math.Abs(low-c.low) > 0.0001 || math.Abs(high-c.high) > 0.0001 {
			t.Errorf("%d of %d: %.6f to %.6f, want %v to %v", c.k, c.n, low, high, c.low, c.high)
		}
	}
}
