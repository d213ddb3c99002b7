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

// nearest returns the number of the filters nearest to a period.
func (b *bank) nearest(t float64) uint8 {
	n := int(math.Round((math.Log(t) - b.logarithm) / b.ratio))
	return uint8(max(0, min(filters-1, n)))
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
// pixel, at most reach away from it: at every pixel of the axis that it is nearer
// to, each shared by the two pixels that it falls between.
func newLine(dx, dy, reach float64, f func(float64) float64) []sample {
	reach = min(reach, farthest)
	var line []sample
	steep := math.Abs(dy) > math.Abs(dx)
	if steep {
		dx, dy = dy, dx
	}
	last := int(reach * math.Abs(dx))
	for x := -last; x <= last; x++ {
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
	pairs := w.int64s(len(p.v))
	b := standardBank()
	directions := f.directions(w, seen)
	numbers := w.bytes(len(seen))
	for i, t := range period.v {
		numbers[i] = b.nearest(t)
	}
	p.pairs(pairs)
	smooth.filter(pairs, directions, numbers, seen, func(n, o uint8) []tap { return b.v[n][o].along })
	smooth.pairs(pairs)
	out.filter(pairs, directions, numbers, seen, func(n, o uint8) []tap { return b.v[n][o].across })
	return out
}

// quarter is the side in pixels of the squares that are filtered in one direction.
const quarter = cell / 2

// directions returns, for each quarter of a cell, the number of the filters'
// orientation that is nearest to the flow.
func (f flow) directions(w *workspace, seen []uint8) []uint8 {
	stride := 2 * f.cos.cols
	v := w.bytes(stride * 2 * f.cos.rows)
	for at := range v {
		i, j := at%stride, at/stride
		if seen[j/2*f.cos.cols+i/2] != 0 {
			v[at] = uint8(int(math.Round(f.along(i*quarter+quarter/2, j*quarter+quarter/2)*orientations/math.Pi)) % orientations)
		}
	}
	return v
}

// pairs puts each pixel and the one below it into one number, which is as good as
// both: a sum of products is two sums then, 32 bits apart, as long as neither
// outgrows its half.
func (p picture) pairs(to []int64) {
	below := p.v[p.stride:]
	for i, v := range below {
		to[i] = int64(p.v[i]) + int64(v)<<32
	}
}

// split takes a sum of pairs apart, and off the filter's binary places.
func split(sum int64) (upper, lower int32) {
	u := int32(sum)
	return u >> shift, int32((sum-int64(u))>>32) >> shift
}

// filter fills p with a picture of pairs, filtered by the taps for each cell's number
// of a period and each quarter's of a direction, where seen is not 0; two by two
// pixels at a time.
func (p picture) filter(pairs []int64, directions, numbers, seen []uint8, taps func(number, direction uint8) []tap) {
	var offsets [4 * margin]struct {
		at     int
		weight int64
	}
	cols := (p.width + cell - 1) / cell
	for q, o := range directions {
		i, j := q%(2*cols), q/(2*cols)
		at := j/2*cols + i/2
		if seen[at] == 0 {
			continue
		}
		line := taps(numbers[at], o)
		for k, t := range line {
			offsets[k].at, offsets[k].weight = int(t.dy)*p.stride+int(t.dx), int64(t.weight)
		}
		for y := j * quarter; y < min((j+1)*quarter, p.height); y += 2 {
			for x := i * quarter; x < min((i+1)*quarter, p.width); x += 2 {
				at := p.at(x, y)
				var left, right int64
				for _, t := range offsets[:len(line)] {
					two := pairs[at+t.at:][:2]
					left += t.weight * two[0]
					right += t.weight * two[1]
				}
				p.put(at, x, y, left, right)
			}
		}
	}
}

// put stores two sums of pairs, but for what lies beyond the picture's edge.
func (p picture) put(at, x, y int, left, right int64) {
	a, c := split(left)
	b, d := split(right)
	p.v[at] = a
	if x+1 < p.width {
		p.v[at+1] = b
	}
	if y+1 < p.height {
		p.v[at+p.stride] = c
		if x+1 < p.width {
			p.v[at+p.stride+1] = d
		}
	}
}
