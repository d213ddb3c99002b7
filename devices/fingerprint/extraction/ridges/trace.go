package ridges

import (
	"math"
	"sync"
)

// stop is why a trace came to its end.
type stop int

const (
	atLength stop = iota // it went as far as it was asked to
	atEnd                // the line ended
	atFork               // the line met others
)

// trace follows the line that begins at an end for at most most pixels and appends
// the pixels that it passes, the end first, to path.
func (l lines) trace(end, most int, path []int) ([]int, stop) {
	around := l.around()
	path = append(path, end)
	before, here := -1, end
	for len(path) < most {
		code := l.code(here)
		if here != end && crossings(code) > 2 {
			return path, atFork
		}
		next := -1
		for _, k := range [8]int{0, 2, 4, 6, 1, 3, 5, 7} { // straight neighbours first
			if code>>k&1 == 0 {
				continue
			}
			o := here + around[k]
			if o != before && !l.touches(o, before) {
				next = o
				break
			}
		}
		if next < 0 {
			return path, atEnd
		}
		before, here = here, next
		path = append(path, here)
	}
	return path, atLength
}

// touches reports whether two pixels are straight neighbours: a line that goes
// round a corner passes both.
func (l lines) touches(a, b int) bool {
	d := a - b
	return b >= 0 && (d == 1 || d == -1 || d == l.stride || d == -l.stride)
}

// tip is the end of a line.
type tip struct {
	at   int
	x, y int
	// dx, dy is the direction in which the line runs on from it, of length 1.
	dx, dy float64
	gone   bool
}

// tips returns the ends of lines, as they are now, and the direction of the first
// most pixels from them. The caller wipes it.
func (l lines) tips(w *workspace, most int) []tip {
	var ends int
	l.eachEnd(func(int, int, int) { ends++ })
	found := make([]tip, 0, ends) // at once: growing would leave copies behind
	path := w.ints(most)
	l.eachEnd(func(at, x, y int) {
		path, _ = l.trace(at, most, path[:0])
		t := tip{at: at, x: x, y: y}
		ex, ey := l.place(path[len(path)-1])
		if length := math.Hypot(float64(ex-x), float64(ey-y)); length > 0 {
			t.dx, t.dy = float64(ex-x)/length, float64(ey-y)/length
		}
		found = append(found, t)
	})
	return found
}

// isEnd holds whether a pixel with these neighbours is an end.
var isEnd = sync.OnceValue(func() *[256]bool {
	t := new([256]bool)
	for code := range t {
		t[code] = crossings(uint8(code)) == 1
	}
	return t
})

// eachEnd calls f with each end's index and place.
func (l lines) eachEnd(f func(at, x, y int)) {
	table := isEnd()
	for y := range l.height {
		start := l.at(0, y)
		for x, v := range l.v[start:][:l.width] {
			if v != 0 && table[l.code(start+x)] {
				f(start+x, x, y)
			}
		}
	}
}
