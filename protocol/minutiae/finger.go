package minutiae

// point is a minutia in the plane that comparisons work in: subUnits of 0.1 mm,
// y upwards, so that angles are counter-clockwise as in mathematics.
type point struct {
	x, y int64
	step int   // direction in AngleSteps
	dir  int64 // the same in turn units
	// trust is how far its presence or absence in another capture counts, 0 to full.
	trust int64
}

// full is a whole share, where shares are held in 1/64.
const full = 64

// finger is a set of minutiae made ready for comparison.
type finger struct {
	points    []point
	distances []int64 // from point i to j at [i·n+j], subUnits
	bearings  []int64 // of point j from i's own direction, turn units
	cylinders []cylinder
	hull      hull
}

// newFinger makes ms, which are in canonical order, ready.
func newFinger(ms []Minutia) *finger {
	n := len(ms)
	f := &finger{points: make([]point, n), distances: make([]int64, n*n), bearings: make([]int64, n*n)}
	for i, m := range ms {
		f.points[i] = point{
			x: int64(m.X) * subUnits, y: (255 - int64(m.Y)) * subUnits,
			step: int(m.Angle), dir: int64(m.Angle) * (turn / AngleSteps),
		}
	}
	for i := range f.points {
		p := &f.points[i]
		for j := range i {
			q := &f.points[j]
			dx, dy := q.x-p.x, q.y-p.y
			distance, towards := squareRoot(dx*dx+dy*dy), bearing(dy, dx)
			f.distances[i*n+j], f.distances[j*n+i] = distance, distance
			f.bearings[i*n+j] = (towards - p.dir) & (turn - 1)
			f.bearings[j*n+i] = (towards + turn/2 - q.dir) & (turn - 1)
		}
	}
	f.hull = hullOf(f.points)
	f.cylinders = make([]cylinder, n)
	for i := range f.points {
		f.points[i].trust = f.trust(i)
		f.cylinders[i] = f.cylinder(i)
	}
	return f
}

// Not every minutia found is one. On real prints, those of two captures of a finger that
// lie well inside both are found in both three times out of four, those that chance pairs one
// time in three; but at the rim of what a capture shows ridges break off, and two minutiae less
// than a millimetre apart are often a scar, a pore or a bridge of dirt: there a pair
// or its absence says little.
const (
	closeBy, apart = 6 * subUnits, 13 * subUnits // to the nearest other minutia
	trustCloseBy   = 28
	wellInside     = 12 * subUnits // from the hull of the minutiae
	trustAtRim     = 24
)

// trust returns how far point i counts.
func (f *finger) trust(i int) int64 {
	n := len(f.points)
	nearest := int64(apart)
	for j := range f.points {
		if j != i {
			nearest = min(nearest, f.distances[i*n+j])
		}
	}
	inside := f.hull.depth(f.points[i].x, f.points[i].y)
	return ramp(nearest, closeBy, apart, trustCloseBy) * ramp(inside, 0, wellInside, trustAtRim) / full
}

// ramp returns low up to from, full beyond to, and what lies between between.
func ramp(v, from, to, low int64) int64 {
	switch {
	case v <= from:
		return low
	case v >= to:
		return full
	}
	return low + (full-low)*(v-from)/(to-from)
}
