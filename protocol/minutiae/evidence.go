package minutiae

// What speaks for one finger is summed over the matches of an overlay, each counted
// by how far its minutiae are to be trusted:
//
//   - fit: how little it misses in place, times how little in direction;
//   - surroundings: how little it misses in place, times by how much the surroundings
//     are more alike than strangers';
//
// and what speaks against it by the minutiae that both captures should show, matched
// or not. The score is the logarithm of a product of powers of the three, which is
// what logistic regression between pairs of one finger and of two makes of them.
// Its four numbers were fitted on FVC2004 set B: [pointsPerNat] points are a factor
// of e in likelihood.
const (
	pointsPerNat       = 50
	powerFit           = 541 // hundredths
	powerSurroundings  = 151
	powerSeen          = -426
	pointsOfNone       = 330
	stranger           = 88 // likeness of surroundings that strangers' seldom pass
	surroundingsOfFull = 64 // likeness beyond that which counts as one
	// Begin with a little of each, so that few matches in a small overlap do not
	// count for much.
	fitOfNone          = 307 // in 1/1024 of a perfect match
	surroundingsOfNone = 307
	seenOfNone         = 3 * 1024
	// placeScored and dirScored are where a pair ceases to speak for one finger: within
	// what is paired, since where minutiae are dense chance pairs many, loosely.
	placeScored = 100 // 0.6 mm
	dirScored   = 70  // 25°
	// seenMargin is how far outside the hull of the other capture's minutiae one may
	// have seen a minutia, and seenSurely how far inside it surely has.
	seenMargin = 10 * subUnits
	seenSurely = 8 * subUnits
)

// score weighs the evidence of an overlay.
func (c *comparison) score(o *overlay, b bending) Score {
	var fit, surroundings, matched int64
	for k := range o.matches {
		m := &o.matches[k]
		trust := (c.f.points[m.a].trust + c.g.points[m.b].trust) / 2
		place := max(0, 1024-m.square*1024/(placeScored*placeScored))
		dir := max(0, 1024-m.turned*m.turned*1024/(dirScored*dirScored))
		fit += trust * place / full * dir / 1024
		surroundings += trust * place / full * max(0, m.likeness-stranger) / surroundingsOfFull
		matched += trust
	}
	inF, inG := c.seen(o.transform, b)
	seen := squareRoot(max(inF, matched) * max(inG, matched) * (1024 / full) * (1024 / full))
	// log2 is in 1/1024; 0.693 nats are 1 bit.
	bits := powerFit*log2(fit+fitOfNone) + powerSurroundings*log2(surroundings+surroundingsOfNone) + powerSeen*log2(seen+seenOfNone)
	points := bits/1024*693/1000*pointsPerNat/100 + pointsOfNone
	return Score(max(0, min(int64(MaxScore), points)))
}

// seen sums up the minutiae of each finger that the other capture should show, by
// trust.
func (c *comparison) seen(t rigid, b bending) (inF, inG int64) {
	for i := range c.f.points {
		x, y, _ := t.apply(&c.f.points[i])
		dx, dy := b.at(x, y, none)
		inF += c.f.points[i].trust * c.g.shows(x+dx, y+dy)
	}
	for j := range c.g.points {
		x, y := t.applyBack(&c.g.points[j])
		inG += c.g.points[j].trust * c.f.shows(x, y)
	}
	c.work += len(c.f.points)*(len(b)+len(c.g.hull)) + len(c.g.points)*len(c.f.hull)
	return inF / full, inG / full
}

// shows says how surely the capture would show a minutia at (x, y), 0 to full.
func (f *finger) shows(x, y int64) int64 {
	return ramp(f.hull.depth(x, y), -seenMargin, seenSurely, 0)
}
