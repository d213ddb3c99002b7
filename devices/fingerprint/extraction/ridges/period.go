package ridges

import (
	"math"
	"slices"
	"sync"
)

const (
	// Periods of ridges that are looked for, in pixels of 500 dpi: a child's to a
	// big man's thumb.
	leastPeriod = 4.0
	mostPeriod  = 16.0
	// usualPeriod stands where nothing is to be seen.
	usualPeriod = 9.0

	periods = 25 // that are tried, in equal ratios
	reach   = 24 // pixels that a section across the ridges goes to either side
	breadth = 8  // pixels to either side, along the ridges, over which it is a mean
	// periodStiffness and periodRounds are for the period what stiffness and
	// flowRounds are for the flow. It varies more slowly.
	periodStiffness = 1.0
	periodRounds    = 16
)

// waves holds, for each period that is tried, a wave under a window as long as a
// section. It is never changed.
type waves struct {
	logarithm [periods]float64
	cos, sin  [periods][2*reach + 1]float64
	window    [2*reach + 1]float64
	weight    float64 // of the window
}

var standardWaves = sync.OnceValue(func() *waves {
	t := new(waves)
	for k := range t.window {
		t.window[k] = 0.5 + 0.5*math.Cos(math.Pi*float64(k-reach)/(reach+1))
		t.weight += t.window[k]
	}
	for n := range periods {
		t.logarithm[n] = math.Log(leastPeriod) + float64(n)/(periods-1)*math.Log(mostPeriod/leastPeriod)
		omega := 2 * math.Pi / math.Exp(t.logarithm[n])
		for k := range t.window {
			t.cos[n][k] = t.window[k] * math.Cos(omega*float64(k-reach))
			t.sin[n][k] = t.window[k] * math.Sin(omega*float64(k-reach))
		}
	}
	return t
})

// period measures from ridge to ridge, in pixels, in each cell: by the wave that
// fits a section across the ridges best, relaxed over the cells by how well it
// fits. Cells where seen is 0 only take from their neighbours.
func period(w *workspace, p picture, f flow, seen []uint8) cells {
	result, weight := newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	t := standardWaves()
	sure := w.floats(len(result.v))[:0]
	for j := range result.rows {
		for i := range result.cols {
			at := j*result.cols + i
			if seen[at] == 0 || (i|j)&1 == 1 { // every other cell each way will do
				continue
			}
			s := section(p, i*cell+cell/2, j*cell+cell/2, f)
			logarithm, fit := t.best(&s)
			result.v[at], weight.v[at] = logarithm, fit*fit
			if fit > 0.5 {
				sure = append(sure, logarithm)
			}
		}
	}
	middle := math.Log(usualPeriod)
	if len(sure) > 0 {
		slices.Sort(sure)
		middle = sure[len(sure)/2]
	}
	for i, k := range weight.v {
		if k == 0 {
			result.v[i] = middle
		}
	}
	relaxPeriod(w, p, result, weight)
	for i, l := range result.v {
		result.v[i] = math.Exp(l)
	}
	return result
}

func relaxPeriod(w *workspace, p picture, c, weight cells) {
	seen, next := newCells(w, p.width, p.height), newCells(w, p.width, p.height)
	for i, k := range weight.v {
		seen.v[i] = k * c.v[i]
	}
	for range periodRounds {
		for j := range c.rows {
			for i := range c.cols {
				at := j*c.cols + i
				sum, n := 0.0, 0.0
				for _, o := range neighbours(i, j, c.cols, c.rows) {
					if o >= 0 {
						sum += c.v[o]
						n++
					}
				}
				next.v[at] = (seen.v[at] + periodStiffness*sum) / (weight.v[at] + periodStiffness*n)
			}
		}
		copy(c.v, next.v)
	}
}

// section returns the picture on a line across the ridges, as a mean along them.
func section(p picture, x, y int, f flow) (s [2*reach + 1]float64) {
	sin, cos := math.Sincos(f.along(min(x, p.width-1), min(y, p.height-1)))
	const one = 1 << 16
	dx, dy := int(cos*one), int(sin*one)
	for k := -reach; k <= reach; k++ {
		var sum int32
		for t := -breadth; t <= breadth; t += 2 {
			px := x + (t*dx-k*dy+one/2)>>16
			py := y + (t*dy+k*dx+one/2)>>16
			if px >= 0 && py >= 0 && px < p.width && py < p.height {
				sum += p.v[p.at(px, py)]
			}
		}
		s[k+reach] = float64(sum)
	}
	return s
}

// best returns the logarithm of the period that explains most of a section, and
// how much of it, 0 to 1.
func (t *waves) best(s *[2*reach + 1]float64) (logarithm, fit float64) {
	var energy, sum float64
	for k, v := range s {
		sum += v * t.window[k]
	}
	mean := sum / t.weight
	for k := range s {
		s[k] -= mean
		energy += s[k] * s[k] * t.window[k]
	}
	if energy == 0 {
		return 0, 0
	}
	var power [periods]float64
	best := 0
	for n := range periods {
		var c, q float64
		cos, sin := &t.cos[n], &t.sin[n]
		for k, v := range s {
			c += v * cos[k]
			q += v * sin[k]
		}
		power[n] = (c*c + q*q) * 2 / (t.weight * energy)
		if power[n] > power[best] {
			best = n
		}
	}
	logarithm = t.logarithm[best]
	if best > 0 && best < periods-1 {
		a, b, c := power[best-1], power[best], power[best+1]
		if bend := a - 2*b + c; bend < 0 {
			logarithm += (a - c) / (2 * bend) * (t.logarithm[1] - t.logarithm[0])
		}
	} else {
		return logarithm, 0 // no peak: something larger, or noise
	}
	return logarithm, min(1, power[best])
}
