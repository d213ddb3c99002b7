package minutiae

import "slices"

// pair names a minutia of the first finger and one of the second.
type pair struct{ a, b int }

// candidate is a guess that two minutiae are one.
type candidate struct {
	pair
	rotation int64 // that it calls for, turn units
	likeness int64 // of what lies around them
	support  int64 // what speaks for it, by likeness and by the other candidates
}

const (
	candidatesEach = 3   // that a minutia takes part in of its own choice
	maxCandidates  = 120 // of all
	// maxRotation is how far a finger may be turned against its enrolled print, in
	// turn units (90°). More would only help impostors.
	maxRotation = turn / 4
	// rotationSlack is by how much directions may miss maxRotation.
	rotationSlack = turn / 16
	relaxations   = 4
	noLikeness    = 64 // less than any two minutiae have, nearly
)

// compareSurroundings fills c.likeness for every two minutiae that a permitted
// rotation may lay over each other.
func (c *comparison) compareSurroundings() {
	n, m := len(c.f.points), len(c.g.points)
	c.likeness = make([]int64, n*m)
	for i := range n {
		for j := range m {
			if angleBetween(c.f.points[i].dir, c.g.points[j].dir) <= maxRotation+rotationSlack {
				c.likeness[i*m+j] = likeness(&c.f.cylinders[i], &c.g.cylinders[j])
			}
		}
	}
	c.work += n * m * cylinderLayers
}

// choose makes candidates of the pairs that are among the most alike of either
// minutia.
func (c *comparison) choose() {
	n, m := len(c.f.points), len(c.g.points)
	chosen := make([]bool, n*m)
	for i := range n {
		c.markBest(chosen, i*m, 1, m)
	}
	for j := range m {
		c.markBest(chosen, j, m, n)
	}
	for at, is := range chosen {
		if is {
			i, j := at/m, at%m
			rotation := (c.g.points[j].dir - c.f.points[i].dir) & (turn - 1)
			c.candidates = append(c.candidates, candidate{pair{i, j}, rotation, c.likeness[at], 0})
		}
	}
	slices.SortStableFunc(c.candidates, func(a, b candidate) int { return int(b.likeness - a.likeness) })
	c.candidates = c.candidates[:min(maxCandidates, len(c.candidates))]
}

// markBest marks the most alike of count pairs, from one on in steps.
func (c *comparison) markBest(chosen []bool, from, step, count int) {
	var best [candidatesEach]struct {
		at       int
		likeness int64
	}
	for k := range count {
		at := from + k*step
		likeness := c.likeness[at]
		if likeness <= best[candidatesEach-1].likeness {
			continue
		}
		i := candidatesEach - 1
		for ; i > 0 && best[i-1].likeness < likeness; i-- {
			best[i] = best[i-1]
		}
		best[i].at, best[i].likeness = at, likeness
	}
	for _, b := range best {
		if b.likeness > 0 {
			chosen[b.at] = true
		}
	}
	c.work += count
}

// Tolerances between two pairs. Skin stretches: by an eighth of the way from one to
// the other. The bearing carries the noise of directions, 18°, and what misplaces
// close minutiae sideways.
const (
	wayBase      = 4 * subUnits
	waySteps     = 8
	twistMost    = turn / 9
	bearingBase  = turn / 18
	sidewaysBase = 4 * subUnits
	agreed       = 256
)

// agreement returns how well two candidates go together under one rigid transform,
// bent a little: 0, not at all, to agreed. It looks at distances, directions and
// bearings only, so that no alignment is needed.
func (c *comparison) agreement(s, t *candidate) int64 {
	if s.a == t.a || s.b == t.b {
		return 0
	}
	n, m := len(c.f.points), len(c.g.points)
	there, here := s.a*n+t.a, s.b*m+t.b
	mean := (c.f.distances[there] + c.g.distances[here]) / 2
	way, wayMost := abs(c.f.distances[there]-c.g.distances[here]), wayBase+mean/waySteps
	if way > wayMost {
		return 0
	}
	twist := angleBetween(s.rotation, t.rotation)
	if twist > twistMost {
		return 0
	}
	// An angle in turn units at a distance is an arc of angle·distance·2π/turn.
	bearingMost := int64(bearingBase) + sidewaysBase*turn*10/(63*max(mean, 2*subUnits))
	one := angleBetween(c.f.bearings[there], c.g.bearings[here])
	if one > bearingMost {
		return 0
	}
	other := angleBetween(c.f.bearings[t.a*n+s.a], c.g.bearings[t.b*m+s.b])
	if other > bearingMost {
		return 0
	}
	return agreed - (way*85/wayMost + twist*85/twistMost + (one+other)*42/bearingMost)
}

// relax lets candidates support one another: what agrees with many that are
// supported themselves gains, until the true ones stand out.
func (c *comparison) relax() {
	n := len(c.candidates)
	c.agreements = make([]int64, n*n)
	for s := range n {
		for t := range s {
			a := c.agreement(&c.candidates[s], &c.candidates[t])
			c.agreements[s*n+t], c.agreements[t*n+s] = a, a
		}
		c.candidates[s].support = max(0, c.candidates[s].likeness-noLikeness) * 64
	}
	next := make([]int64, n)
	for range relaxations {
		var most int64
		for s := range n {
			next[s] = 0
			for t, a := range c.agreements[s*n : s*n+n] {
				next[s] += a * c.candidates[t].support
			}
			most = max(most, next[s])
		}
		for s := range n { // about 2¹⁴ at most, then half of the old
			c.candidates[s].support = (next[s]/(most>>14+1) + c.candidates[s].support) / 2
		}
	}
	c.work += n * n * (1 + relaxations)
}

// cluster returns the candidates that agree with one another and with the one at
// first, it included, no minutia twice.
func (c *comparison) cluster(first int) []int {
	n := len(c.candidates)
	with := c.agreements[first*n : first*n+n]
	order := make([]int, 0, n)
	for t, a := range with {
		if a > 0 {
			order = append(order, t)
		}
	}
	weight := func(t int) int64 { return c.candidates[t].support * with[t] }
	slices.SortStableFunc(order, func(s, t int) int { return int(weight(t) - weight(s)) })
	cluster := append(make([]int, 0, len(order)+1), first)
	for _, t := range order {
		agree, taken := 0, false
		for _, s := range cluster {
			if c.agreements[t*n+s] > 0 {
				agree++
			}
			taken = taken || c.candidates[s].a == c.candidates[t].a || c.candidates[s].b == c.candidates[t].b
		}
		if !taken && agree*3 >= len(cluster)*2 {
			cluster = append(cluster, t)
		}
		c.work += len(cluster)
	}
	return cluster
}
