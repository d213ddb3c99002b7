package settle

import (
	"math"

	"countersign/protocol/minutiae"
)

// What minutiae.ImplausiblyClose asks for, in the template's units: nine tenths of
// the larger print, each within 0.15 mm and a step of the angle. A little is added,
// so that rounding never has a copy passed over.
const (
	nearPlace = 1.5 + 0.25
	nearAngle = 1 + 0.25
)

// point is a minutia, its angle in steps of the template.
type point struct{ x, y, angle float64 }

// mayBeClose says whether two prints can be implausibly close, in a hundredth of
// the time that it takes to know: it never says no where ImplausiblyClose says yes.
//
// In a copy all points of the smaller print but a few (left over) have their like
// in the larger. Of one more pair of points than are left over, no point in two of
// them, at least one pair lies in the larger print as well, as far apart as before,
// and tells how one print is to be laid over the other.
func mayBeClose(p, q []minutiae.Minutia) bool {
	if len(p) > len(q) {
		p, q = q, p
	}
	need := (len(q)*9 + 9) / 10
	if need > len(p) || len(p) < 2 {
		return false
	}
	a, b := points(p), points(q)
	for _, base := range longPairs(a, len(p)-need+1) {
		if laidOver(a, b, base, need) {
			return true
		}
	}
	return false
}

func points(ms []minutiae.Minutia) []point {
	all := make([]point, len(ms))
	for n, m := range ms {
		all[n] = point{float64(m.X), float64(m.Y), float64(m.Angle)}
	}
	return all
}

// longPairs returns up to n pairs of points, long ones, none sharing a point.
func longPairs(a []point, n int) (pairs [][2]int) {
	used := make([]bool, len(a))
	for ; n > 0; n-- {
		best, longest := [2]int{}, -1.0
		for i := range a {
			for j := i + 1; j < len(a) && !used[i]; j++ {
				if d := squared(a[i], a[j]); !used[j] && d > longest {
					best, longest = [2]int{i, j}, d
				}
			}
		}
		if longest <= 0 {
			break
		}
		used[best[0]], used[best[1]] = true, true
		pairs = append(pairs, best)
	}
	return pairs
}

// laidOver says whether there is a way to lay a over b by one pair of points, such
// that as many as need be have their like.
func laidOver(a, b []point, base [2]int, need int) bool {
	from, to := a[base[0]], a[base[1]]
	length := math.Sqrt(squared(from, to))
	shortest, longest := max(0, length-2*nearPlace), length+2*nearPlace
	shortest, longest = shortest*shortest, longest*longest
	// By so much the pair may be turned, being a little off at either end.
	turned := nearAngle + math.Asin(min(1, 2*nearPlace/length))*minutiae.AngleSteps/(2*math.Pi)
	direction := along(from, to)
	for i := range b {
		for j := range b {
			if d := squared(b[i], b[j]); d < shortest || d > longest || i == j {
				continue
			}
			rotation := along(b[i], b[j]) - direction
			if apart(from.angle+rotation, b[i].angle) > turned || apart(to.angle+rotation, b[j].angle) > turned {
				continue
			}
			if alike(a, b, from, to, b[i], b[j], rotation, length, turned) >= need {
				return true
			}
		}
	}
	return false
}

// alike counts the points of a that have their like in b, with a turned about from
// and to laid over overFrom and overTo. A point far from both is less certain.
func alike(a, b []point, from, to, overFrom, overTo point, rotation, length, turned float64) (n int) {
	sin, cos := math.Sincos(rotation * 2 * math.Pi / minutiae.AngleSteps)
	middleX, middleY := (from.x+to.x)/2, (from.y+to.y)/2
	overX, overY := (overFrom.x+overTo.x)/2, (overFrom.y+overTo.y)/2
	for _, m := range a {
		x, y := m.x-middleX, m.y-middleY
		at := point{x: overX + x*cos + y*sin, y: overY - x*sin + y*cos}
		reach := nearPlace * (1 + (math.Sqrt(squared(m, from))+math.Sqrt(squared(m, to)))/length)
		for _, other := range b {
			if squared(at, other) <= reach*reach && apart(m.angle+rotation, other.angle) <= turned {
				n++
				break
			}
		}
	}
	return n
}

func squared(a, b point) float64 { return (a.x-b.x)*(a.x-b.x) + (a.y-b.y)*(a.y-b.y) }

// along is the direction from a to b in steps, counter-clockwise with Y downwards.
func along(a, b point) float64 {
	return math.Atan2(a.y-b.y, b.x-a.x) * minutiae.AngleSteps / (2 * math.Pi)
}

// apart is the angle between two directions, in steps.
func apart(a, b float64) float64 {
	return math.Abs(math.Remainder(a-b, minutiae.AngleSteps))
}
