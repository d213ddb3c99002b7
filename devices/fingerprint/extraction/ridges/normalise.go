package ridges

import (
	"image"
	"math"
)

const (
	// surroundings is how far from a pixel its surroundings reach: three to
	// four ridges, so that they hold as much ridge as valley.
	surroundings = 16
	// leastDeviation bounds how far faint texture is amplified, in levels of grey.
	leastDeviation = 8.0
	// mostContrast bounds what scars, dirt and the finger's edge weigh.
	mostContrast = 3 * unit
)

// normalise returns g with ridges (dark) positive, and with the mean and the
// standard deviation of each pixel's surroundings taken out; and the deviation in
// levels of grey at the middle of each cell.
func normalise(w *workspace, g *image.Gray) (picture, cells) {
	width, height := g.Rect.Dx(), g.Rect.Dy()
	p, deviation := newPicture(w, width, height), newCells(w, width, height)
	// Sums over all that lies above and to the left. They may run over: a
	// difference over the surroundings is right modulo 2³².
	stride := width + 1
	sums, squares := w.int32s(stride*(height+1)), w.int32s(stride*(height+1))
	for y := range height {
		row := g.Pix[y*g.Stride:][:width]
		var sum, square int32
		for x, v := range row {
			sum += int32(v)
			square += int32(v) * int32(v)
			sums[(y+1)*stride+x+1] = sums[y*stride+x+1] + sum
			squares[(y+1)*stride+x+1] = squares[y*stride+x+1] + square
		}
	}
	for y := range height {
		row, to := g.Pix[y*g.Stride:][:width], p.v[p.at(0, y):][:width]
		top, bottom := max(y-surroundings, 0)*stride, min(y+surroundings+1, height)*stride
		lines := float64(bottom-top) / float64(stride)
		for x, v := range row {
			left, right := max(x-surroundings, 0), min(x+surroundings+1, width)
			over := 1 / (lines * float64(right-left))
			mean := over * float64(sums[bottom+right]-sums[bottom+left]-sums[top+right]+sums[top+left])
			square := over * float64(uint32(squares[bottom+right]-squares[bottom+left]-squares[top+right]+squares[top+left]))
			d := math.Sqrt(max(0, square-mean*mean))
			if x&(cell-1) <= cell/2 && y&(cell-1) <= cell/2 { // the last one stays
				deviation.v[(y/cell)*deviation.cols+x/cell] = d
			}
			contrast := (mean - float64(v)) * unit / max(d, leastDeviation)
			to[x] = int32(max(-mostContrast, min(mostContrast, contrast)))
		}
	}
	return p, deviation
}
