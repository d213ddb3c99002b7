package minutiae

const (
	// localPairs is how many nearest pairs a pair is held against.
	localPairs = 4
	// stretch is by how much the way from one pair to a near one may differ
	// between the fingers. Skin stretches smoothly: near pairs of one finger
	// move together, those that chance put within tolerance do not.
	stretch = 7 * subUnits
	// overlapReach is how near a minutia of the other finger must be for a
	// minutia to count as one that both captures should have seen (4.5 mm): in
	// the corners of a window, beside the finger, there is nothing to see.
	overlapReach = 45 * subUnits
	// overlapMargin is how far outside the rectangle that the other capture's
	// minutiae span a minutia may lie and count (0.8 mm).
	overlapMargin = 8 * subUnits
	// doubt is how many perfect pairs chance is credited with: the score of
	// a few pairs in a small overlap is pulled down by it.
	doubt = 6
	// full is the weight of a perfect pair.
	full = 256
)

// score weighs what an overlay paired against what it should have paired.
func (c *comparison) score(o overlay) Score {
	var weight int64
	for k := range o.pairs {
		weight += c.weight(o, k)
	}
	a, b := c.overlap(o.transform)
	a, b = max(a, int64(len(o.pairs))), max(b, int64(len(o.pairs)))
	share := weight * int64(MaxScore) / max(1, squareRoot(a*b*full*full))
	return Score(share * weight / (weight + doubt*full))
}

// weight returns how much pair k says, 0 to full: how well it fits, how well it
// moves with the pairs around it, and whether both minutiae are of one kind.
func (c *comparison) weight(o overlay, k int) int64 {
	m := o.pairs[k]
	fits := full - m.cost*full/(2*worstMisfit)
	w := fits * c.movesTogether(o, k) / full
	ka, kb := c.f.points[m.a].kind, c.g.points[m.b].kind
	if ka != kb && ka != Other && kb != Other {
		w = w * 7 / 8
	}
	return w
}

// movesTogether returns how little the ways from pair k to its nearest pairs
// differ between the fingers, 0 to full.
func (c *comparison) movesTogether(o overlay, k int) int64 {
	type near struct{ square, differs int64 }
	var nearest [localPairs]near
	n := 0
	pa, pb := c.f.points[o.pairs[k].a], c.g.points[o.pairs[k].b]
	for l, m := range o.pairs {
		if l == k {
			continue
		}
		qa, qb := c.f.points[m.a], c.g.points[m.b]
		bx, by := qb.x-pb.x, qb.y-pb.y
		square := bx*bx + by*by
		if n == localPairs && square >= nearest[n-1].square {
			continue
		}
		ax, ay := qa.x-pa.x, qa.y-pa.y
		dx := (o.transform.cos*ax-o.transform.sin*ay)/one - bx
		dy := (o.transform.sin*ax+o.transform.cos*ay)/one - by
		if n < localPairs {
			n++
		}
		i := n - 1
		for ; i > 0 && nearest[i-1].square > square; i-- {
			nearest[i] = nearest[i-1]
		}
		nearest[i] = near{square, squareRoot(dx*dx + dy*dy)}
	}
	if n == 0 {
		return 0
	}
	var sum int64
	for _, v := range nearest[:n] {
		sum += max(0, full-v.differs*full/stretch)
	}
	return sum / int64(n)
}

// overlap counts the minutiae of each finger that the other capture should have
// seen. Sensors see rectangles: a minutia outside of the other's is no fault.
func (c *comparison) overlap(t rigid) (a, b int64) {
	var inside, seen [MaxMinutiae]bool
	for j, q := range c.g.points {
		inside[j] = c.f.spans(t.applyBack(q))
	}
	for _, p := range c.f.points {
		x, y, _ := t.apply(p)
		counts := false
		for j := range c.g.points {
			q := &c.g.points[j]
			if (q.x-x)*(q.x-x)+(q.y-y)*(q.y-y) <= overlapReach*overlapReach {
				counts, seen[j] = true, true
			}
		}
		if counts && c.g.spans(x, y) {
			a++
		}
	}
	for j := range c.g.points {
		if seen[j] && inside[j] {
			b++
		}
	}
	return a, b
}
