package ridges

const (
	// Of a period: lines no longer than these are no ridges but what thinning left
	// at a bulge, and sweat or dirt.
	spur     = 1.0
	fragment = 1.5
	// gap is how far apart, in periods, two ends may be that face each other and
	// are taken for one broken ridge; facing is the cosine of the angle to the
	// line between them that each may have.
	gap    = 1.5
	facing = 0.8
)

// clean removes spurs and fragments, and closes gaps, of lines whose period is
// that of its place.
func (l lines) clean(w *workspace, period cells) {
	most := int(fragment * mostPeriod)
	path := w.ints(most)
	tips := l.tips(w, 2)
	defer clear(tips)
	for _, t := range tips {
		if l.v[t.at] == 0 {
			continue // the other end of a fragment
		}
		p := period.between(t.x, t.y)
		var why stop
		path, why = l.trace(t.at, most, path[:0])
		n := float64(len(path))
		if why == atEnd && n <= fragment*p {
			l.erase(path)
		} else if why == atFork && n <= spur*p {
			l.erase(path[:len(path)-1]) // the fork is the other line's
		}
	}
}

func (l lines) erase(path []int) {
	for _, at := range path {
		l.v[at] = 0
	}
}

// mend marks tips that face each other across a gap as gone.
func mend(tips []tip, period cells) {
	for i := range tips {
		a := &tips[i]
		if a.gone {
			continue
		}
		farthest := gap * period.between(a.x, a.y)
		best, least := -1, farthest*farthest
		for j := range tips {
			b := &tips[j]
			dx, dy := float64(b.x-a.x), float64(b.y-a.y)
			square := dx*dx + dy*dy
			if j == i || b.gone || square > least || square == 0 {
				continue
			}
			// Each runs on away from the other.
			enough := facing * facing * square
			p, q := -(a.dx*dx + a.dy*dy), b.dx*dx+b.dy*dy
			if p > 0 && q > 0 && p*p >= enough && q*q >= enough {
				best, least = j, square
			}
		}
		if best >= 0 {
			a.gone, tips[best].gone = true, true
		}
	}
}
