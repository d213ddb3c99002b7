package minutiae

// rigid is a rotation and shift that lays the first finger over the second:
// q = R·(p − from) + to, with R's cosine and sine in units of one.
type rigid struct {
	cos, sin     int64
	fromX, fromY int64
	toX, toY     int64
	rotation     int64 // of R, turn units
}

// maxRotation is how far a finger may be turned against its enrolled print, in
// turn units (90°). More would only help impostors.
const maxRotation = turn / 4

func (t rigid) apply(p point) (x, y, dir int64) {
	dx, dy := p.x-t.fromX, p.y-t.fromY
	return (t.cos*dx-t.sin*dy)/one + t.toX, (t.sin*dx+t.cos*dy)/one + t.toY, (p.dir + t.rotation) & (turn - 1)
}

// applyBack is the inverse of apply, for places.
func (t rigid) applyBack(q point) (x, y int64) {
	dx, dy := q.x-t.toX, q.y-t.toY
	return (t.cos*dx+t.sin*dy)/one + t.fromX, (t.cos*dy-t.sin*dx)/one + t.fromY
}

// fit returns the rigid transform that lays the first points of pairs over the
// second ones with the least squared error. Where the places determine no
// rotation, the directions of the first pair do. There is at least one pair.
func fit(f, g finger, pairs []pair) rigid {
	var t rigid
	n := int64(len(pairs))
	for _, k := range pairs {
		t.fromX += f.points[k.a].x
		t.fromY += f.points[k.a].y
		t.toX += g.points[k.b].x
		t.toY += g.points[k.b].y
	}
	t.fromX, t.fromY, t.toX, t.toY = t.fromX/n, t.fromY/n, t.toX/n, t.toY/n
	var dot, cross int64
	for _, k := range pairs {
		px, py := f.points[k.a].x-t.fromX, f.points[k.a].y-t.fromY
		qx, qy := g.points[k.b].x-t.toX, g.points[k.b].y-t.toY
		dot += px*qx + py*qy
		cross += px*qy - py*qx
	}
	// |dot|, |cross| ≤ 60·(255·16·√2)² < 2³¹: their squares add up without overflow.
	if length := squareRoot(dot*dot + cross*cross); length > 0 {
		t.cos, t.sin = dot*one/length, cross*one/length
		t.rotation = bearing(cross, dot)
		return t
	}
	step := (g.points[pairs[0].b].step - f.points[pairs[0].a].step) & (AngleSteps - 1)
	t.cos, t.sin = cosineOfStep(step), sineOfStep(step)
	t.rotation = int64(step) * (turn / AngleSteps)
	return t
}

// Tolerances between a minutia and the one that it is laid over. Skin stretches:
// places are looser the further they are from the middle of what is known to fit.
const (
	placeBase   = 5 * subUnits
	placeGrowth = 14 // a fourteenth of the distance
	placeMost   = 11 * subUnits
	dirMost     = turn / 12 // 30°
)

// misfit is how badly a pair fits, 0 (exactly) to worstMisfit.
type misfit struct {
	pair
	cost int64
}

const worstMisfit = 255

// pairUp lays f over g by t and pairs their minutiae greedily, one to one, the
// best fitting first. Places near (middleX, middleY) of g are held tightest.
func (c *comparison) pairUp(t rigid, middleX, middleY int64) []misfit {
	c.byCost = [worstMisfit + 2]int{}
	c.candidates = c.candidates[:0]
	for i, p := range c.f.points {
		x, y, dir := t.apply(p)
		away := squareRoot((x-middleX)*(x-middleX) + (y-middleY)*(y-middleY))
		tolerance := min(placeBase+away/placeGrowth, placeMost)
		for j := range c.g.points {
			q := &c.g.points[j]
			dx, dy := q.x-x, q.y-y
			if dy > tolerance || -dy > tolerance {
				continue
			}
			square := dx*dx + dy*dy
			if square > tolerance*tolerance {
				continue
			}
			turned := angleBetween(dir, q.dir)
			if turned > dirMost {
				continue
			}
			cost := square*170/(tolerance*tolerance) + turned*turned*85/(dirMost*dirMost)
			c.candidates = append(c.candidates, misfit{pair{i, j}, cost})
			c.byCost[cost+1]++
		}
	}
	return c.greedy()
}

// greedy takes candidates in order of cost (a counting sort: hostile inputs make
// every minutia fit every other), each minutia at most once.
func (c *comparison) greedy() []misfit {
	for k := 1; k < len(c.byCost); k++ {
		c.byCost[k] += c.byCost[k-1]
	}
	c.sorted = append(c.sorted[:0], c.candidates...)
	for _, m := range c.candidates {
		c.sorted[c.byCost[m.cost]] = m
		c.byCost[m.cost]++
	}
	var usedA, usedB [MaxMinutiae]bool
	pairs := make([]misfit, 0, len(c.f.points))
	for _, m := range c.sorted {
		if !usedA[m.a] && !usedB[m.b] {
			usedA[m.a], usedB[m.b] = true, true
			pairs = append(pairs, m)
		}
	}
	return pairs
}
