package minutiae

import "slices"

// Score says how alike two fingers are: 0, nothing in common, to [MaxScore].
// Fifty points more make it e times likelier that the two are one finger, as far as prints
// like those that it was fitted on go. Scores leave settlement in no message.
type Score int

// MaxScore is more than any two fingers score; the same 60 points score about 950.
const MaxScore Score = 1000

// ProvisionalThreshold is the least score that is taken for the same finger, where
// settlement's operator sets no other.
//
// On the real prints of FVC2002 and FVC2004, sets B (data bases 1 to 3 of each; libfprint,
// templates of at most 60 minutiae), `make bench-fingerprint` found no false match at it among 17,280
// impostor comparisons, of which the highest scored 235: the rate is below 0.022 %
// (95 %; pairs taken as independent). One in five genuine comparisons of one impression with one
// is refused, many of them distorted on purpose; a sale allows three. At FMR 0.1 % the same
// prints give 172.
//
// It is provisional because 60 fingers are few, and because prints with more minutiae to the
// square millimetre than those score higher by chance. The made-up prints of the demonstration
// are such: strangers among them reach 300, and that the default lies above that as well is for the
// demonstration's sake and no measurement. An operator measures prints of the sensor that is used, and sets bands.
const ProvisionalThreshold Score = 310

const (
	maxSeeds     = 6 // guesses that are followed
	leastMatches = 3 // that an overlay must have
	refits       = 3 // times that a guess is laid over anew by what it paired
	// maxCompared is how many minutiae of a side are looked at: more than a template
	// holds, for what an extractor finds.
	maxCompared = 2 * MaxMinutiae
)

// Match reports whether s reaches [ProvisionalThreshold].
func (s Score) Match() bool { return s >= ProvisionalThreshold }

// Compare scores how alike two sets of minutiae are. Neither the order of the
// minutiae nor which set comes first matters: Compare(a, b) = Compare(b, a)
// exactly. Sets of more than twice [MaxMinutiae] are thinned to their sparsest.
// How it works is told at the head of the package.
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
	matches   []match
}

// comparison holds what comparing two fingers needs again and again.
type comparison struct {
	f, g       *finger
	likeness   []int64 // of the surroundings of i and j at [i·m+j]
	candidates []candidate
	agreements []int64 // of candidates s and t at [s·n+t]
	possible   []match
	sorted     []int
	work       int // turns of inner loops, which the time is proportional to
}

// align returns the best overlay of two sets of minutiae, put in an order of
// their own, and the comparison that found it.
func align(a, b []Minutia) (overlay, *comparison) {
	a, b = sparsest(canonical(a), maxCompared), sparsest(canonical(b), maxCompared)
	if slices.CompareFunc(a, b, canonicalOrder) > 0 {
		a, b = b, a
	}
	c := &comparison{f: newFinger(a), g: newFinger(b)}
	c.work = len(a)*len(a)*mostCells + len(b)*len(b)*mostCells
	c.compareSurroundings()
	c.choose()
	c.relax()
	var best overlay
	followed := make([]bool, len(c.candidates))
	for range maxSeeds {
		first := none
		for k := range c.candidates {
			if s := c.candidates[k].support; !followed[k] && s > 0 && (first == none || s > c.candidates[first].support) {
				first = k
			}
		}
		if first == none {
			break
		}
		cluster := c.cluster(first)
		for _, k := range cluster { // they would lead to the same overlay
			followed[k] = true
		}
		if o := c.follow(cluster); best.matches == nil || o.score > best.score {
			best = o
		}
	}
	return best, c
}

// follow lays the fingers over each other as a cluster of candidates says, pairs,
// lays them over anew by the pairs, and scores where that ends.
func (c *comparison) follow(cluster []int) overlay {
	known := make([]pair, len(cluster))
	for k, at := range cluster {
		known[k] = c.candidates[at].pair
	}
	var o overlay
	var b bending
	within := int64(placeFirst)
	for again := 0; ; again++ {
		o.transform = fit(c.f, c.g, known)
		if angleBetween(o.transform.rotation, 0) > maxRotation {
			return overlay{}
		}
		b = bendingOf(c.f, c.g, o.transform, known)
		if again == refits {
			break
		}
		o.matches = c.pairUp(o.transform, b, within)
		if len(o.matches) < leastMatches {
			return overlay{}
		}
		known, within = pairsOf(o.matches), placeMost
	}
	c.measure(&o, b)
	o.score = c.score(&o, b)
	return o
}
