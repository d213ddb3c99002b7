package ridges

import "math"

// flow is which way ridges run: in each cell a vector at twice the ridges' angle
// (so that opposite directions are one), measured in a picture's own coordinates (x
// to the right, y downwards), whose length from 0 to 1 says how sure that is.
type flow struct{ cos, sin cells }

const (
	// stiffness is how much a cell's neighbours weigh against what was seen in it,
	// were it seen perfectly.
	stiffness = 0.25
	// flowRounds is how often neighbours are asked: how many cells far a clear
	// region reaches into a poor one.
	flowRounds = 12
)

// orient measures the flow: the mean of squared gradients in and round each cell,
// which is then relaxed so that poor cells follow clear ones. It returns the
// gradients' energy as well.
func orient(w *workspace, p picture) (flow, cells) {
	cos, sin, energy := squaredGradients(w, p)
	other := newCells(w, p.width, p.height)
	cos.smooth(other)
	sin.smooth(other)
	energy.smooth(other)
	weight := newCells(w, p.width, p.height)
	for i, e := range energy.v {
		if e <= 0 {
			continue
		}
		// The length of the mean vector is the coherence.
		c, s := -cos.v[i]/e, -sin.v[i]/e
		cos.v[i], sin.v[i] = c, s
		weight.v[i] = c*c + s*s
	}
	f := flow{cos, sin}
	f.relax(w, p, weight)
	return f, energy
}

// squaredGradients sums the squares of the gradients (Sobel's), as complex numbers,
// and of their lengths, over each cell.
func squaredGradients(w *workspace, p picture) (cos, sin, energy cells) {
	cos, sin, energy = newCells(w, p.width, p.height), newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	for y := 1; y < p.height-1; y++ {
		above, here, below := p.v[p.at(0, y-1):][:p.width], p.v[p.at(0, y):][:p.width], p.v[p.at(0, y+1):][:p.width]
		for i := range cos.cols {
			var c, s, e int
			for x := max(1, i*cell); x < min((i+1)*cell, p.width-1); x++ {
				nw, ne, sw, se := int(above[x-1]), int(above[x+1]), int(below[x-1]), int(below[x+1])
				dx := ne + 2*int(here[x+1]) + se - nw - 2*int(here[x-1]) - sw
				dy := sw + 2*int(below[x]) + se - nw - 2*int(above[x]) - ne
				c += dx*dx - dy*dy
				s += 2 * dx * dy
				e += dx*dx + dy*dy
			}
			at := (y/cell)*cos.cols + i
			cos.v[at] += float64(c)
			sin.v[at] += float64(s)
			energy.v[at] += float64(e)
		}
	}
	return cos, sin, energy
}

// relax lets each cell settle between what was seen in it, which counts by its
// weight and as a unit vector, and its neighbours.
func (f flow) relax(w *workspace, p picture, weight cells) {
	seenCos, seenSin := newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	for i, k := range weight.v {
		if k > 0 {
			length := math.Sqrt(k)
			seenCos.v[i], seenSin.v[i] = k*f.cos.v[i]/length, k*f.sin.v[i]/length
		}
	}
	nextCos, nextSin := newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	cols, rows := f.cos.cols, f.cos.rows
	for range flowRounds {
		for j := range rows {
			for i := range cols {
				at := j*cols + i
				c, s, n := 0.0, 0.0, 0.0
				for _, o := range neighbours(i, j, cols, rows) {
					if o >= 0 {
						c += f.cos.v[o]
						s += f.sin.v[o]
						n++
					}
				}
				total := 1 / (weight.v[at] + stiffness*n)
				nextCos.v[at] = (seenCos.v[at] + stiffness*c) * total
				nextSin.v[at] = (seenSin.v[at] + stiffness*s) * total
			}
		}
		copy(f.cos.v, nextCos.v)
		copy(f.sin.v, nextSin.v)
	}
}

// neighbours returns the places of the cells to the left and right, above and below;
// -1 where there is none.
func neighbours(i, j, cols, rows int) [4]int {
	at := j*cols + i
	n := [4]int{-1, -1, -1, -1}
	if i > 0 {
		n[0] = at - 1
	}
	if i < cols-1 {
		n[1] = at + 1
	}
	if j > 0 {
		n[2] = at - cols
	}
	if j < rows-1 {
		n[3] = at + cols
	}
	return n
}

// along returns the angle at which ridges run at a pixel, 0 to π.
func (f flow) along(x, y int) float64 {
	a := math.Atan2(f.sin.between(x, y), f.cos.between(x, y)) / 2
	if a < 0 {
		a += math.Pi
	}
	return a
}
