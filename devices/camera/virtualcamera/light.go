package virtualcamera

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Light says what a camera makes of a screen. The zero value of a field means "none" except where stated; begin
// with Moderate.
type Light struct {
	// Width and Height are the frame's pixels, 64 to 4096; zero means 1280×720.
	Width, Height int
	// MinModule and MaxModule bound the size of a code's modules in the frame, in pixels; each frame draws one
	// in between. A symbol that would not fit is made smaller until it does. Zero means 4 and 6.
	MinModule, MaxModule float64
	// Roll is how far the camera may be turned about its own axis, Tilt how far the screen may lean away from
	// it in either direction, both in degrees (0 to 45): each frame draws angles from −x to +x.
	Roll, Tilt float64
	// Blur is the σ of a Gaussian, in the frame's pixels, 0 to 3.
	Blur float64
	// Noise is the σ of Gaussian noise on the luminance, in steps of 255, 0 to 32.
	Noise float64
	// Quality is that of the JPEG, 1 to 100; zero means 80.
	Quality int
	// Sway is over how many frames the pose drifts from one drawn at random to the next: 1 (or zero) gives each
	// frame a pose of its own, 30 looks like a hand.
	Sway int
	// Seed chooses the sequence of frames.
	Seed uint64
}

// Moderate is a phone held to a camera in a lit shop: 4 to 6 pixels a module, roll ±10°, tilt ±10°, blur σ 0.8
// pixels, noise σ 4 of 255, JPEG quality 80, at 1280×720.
func Moderate(seed uint64) Light {
	return Light{Width: 1280, Height: 720, MinModule: 4, MaxModule: 6, Roll: 10, Tilt: 10, Blur: 0.8, Noise: 4, Quality: 80, Seed: seed}
}

// filled returns l with its defaults filled in, or says which field is out of range.
func (l Light) filled() (Light, error) {
	if l.Width == 0 && l.Height == 0 {
		l.Width, l.Height = 1280, 720
	}
	if l.MinModule == 0 && l.MaxModule == 0 {
		l.MinModule, l.MaxModule = 4, 6
	}
	if l.Quality == 0 {
		l.Quality = 80
	}
	l.Sway = max(l.Sway, 1)
	in := func(v, lo, hi float64) bool { return v >= lo && v <= hi }
	switch {
	case !in(float64(l.Width), 64, 4096) || !in(float64(l.Height), 64, 4096):
		return l, fmt.Errorf("light: a frame of %d×%d: each side is 64 to 4096", l.Width, l.Height)
	case !in(l.MinModule, 0.5, l.MaxModule) || !in(l.MaxModule, l.MinModule, 64):
		return l, fmt.Errorf("light: modules of %g to %g pixels: 0.5 to 64, the smaller first", l.MinModule, l.MaxModule)
	case !in(l.Roll, 0, 45) || !in(l.Tilt, 0, 45):
		return l, fmt.Errorf("light: roll %g°, tilt %g°: 0 to 45", l.Roll, l.Tilt)
	case !in(l.Blur, 0, 3) || !in(l.Noise, 0, 32):
		return l, fmt.Errorf("light: blur %g, noise %g: 0 to 3 and 0 to 32", l.Blur, l.Noise)
	case !in(float64(l.Quality), 1, 100):
		return l, fmt.Errorf("light: JPEG quality %d: 1 to 100", l.Quality)
	}
	return l, nil
}

// pose is where the camera stands for one frame.
type pose struct {
	module     float64 // pixels a module
	roll       float64 // radians
	tiltX      float64 // radians, about the horizontal axis
	tiltY      float64 // radians, about the vertical axis
	offX, offY float64 // −1 to 1, how far from the middle, of the room that is left
}

// pose of frame n: between two drawn ones, eased, so that a swaying hand comes to rest at each.
func (l Light) pose(n uint64) pose {
	every := uint64(l.Sway)
	a := l.drawn(n / every)
	if every == 1 {
		return a
	}
	b := l.drawn(n/every + 1)
	t := (1 - math.Cos(math.Pi*float64(n%every)/float64(every))) / 2
	mix := func(x, y float64) float64 { return x + (y-x)*t }
	return pose{mix(a.module, b.module), mix(a.roll, b.roll), mix(a.tiltX, b.tiltX), mix(a.tiltY, b.tiltY), mix(a.offX, b.offX), mix(a.offY, b.offY)}
}

func (l Light) drawn(key uint64) pose {
	r := rand.New(rand.NewPCG(l.Seed, key))
	both := func(x float64) float64 { return (2*r.Float64() - 1) * x }
	tilt, towards := both(l.Tilt)*math.Pi/180, r.Float64()*math.Pi
	return pose{
		module: l.MinModule + r.Float64()*(l.MaxModule-l.MinModule),
		roll:   both(l.Roll) * math.Pi / 180,
		tiltX:  tilt * math.Cos(towards), tiltY: tilt * math.Sin(towards),
		offX: both(1), offY: both(1),
	}
}

// projection maps the frame's pixels to the screen's: (x, y) = (a·u+b·v+c, d·u+e·v+f) / (g·u+h·v+1·i).
type projection [9]float64

// project gives the projection for a camera that has the screen's point (cx, cy) at the frame's (fx, fy), scale
// frame pixels for a screen pixel there. The lens is 60° wide, as a webcam's.
func project(p pose, scale, cx, cy, fx, fy float64, width int) projection {
	focal := float64(width) / (2 * math.Tan(math.Pi/6))
	sinR, cosR := math.Sincos(p.roll)
	sinX, cosX := math.Sincos(p.tiltX)
	sinY, cosY := math.Sincos(p.tiltY)
	// Screen axes as the camera sees them: rotated by tilt about x, then y, then by the roll.
	ux, uy, uz := cosY, 0.0, -sinY
	vx, vy, vz := sinX*sinY, cosX, sinX*cosY
	ux, uy = ux*cosR-uy*sinR, ux*sinR+uy*cosR
	vx, vy = vx*cosR-vy*sinR, vx*sinR+vy*cosR
	// A screen point at (s, t) from (cx, cy), in frame pixels, is at depth focal + s·uz + t·vz.
	k := scale
	forward := projection{
		k * (focal*ux + fx*uz), k * (focal*vx + fx*vz), fx * focal,
		k * (focal*uy + fy*uz), k * (focal*vy + fy*vz), fy * focal,
		k * uz, k * vz, focal,
	}
	inverse := forward.inverted()
	// Shift from (s, t) to the screen's own coordinates.
	for i := range 3 {
		inverse[i] += cx * inverse[6+i]
		inverse[3+i] += cy * inverse[6+i]
	}
	return inverse
}

// at maps one point.
func (m projection) at(u, v float64) (x, y float64) {
	w := m[6]*u + m[7]*v + m[8]
	return (m[0]*u + m[1]*v + m[2]) / w, (m[3]*u + m[4]*v + m[5]) / w
}

func (m projection) inverted() projection {
	a, b, c, d, e, f, g, h, i := m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
	det := a*(e*i-f*h) - b*(d*i-f*g) + c*(d*h-e*g)
	r := projection{
		e*i - f*h, c*h - b*i, b*f - c*e,
		f*g - d*i, a*i - c*g, c*d - a*f,
		d*h - e*g, b*g - a*h, a*e - b*d,
	}
	for j := range r {
		r[j] /= det
	}
	return r
}
