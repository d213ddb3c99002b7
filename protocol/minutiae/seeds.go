package minutiae

import "slices"

// pair names a minutia of the first finger and one of the second.
type pair struct{ a, b int }

// seed is a guess that two minutiae are one.
type seed struct {
	pair
	strength int64
}

// seedsOf returns the most promising guesses, best first.
func seedsOf(f, g finger) []seed {
	var seeds []seed
	for i := range f.points {
		for j := range g.points {
			if angleBetween(f.points[i].dir, g.points[j].dir) > maxRotation {
				continue
			}
			strength, support := structuresAlike(f.neighbours[i], g.neighbours[j])
			if len(support.taken()) >= minSupport {
				seeds = append(seeds, seed{pair{i, j}, strength})
			}
		}
	}
	slices.SortStableFunc(seeds, func(s, t seed) int { return int(t.strength - s.strength) })
	return seeds[:min(maxSeeds, len(seeds))]
}

// support is the neighbours that speak for a seed, paired.
type support struct {
	pairs [neighbourCount]pair
	n     int
}

func (s *support) taken() []pair { return s.pairs[:s.n] }

// structuresAlike pairs the neighbours of two minutiae greedily, one to one, the
// most alike first, and adds up their likeness.
func structuresAlike(as, bs []neighbour) (strength int64, s support) {
	type match struct {
		likeness int64
		i, j     int
	}
	var matches [neighbourCount * neighbourCount]match
	n := 0
	for i := range as {
		for j := range bs {
			if l := likeness(&as[i], &bs[j]); l > 0 {
				matches[n] = match{l, i, j}
				n++
			}
		}
	}
	var usedA, usedB [neighbourCount]bool
	for {
		best := match{}
		for k := range matches[:n] {
			m := &matches[k]
			if m.likeness > best.likeness && !usedA[m.i] && !usedB[m.j] {
				best = *m
			}
		}
		if best.likeness == 0 {
			return strength, s
		}
		usedA[best.i], usedB[best.j] = true, true
		strength += best.likeness
		s.pairs[s.n] = pair{as[best.i].index, bs[best.j].index}
		s.n++
	}
}
