package minutiae

import "slices"

// Score says how alike two fingers are: 0, nothing in common, to [MaxScore],
// the same points. Scores leave settlement in no message.
type Score int

// MaxScore is the score of a set of minutiae against itself, nearly.
const MaxScore Score = 1000

// ProvisionalThreshold is the least score that is taken for the same finger.
//
// It is PROVISIONAL: chosen on made-up prints, which are kinder than skin, and
// to be replaced by thresholds calibrated on real prints, by amount.
const ProvisionalThreshold Score = 190

const (
	maxSeeds   = 32 // guesses that are followed
	minSupport = 2  // neighbours that must speak for a guess
	refits     = 3  // times that a guess is laid over anew by what it paired
)

// Match reports whether s reaches [ProvisionalThreshold].
func (s Score) Match() bool { return s >= ProvisionalThreshold }

// Compare scores how alike two sets of minutiae are. Neither the order of the
// minutiae nor which set comes first matters: Compare(a, b) = Compare(b, a)
// exactly. Sets of more than [MaxMinutiae] are thinned to their sparsest.
//
// Neighbour structures of eight give seed alignments; each is checked by greedy
// one-to-one pairing under a rigid transform with a tolerance that grows with
// the distance; the best counts.
func Compare(probe, enrolled []Minutia) Score {
	best, _ := align(probe, enrolled)
	return best.score
}

// CompareTemplates decodes both templates and compares them.
func CompareTemplates(probe, enrolled Template) (Score, error) {
	p, err := Decode(probe)
	if err != nil {
		return 0, err
	}
	e, err := Decode(enrolled)
	if err != nil {
		return 0, err
	}
	return Compare(p, e), nil
}

// overlay is one way to lay the first finger over the second.
type overlay struct {
	score     Score
	transform rigid
	pairs     []misfit
}

// comparison holds what comparing two fingers needs again and again.
type comparison struct {
	f, g       finger
	candidates []misfit
	sorted     []misfit
	byCost     [worstMisfit + 2]int
}

// align returns the best overlay of two sets of minutiae, put in an order of
// their own, and the comparison that found it.
func align(a, b []Minutia) (overlay, *comparison) {
	a, b = sparsest(canonical(a), MaxMinutiae), sparsest(canonical(b), MaxMinutiae)
	if slices.CompareFunc(a, b, canonicalOrder) > 0 {
		a, b = b, a
	}
	c := &comparison{f: newFinger(a), g: newFinger(b)}
	var best overlay
	for _, s := range seedsOf(c.f, c.g) {
		if o := c.follow(s); o.score > best.score {
			best = o
		}
	}
	return best, c
}

// follow lays the fingers over each other as the seed says, pairs, lays them over
// anew by the pairs, and scores where that ends.
func (c *comparison) follow(s seed) overlay {
	_, supporters := structuresAlike(c.f.neighbours[s.a], c.g.neighbours[s.b])
	known := append([]pair{s.pair}, supporters.taken()...)
	middleX, middleY := c.g.points[s.b].x, c.g.points[s.b].y
	var o overlay
	for range refits {
		o.transform = fit(c.f, c.g, known)
		if angleBetween(o.transform.rotation, 0) > maxRotation {
			return overlay{}
		}
		o.pairs = c.pairUp(o.transform, middleX, middleY)
		if len(o.pairs) <= minSupport {
			return overlay{}
		}
		known = known[:0]
		for _, m := range o.pairs {
			known = append(known, m.pair)
		}
		middleX, middleY = c.middle(o.pairs)
	}
	o.score = c.score(o)
	return o
}

// middle returns the centre of the paired minutiae of g.
func (c *comparison) middle(pairs []misfit) (x, y int64) {
	for _, m := range pairs {
		x += c.g.points[m.b].x
		y += c.g.points[m.b].y
	}
	n := int64(len(pairs))
	return x / n, y / n
}
