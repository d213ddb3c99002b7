package virtualsensor

import (
	"image"
	"math"
	"math/rand/v2"
)

// How differently a finger is laid down each time: turned by up to turnMost
// (radians), moved by up to moveMost and stretched by up to stretchMost pixels
// of 500 dpi, the latter in waves as long as the sensor's window.
const (
	turnMost    = 8 * math.Pi / 180
	moveMost    = 14.0
	stretchMost = 4.0
	waveLength  = 190.0
)

// Laid is what a finger leaves on the glass when it is laid down once more. Nobody lays
// one down twice alike, and whoever compares fingers takes a print that comes twice for a copy.
func Laid(finger *image.Gray, draw *rand.Rand) *image.Gray { return newPress(draw).laid(finger) }

// press is one way of laying a finger down.
type press struct {
	sin, cos     float64
	moveX, moveY float64
	waves        [4]wave
}

// wave is a stretch of the skin: along x or y, along which direction it swells.
type wave struct{ size, kx, ky, phase float64 }

func newPress(draw *rand.Rand) press {
	either := func(most float64) float64 { return (2*draw.Float64() - 1) * most }
	p := press{moveX: either(moveMost), moveY: either(moveMost)}
	p.sin, p.cos = math.Sincos(either(turnMost))
	for i := range p.waves {
		k := 2 * math.Pi / (waveLength * (0.8 + 0.6*draw.Float64()))
		sin, cos := math.Sincos(2 * math.Pi * draw.Float64())
		p.waves[i] = wave{stretchMost * (0.5 + draw.Float64()/2) / 2, k * cos, k * sin, 2 * math.Pi * draw.Float64()}
	}
	return p
}

// from is where a point of the glass, relative to its middle, lies on the finger.
func (p press) from(x, y float64) (float64, float64) {
	var sx, sy float64
	for i, w := range p.waves {
		s := w.size * math.Sin(w.kx*x+w.ky*y+w.phase)
		if i%2 == 0 {
			sx += s
		} else {
			sy += s
		}
	}
	return p.cos*x - p.sin*y + p.moveX + sx, p.sin*x + p.cos*y + p.moveY + sy
}

// bare is the grey of glass on which nothing lies.
const bare = 0xf0

// laid is what a finger leaves on the glass when it is laid down in this way.
func (p press) laid(finger *image.Gray) *image.Gray {
	size := finger.Rect.Size()
	out := image.NewGray(image.Rectangle{Max: size})
	mx, my := float64(size.X)/2, float64(size.Y)/2
	for v := range size.Y {
		for u := range size.X {
			x, y := p.from(float64(u)-mx, float64(v)-my)
			out.Pix[v*out.Stride+u] = sample(finger, x+mx, y+my)
		}
	}
	return out
}

// sample is the grey of a picture between its pixels.
func sample(g *image.Gray, x, y float64) uint8 {
	x0, y0 := math.Floor(x), math.Floor(y)
	i, j := int(x0), int(y0)
	if i < 0 || j < 0 || i+1 >= g.Rect.Dx() || j+1 >= g.Rect.Dy() {
		return bare
	}
	fx, fy := x-x0, y-y0
	at := j*g.Stride + i
	top := float64(g.Pix[at])*(1-fx) + float64(g.Pix[at+1])*fx
	low := float64(g.Pix[at+g.Stride])*(1-fx) + float64(g.Pix[at+g.Stride+1])*fx
	return uint8(top*(1-fy) + low*fy + 0.5)
}
