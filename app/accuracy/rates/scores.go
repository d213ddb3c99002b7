package rates

import (
	"math"
	"slices"
	"sort"
)

// Scores are the scores of many comparisons. The order does not matter.
type Scores struct{ Genuine, Impostor []int }

// Append returns the scores of s and t together.
func (s Scores) Append(t Scores) Scores {
	return Scores{slices.Concat(s.Genuine, t.Genuine), slices.Concat(s.Impostor, t.Impostor)}
}

// Point is what a threshold leads to.
type Point struct {
	Threshold int
	// FalseMatches of the impostor comparisons and FalseNonMatches of the genuine
	// ones, as counts and as shares from 0 to 1.
	FalseMatches, FalseNonMatches int
	FMR, FNMR                     float64
}

// Curve is the trade between both errors: a point for every threshold that
// matters, ascending, so that FMR falls and FNMR rises.
type Curve []Point

// Curve returns the curve of s, or nil when either kind of comparison is missing.
func (s Scores) Curve() Curve {
	if len(s.Genuine) == 0 || len(s.Impostor) == 0 {
		return nil
	}
	genuine, impostor := slices.Sorted(slices.Values(s.Genuine)), slices.Sorted(slices.Values(s.Impostor))
	// Only scores that were seen, and one above all of them, change anything.
	thresholds := slices.Concat(genuine, impostor)
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	thresholds = append(thresholds, thresholds[len(thresholds)-1]+1)
	var c Curve
	for _, t := range thresholds {
		p := Point{Threshold: t, FalseMatches: len(impostor) - sort.SearchInts(impostor, t), FalseNonMatches: sort.SearchInts(genuine, t)}
		p.FMR = float64(p.FalseMatches) / float64(len(impostor))
		p.FNMR = float64(p.FalseNonMatches) / float64(len(genuine))
		c = append(c, p)
	}
	return c
}

// EER returns the equal error rate: where the curve crosses from FMR > FNMR to
// FMR ≤ FNMR, the mean of both errors on the side where they lie closer. It is
// NaN on an empty curve.
func (c Curve) EER() float64 {
	eer, closest := math.NaN(), math.Inf(1)
	for _, p := range c {
		if apart := math.Abs(p.FMR - p.FNMR); apart < closest {
			eer, closest = (p.FMR+p.FNMR)/2, apart
		}
	}
	return eer
}

// At returns the point of the lowest threshold at which no more than the share fmr
// of impostors match. An empty curve has none.
func (c Curve) At(fmr float64) (p Point, ok bool) {
	i := sort.Search(len(c), func(i int) bool { return c[i].FMR <= fmr })
	if i == len(c) {
		return Point{}, false
	}
	p = c[i]
	if i > 0 { // no score lies between: the lowest threshold follows the score before
		p.Threshold = c[i-1].Threshold + 1
	}
	return p, true
}
