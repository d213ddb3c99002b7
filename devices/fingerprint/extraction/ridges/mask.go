package ridges

import (
	"image"
	"math"
	"slices"
)

const (
	// clearest is the rank, among the cells by their activity, of the one that is
	// taken for a clear print's; a cell with less than faint of that shows none.
	clearest = 0.8
	faint    = 0.2
	// leastActivity is that of the noise of a clean glass.
	leastActivity = 4.0
	// leastFit is the share of a picture's variance that its filtered one must
	// explain in a cell of ridges. Noise has 0.1, a clear print 0.8.
	leastFit = 0.2
)

// textured returns 1 for each cell in which there is something to be seen: where
// grey changes from pixel to pixel (deviation alone reaches out from the finger as
// far as the surroundings do).
func textured(w *workspace, g *image.Gray, deviation, energy cells) []uint8 {
	activity, sorted := w.floats(len(energy.v)), w.floats(len(energy.v))
	for i, e := range energy.v {
		activity[i] = math.Sqrt(e) * max(deviation.v[i], leastDeviation) / (8 * cell * unit) // of a pixel, in levels of grey; Sobel's weighs eight
	}
	copy(sorted, activity)
	slices.Sort(sorted)
	least := max(leastActivity, faint*sorted[int(clearest*float64(len(sorted)-1))])
	seen := w.bytes(len(energy.v))
	for i, a := range activity {
		if a >= least {
			seen[i] = 1
		}
	}
	blank := w.bytes(len(energy.v))
	for j := range energy.rows {
		for i := range energy.cols {
			blank[j*energy.cols+i] = even(g, i*cell, j*cell)
		}
	}
	// A gap in a dry print may hold a blank cell; beyond the glass there are many.
	solid, beside := w.bytes(len(energy.v)), w.bytes(len(energy.v))
	vote(blank, solid, energy.cols, energy.rows, 6)
	vote(solid, beside, energy.cols, energy.rows, 1)
	for i, b := range beside {
		seen[i] &^= b
	}
	return seen
}

// even returns 1 if all pixels of a cell are nearly one grey, as where a picture
// goes on beyond the glass: what is beside that is the glass's edge, and no ridge.
func even(g *image.Gray, x, y int) uint8 {
	const nearly = 2
	least, most := uint8(255), uint8(0)
	for line := y; line < min(y+cell, g.Rect.Dy()); line++ {
		for _, v := range g.Pix[line*g.Stride+x : line*g.Stride+min(x+cell, g.Rect.Dx())] {
			least, most = min(least, v), max(most, v)
		}
	}
	if most-least <= nearly {
		return 1
	}
	return 0
}

// fit returns the correlation in and round each cell of a picture with its
// filtered one: how much of what is seen are ridges.
func fit(w *workspace, p, filtered picture) cells {
	both, ones, others := newCells(w, p.width, p.height), newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	for y := range p.height {
		a, b := p.v[p.at(0, y):][:p.width], filtered.v[p.at(0, y):][:p.width]
		for i := range both.cols {
			var ab, aa, bb int
			for x := i * cell; x < min((i+1)*cell, p.width); x++ {
				ab += int(a[x]) * int(b[x])
				aa += int(a[x]) * int(a[x])
				bb += int(b[x]) * int(b[x])
			}
			at := (y/cell)*both.cols + i
			both.v[at] += float64(ab)
			ones.v[at] += float64(aa)
			others.v[at] += float64(bb)
		}
	}
	other := newCells(w, p.width, p.height)
	for range 2 {
		both.smooth(other)
		ones.smooth(other)
		others.smooth(other)
	}
	for i, ab := range both.v {
		if ab <= 0 {
			both.v[i] = 0
			continue
		}
		both.v[i] = ab * ab / (ones.v[i] * others.v[i])
	}
	return both
}

// finger returns 1 for each cell that shows ridges: those of good fit, in regions
// without small holes and without outliers.
func finger(w *workspace, quality cells, seen []uint8) []uint8 {
	mask := w.bytes(len(seen))
	for i, q := range quality.v {
		if seen[i] != 0 && q >= leastFit {
			mask[i] = 1
		}
	}
	other := w.bytes(len(seen))
	cols, rows := quality.cols, quality.rows
	// Closing, then opening, by a square of three cells.
	vote(mask, other, cols, rows, 1)
	vote(other, mask, cols, rows, 9)
	vote(mask, other, cols, rows, 9)
	vote(other, mask, cols, rows, 1)
	return mask
}

// vote sets in to the cells of which at least n of the nine round them are set in
// from. What lies outside counts as its nearest cell.
func vote(from, to []uint8, cols, rows, n int) {
	for j := range rows {
		for i := range cols {
			votes := 0
			for y := -1; y <= 1; y++ {
				for x := -1; x <= 1; x++ {
					votes += int(from[max(0, min(rows-1, j+y))*cols+max(0, min(cols-1, i+x))])
				}
			}
			to[j*cols+i] = 0
			if votes >= n {
				to[j*cols+i] = 1
			}
		}
	}
}
