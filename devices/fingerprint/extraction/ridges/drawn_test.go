package ridges

import (
	"image"
	"math"
)

// draw returns a picture, dark where f is 1 and light where it is -1.
func draw(width, height int, f func(x, y float64) float64) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			g.Pix[y*g.Stride+x] = uint8(math.Round(128 - 100*f(float64(x), float64(y))))
		}
	}
	return g
}

// straight are ridges that run at an angle (clockwise in the picture, whose y goes
// down) with a period.
func straight(angle, period float64) func(x, y float64) float64 {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) float64 { return math.Cos(2 * math.Pi * (y*cos - x*sin) / period) }
}

// dislocated are straight ridges, one more of them on one side of (cx, cy) than on
// the other: the phase turns once round that point. There a ridge ends, or, with
// sign -1, forks; it runs on, or the valley within the fork does, at the angle.
func dislocated(cx, cy, angle, period, sign float64) func(x, y float64) float64 {
	sin, cos := math.Sincos(angle)
	return func(x, y float64) float64 {
		x, y = x-cx, y-cy
		along, across := x*cos+y*sin, y*cos-x*sin
		return sign * math.Cos(2*math.Pi*across/period+math.Atan2(across, along))
	}
}

// noise adds what a cheap sensor does, the same each time.
func noise(g *image.Gray, levels int) {
	state := uint32(1)
	for i, v := range g.Pix {
		state = state*1664525 + 1013904223
		n := int(state>>16)%(2*levels+1) - levels
		g.Pix[i] = uint8(max(0, min(255, int(v)+n)))
	}
}

// apart is the angle between two directions of a line, 0 to π/2.
func apart(a, b float64) float64 { return math.Abs(math.Remainder(a-b, math.Pi)) }
