package ridges

import (
	"math"
	"sync"
)

const (
	orientations = 32 // of filters, over a half turn
	filters      = 13 // of periods at each, in equal ratios
	leastFilter  = 4.5
	mostFilter   = 14.0
	// Filter sizes, as shares of the period: the standard deviations of the
	// envelope across the ridges and along them.
	across = 0.42
	length = 0.50
	// farthest is how far a filter reaches from its middle, in pixels, at most, and
	// sigmas in standard deviations.
	farthest = margin - 1
	sigmas   = 2.2
	// shift is the binary places of a filter's weights.
	shift = 14
)

// tap is one weight of a filter, and the pixel that it is for: dx to the right, dy
// down.
type tap struct {
	dx, dy int8
	weight int32
}

// gabor is an even Gabor filter in two steps: a mean along the ridges, then a wave
// across them. That takes tens of weights where a square would take hundreds, and
// since each pixel of the first step follows its own direction, the filter bends
// with the ridges.
type gabor struct{ along, across []tap }

// bank is the filters by period and orientation. It is never changed.
type bank struct {
	logarithm float64 // of the first period
	ratio     float64 // between periods, as a logarithm
	v         [filters][orientations]gabor
}

var standardBank = sync.OnceValue(func() *bank {
	b := &bank{logarithm: math.Log(leastFilter), ratio: math.Log(mostFilter/leastFilter) / (filters - 1)}
	for n := range filters {
		t := math.Exp(b.logarithm + float64(n)*b.ratio)
		for o := range orientations {
			b.v[n][o] = newGabor(t, float64(o)*math.Pi/orientations)
		}
	}
	return b
})

// nearest returns the filter of a period.
func (b *bank) nearest(t float64) *[orientations]gabor {
	n := int(math.Round((math.Log(t) - b.logarithm) / b.ratio))
	return &b.v[max(0, min(filters-1, n))]
}

func newGabor(t, angle float64) gabor {
	bell := func(sigma float64) func(float64) float64 {
		return func(u float64) float64 { return math.Exp(-u * u / (2 * sigma * sigma)) }
	}
	sin, cos := math.Sincos(angle)
	alongRidge := newLine(cos, sin, sigmas*length*t, bell(length*t))
	envelope := bell(across * t)
	wave := func(u float64) float64 { return envelope(u) * math.Cos(2*math.Pi*u/t) }
	// The wave must not answer to what is the same everywhere, and must answer to
	// itself with its own height.
	reach := sigmas * across * t
	var waves, envelopes float64
	for _, s := range newLine(-sin, cos, reach, wave) {
		waves += s.weight
	}
	for _, s := range newLine(-sin, cos, reach, envelope) {
		envelopes += s.weight
	}
	level := waves / envelopes
	acrossRidge := newLine(-sin, cos, reach, func(u float64) float64 { return wave(u) - level*envelope(u) })
	var mean, gain float64
	for _, s := range alongRidge {
		mean += s.weight
	}
	for _, s := range acrossRidge {
		gain += s.weight * math.Cos(2*math.Pi*(float64(s.dy)*cos-float64(s.dx)*sin)/t)
	}
	return gabor{fixed(alongRidge, mean), fixed(acrossRidge, gain)}
}

// sample is a tap before its weight is put in fixed point.
type sample struct {
	dx, dy int8
	weight float64
}

// newLine returns the samples of a function on a line through the middle of a
// pixel, at most reach away from it: one step of the line's steeper axis after the
// other, each shared by the two pixels that it falls between.
func newLine(dx, dy, reach float64, f func(float64) float64) []sample {
	reach = min(reach, farthest)
	var line []sample
	steep := math.Abs(dy) > math.Abs(dx)
	if steep {
		dx, dy = dy, dx
	}
	for x := -int(reach * math.Abs(dx)); x <= int(reach*math.Abs(dx)); x++ {
		y := float64(x) * dy / dx
		weight := f(float64(x) / dx)
		below := math.Floor(y)
		for i, share := range [2]float64{1 - (y - below), y - below} {
			if share < 1e-9 {
				continue
			}
			s := sample{int8(x), int8(int(below) + i), share * weight}
			if steep {
				s.dx, s.dy = s.dy, s.dx
			}
			line = append(line, s)
		}
	}
	return line
}

func fixed(line []sample, one float64) []tap {
	taps := make([]tap, len(line))
	for i, s := range line {
		taps[i] = tap{s.dx, s.dy, int32(math.Round(s.weight / one * (1 << shift)))}
	}
	return taps
}

// enhance filters p along the flow at the ridges' period, where seen is not 0.
func enhance(w *workspace, p picture, f flow, period cells, seen []uint8) picture {
	smooth, out := newPicture(w, p.width, p.height), newPicture(w, p.width, p.height)
	b := standardBank()
	directions := f.directions(w, p, seen)
	p.filter(smooth, b, directions, period, seen, func(g *gabor) []tap { return g.along })
	smooth.filter(out, b, directions, period, seen, func(g *gabor) []tap { return g.across })
	return out
}

// directions returns, for each two by two pixels, the number of the filters'
// orientation that is nearest to the flow.
func (f flow) directions(w *workspace, p picture, seen []uint8) []uint8 {
	stride := f.cos.cols * (cell / 2)
	v := w.bytes(stride * f.cos.rows * (cell / 2))
	for at := range v {
		x, y := at%stride*2, at/stride*2
		if seen[y/cell*f.cos.cols+x/cell] != 0 {
			v[at] = uint8(int(math.Round(f.along(x+1, y+1)*orientations/math.Pi)) % orientations)
		}
	}
	return v
}

// filter filters p into out with one of the steps of filters, two by two pixels at
// a time. Those beyond the picture's edge are left out.
func (p picture) filter(out picture, b *bank, directions []uint8, period cells, seen []uint8, step func(*gabor) []tap) {
	var offsets [4 * margin]struct{ at, weight int }
	stride := period.cols * (cell / 2)
	for j := range period.rows {
		for i := range period.cols {
			if seen[j*period.cols+i] == 0 {
				continue
			}
			row := b.nearest(period.v[j*period.cols+i])
			last := -1
			n := 0
			for y := j * cell; y < min((j+1)*cell, p.height); y += 2 {
				for x := i * cell; x < min((i+1)*cell, p.width); x += 2 {
					if o := int(directions[y/2*stride+x/2]); o != last {
						last = o
						taps := step(&row[o])
						n = len(taps)
						for k, t := range taps {
							offsets[k].at, offsets[k].weight = int(t.dy)*p.stride+int(t.dx), int(t.weight)
						}
					}
					at := p.at(x, y)
					var upperLeft, upperRight, lowerLeft, lowerRight int
					for _, t := range offsets[:n] {
						from := at + t.at
						upper, lower := p.v[from:from+2], p.v[from+p.stride:from+p.stride+2]
						upperLeft += t.weight * int(upper[0])
						upperRight += t.weight * int(upper[1])
						lowerLeft += t.weight * int(lower[0])
						lowerRight += t.weight * int(lower[1])
					}
					out.v[at] = int32(upperLeft >> shift)
					if x+1 < p.width {
						out.v[at+1] = int32(upperRight >> shift)
					}
					if y+1 < p.height {
						out.v[at+p.stride] = int32(lowerLeft >> shift)
						if x+1 < p.width {
							out.v[at+p.stride+1] = int32(lowerRight >> shift)
						}
					}
				}
			}
		}
	}
}
