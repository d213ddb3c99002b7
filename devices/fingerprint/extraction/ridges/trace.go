package ridges

import "math"

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

// tips returns the ends of lines, as they are now.
func (l lines) tips(most int) []tip {
	var found []tip
	var path []int
	for y := range l.height {
		row := l.v[l.at(0, y):][:l.width]
		for x, v := range row {
			if v == 0 {
				continue
			}
			at := l.at(x, y)
			if crossings(l.code(at)) != 1 {
				continue
			}
			path, _ = l.trace(at, most, path[:0])
			t := tip{at: at, x: x, y: y}
			ex, ey := l.place(path[len(path)-1])
			if length := math.Hypot(float64(ex-x), float64(ey-y)); length > 0 {
				t.dx, t.dy = float64(ex-x)/length, float64(ey-y)/length
			}
			found = append(found, t)
		}
	}
	return found
}
