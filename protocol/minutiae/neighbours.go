package minutiae

import "slices"

// point is a minutia in the plane that comparisons work in: subUnits of 0.1 mm,
// y upwards, so that angles are counter-clockwise as in mathematics.
type point struct {
	x, y int64
	step int   // direction in AngleSteps
	dir  int64 // the same in turn units
	kind Kind
}

// neighbour is another minutia as one sees it from a minutia: a description
// that neither shift nor rotation of the finger changes.
type neighbour struct {
	index    int
	distance int64 // subUnits
	bearing  int64 // from the minutia's own direction, turn units
	dir      int64 // likewise
}

// neighbourCount is the size of a neighbour structure.
const neighbourCount = 8

// finger is a set of minutiae made ready for comparison.
type finger struct {
	points     []point
	neighbours [][]neighbour // of each point, nearest first

	minX, minY, maxX, maxY int64 // the rectangle that the points span
}

// spans reports whether (x, y) lies in the rectangle or just outside.
func (f *finger) spans(x, y int64) bool {
	return x >= f.minX-overlapMargin && x <= f.maxX+overlapMargin && y >= f.minY-overlapMargin && y <= f.maxY+overlapMargin
}

func newFinger(ms []Minutia) finger {
	f := finger{points: make([]point, len(ms)), neighbours: make([][]neighbour, len(ms))}
	for i, m := range ms {
		f.points[i] = point{
			x: int64(m.X) * subUnits, y: (255 - int64(m.Y)) * subUnits,
			step: int(m.Angle), dir: int64(m.Angle) * (turn / AngleSteps), kind: m.Kind,
		}
	}
	for i, p := range f.points {
		f.neighbours[i] = f.structure(i)
		if i == 0 {
			f.minX, f.minY, f.maxX, f.maxY = p.x, p.y, p.x, p.y
		}
		f.minX, f.maxX = min(f.minX, p.x), max(f.maxX, p.x)
		f.minY, f.maxY = min(f.minY, p.y), max(f.maxY, p.y)
	}
	return f
}

// structure returns the nearest neighbours of point i.
func (f finger) structure(i int) []neighbour {
	p := f.points[i]
	all := make([]neighbour, 0, len(f.points))
	for j, q := range f.points {
		if j == i {
			continue
		}
		dx, dy := q.x-p.x, q.y-p.y
		all = append(all, neighbour{
			index: j, distance: squareRoot(dx*dx + dy*dy),
			bearing: (bearing(dy, dx) - p.dir) & (turn - 1), dir: (q.dir - p.dir) & (turn - 1),
		})
	}
	slices.SortStableFunc(all, func(a, b neighbour) int { return int(a.distance - b.distance) })
	return slices.Clone(all[:min(neighbourCount, len(all))])
}

// Tolerances between two neighbours. Directions carry the extractor's steps of
// 11.25° and the skin's distortion; the bearing inherits that noise from the
// minutia that it is measured at, and more when the neighbour is close.
const (
	neighbourDistance = 4 * subUnits // and an eighth of the distance
	neighbourBearing  = turn / 20    // 18°
	neighbourPlace    = 4 * subUnits // seen sideways, on top of neighbourBearing
	neighbourDir      = turn / 10    // 36°
	fullLikeness      = 256
)

// likeness says how alike two neighbours are, 0 to fullLikeness.
func likeness(a, b *neighbour) int64 {
	mean := (a.distance + b.distance) / 2
	distance, allowed := abs(a.distance-b.distance), neighbourDistance+mean/8
	if distance > allowed {
		return 0
	}
	dir := angleBetween(a.dir, b.dir)
	if dir > neighbourDir {
		return 0
	}
	// An angle in turn units at a distance is an arc of angle·distance·2π/turn.
	sideways := angleBetween(a.bearing, b.bearing)
	slack := int64(neighbourBearing) + neighbourPlace*turn*10/(63*max(mean, subUnits))
	if sideways > slack || sideways > turn/6 {
		return 0
	}
	return fullLikeness - (distance*85/allowed + dir*85/neighbourDir + sideways*85/slack)
}
