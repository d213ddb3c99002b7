package minutiae

// Tolerances between a minutia and the one that it is laid over.
const (
	placeMost  = 9 * subUnits        // 0.9 mm
	placeFirst = placeMost + wayBase // while little of the bending is known
	dirMost    = turn / 11           // 33°
)

// match is a pair that was found under an alignment.
type match struct {
	pair
	cost     int // how badly it fits, 0 (exactly) to worstCost
	likeness int64
	// By how much the pair misses, seen from the pairs around it.
	square int64 // subUnits²
	turned int64 // turn units
}

// worstCost is what a pair may cost: a third each for place, direction and
// surroundings.
const (
	costOfEach = 256
	worstCost  = 4 * costOfEach
)

// pairUp lays f over g by t, bent by b, and pairs their minutiae within a distance,
// greedily, one to one, the best fitting first.
func (c *comparison) pairUp(t rigid, b bending, within int64) []match {
	n, m := len(c.f.points), len(c.g.points)
	c.possible = c.possible[:0]
	for i := range c.f.points {
		x, y, dir := t.apply(&c.f.points[i])
		dx, dy := b.at(x, y, none)
		x, y = x+dx, y+dy
		for j := range c.g.points {
			q := &c.g.points[j]
			dx, dy := q.x-x, q.y-y
			if dy > within || -dy > within {
				continue
			}
			square := dx*dx + dy*dy
			if square > within*within {
				continue
			}
			turned := angleBetween(dir, q.dir)
			if turned > dirMost {
				continue
			}
			likeness := c.likeness[i*m+j]
			cost := square*costOfEach/(placeMost*placeMost) + turned*turned*costOfEach/(dirMost*dirMost) + sameSurroundings - likeness
			c.possible = append(c.possible, match{pair: pair{i, j}, cost: int(min(cost, worstCost)), likeness: likeness})
		}
	}
	c.work += n * (m + len(b))
	return c.greedy()
}

// none is no pair in particular.
const none = -1

// greedy takes what is possible in order of cost (a counting sort: hostile inputs
// make every minutia fit every other), each minutia at most once.
func (c *comparison) greedy() []match {
	var byCost [worstCost + 2]int
	for k := range c.possible {
		byCost[c.possible[k].cost+1]++
	}
	for k := 1; k < len(byCost); k++ {
		byCost[k] += byCost[k-1]
	}
	if cap(c.sorted) < len(c.possible) {
		c.sorted = make([]int, len(c.possible))
	}
	c.sorted = c.sorted[:len(c.possible)]
	for k := range c.possible {
		cost := c.possible[k].cost
		c.sorted[byCost[cost]] = k
		byCost[cost]++
	}
	var usedA, usedB [maxCompared]bool
	matches := make([]match, 0, len(c.f.points))
	for _, k := range c.sorted {
		m := &c.possible[k]
		if !usedA[m.a] && !usedB[m.b] {
			usedA[m.a], usedB[m.b] = true, true
			matches = append(matches, *m)
		}
	}
	c.work += len(byCost) + len(c.possible)
	return matches
}

// measure says by how much each match misses, the pairs around it telling how the
// skin was bent there: near pairs of one finger move together, those that chance put
// within tolerance do not.
func (c *comparison) measure(o *overlay, b bending) {
	for k := range o.matches {
		m := &o.matches[k]
		dx, dy := b.at(b[k].x, b[k].y, k)
		dx, dy = dx-b[k].dx, dy-b[k].dy
		m.square = dx*dx + dy*dy
		_, _, dir := o.transform.apply(&c.f.points[m.a])
		m.turned = angleBetween(dir, c.g.points[m.b].dir)
	}
	c.work += len(b) * len(b)
}

func pairsOf(matches []match) []pair {
	pairs := make([]pair, len(matches))
	for k := range matches {
		pairs[k] = matches[k].pair
	}
	return pairs
}
