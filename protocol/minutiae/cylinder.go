package minutiae

import "math/bits"

// A cylinder describes what lies around a minutia, whichever way the finger was
// shifted or turned: the Minutia Cylinder-Code of Cappelli, Ferrara and Maltoni
// (IEEE Transactions on Pattern Analysis 32, 2010) as bits. Round the minutia, turned by
// its direction, lies a square of 8 × 8 cells, of which those within 3.6 mm count,
// in 6 layers of relative direction. A bit says that there is a minutia near that
// cell with about that direction.
type cylinder struct {
	layers [cylinderLayers]uint64 // a bit a cell, row by row
}

const (
	cylinderCells  = 8
	cylinderLayers = 6
	cellSide       = 142 // 0.89 mm in subUnits: 17.5 pixels at 500 dpi
	cylinderReach  = cylinderCells * cellSide / 2
)

// layerReach says how far, in turn units, a direction may be from the middle of a
// layer to count, by the square of the distance from the middle of the cell, in steps of 256:
// where exp(−d²/2σ²)·Φ(a) falls below 0.43 of what it is at 0, σ being 0.47 mm and
// Φ the normal distribution's share (of 40°) within 30° of a.
var layerReach = [...]int64{
	162, 160, 157, 155, 152, 150, 148, 146, 143, 141, 138, 136, 133, 131, 128, 125, 123, 120, 117,
	114, 111, 108, 105, 101, 98, 94, 91, 86, 82, 78, 73, 68, 64, 58, 51, 44, 35, 24,
}

// cellReach is the distance at which layerReach ends; mostCells lie so near a place.
const (
	cellReach = 99
	mostCells = 4
)

// cellMiddle returns the middle of row or column k.
func cellMiddle(k int) int64 { return int64(2*k+1-cylinderCells) * cellSide / 2 }

// counts tells whether a cell lies within the cylinder.
func counts(row, column int) bool {
	u, v := cellMiddle(column), cellMiddle(row)
	return u*u+v*v <= cylinderReach*cylinderReach
}

// cylinder returns what lies around point i.
func (f *finger) cylinder(i int) cylinder {
	var c cylinder
	p, n := &f.points[i], len(f.points)
	cos, sin := cosineOfStep(p.step), sineOfStep(p.step)
	for j := range f.points {
		if j == i || f.distances[i*n+j] > cylinderReach+cellReach {
			continue
		}
		q := &f.points[j]
		dx, dy := q.x-p.x, q.y-p.y
		c.add((cos*dx+sin*dy)/one, (cos*dy-sin*dx)/one, (q.dir-p.dir)&(turn-1))
	}
	return c
}

// add adds a minutia at (u, v) with a relative direction.
func (c *cylinder) add(u, v, dir int64) {
	cell := func(w int64) int { return int((w + cylinderReach + cellSide) / cellSide) } // of the row or column, and one more
	for row := max(0, cell(v-cellReach)-1); row <= min(cylinderCells-1, cell(v+cellReach)-1); row++ {
		for column := max(0, cell(u-cellReach)-1); column <= min(cylinderCells-1, cell(u+cellReach)-1); column++ {
			du, dv := u-cellMiddle(column), v-cellMiddle(row)
			step := (du*du + dv*dv) >> 8
			if step >= int64(len(layerReach)) || !counts(row, column) {
				continue
			}
			for layer := range int64(cylinderLayers) {
				if angleBetween(dir, (2*layer+1)*turn/(2*cylinderLayers)) <= layerReach[step] {
					c.layers[layer] |= 1 << (row*cylinderCells + column)
				}
			}
		}
	}
}

// sameSurroundings is the likeness of equal cylinders; strangers have about a third of it.
const sameSurroundings = 256

// likeness returns how alike two cylinders are, 0 to sameSurroundings, or 0 where
// nothing lies around either. Cells in which both have nothing do not count.
func likeness(a, b *cylinder) int64 {
	var inA, inB, inOne int
	for k := range a.layers {
		inA += bits.OnesCount64(a.layers[k])
		inB += bits.OnesCount64(b.layers[k])
		inOne += bits.OnesCount64(a.layers[k] ^ b.layers[k])
	}
	if inA == 0 || inB == 0 {
		return 0
	}
	return sameSurroundings - sameSurroundings*roots[inOne]/(roots[inA]+roots[inB])
}

// roots are the square roots of 0 to 384 in 1/256.
var roots = func() (t [cylinderLayers*64 + 1]int64) {
	for n := range t {
		t[n] = squareRoot(int64(n) << 16)
	}
	return t
}()
