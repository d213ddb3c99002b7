package virtualcamera

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// surroundings is the luminance of what lies around the screen: a dim shop.
const surroundings = 60

// Renderer makes frames of one screen under one Light. It keeps its working memory from frame to frame and is
// not for concurrent use.
type Renderer struct {
	light  Light
	screen screen
	sharp  []uint8 // before the blur
	rows   []uint16
	noise  []int8
	frame  *image.YCbCr
	kernel [4]uint32 // half of the blur's, of 256 in all; [0] is the middle
	jpeg   bytes.Buffer
}

// NewRenderer prepares for a light, or says what is wrong with it. It shows a dark screen until Look.
func NewRenderer(light Light) (*Renderer, error) {
	light, err := light.filled()
	if err != nil {
		return nil, err
	}
	r := &Renderer{
		light: light,
		sharp: make([]uint8, light.Width*light.Height),
		rows:  make([]uint16, light.Width*light.Height),
		noise: make([]int8, 1<<17),
		frame: image.NewYCbCr(image.Rect(0, 0, light.Width, light.Height), image.YCbCrSubsampleRatio420),
	}
	draw := rand.New(rand.NewPCG(light.Seed, 1<<63))
	for i := range r.noise {
		r.noise[i] = int8(max(-127, min(127, math.Round(draw.NormFloat64()*light.Noise))))
	}
	if light.Blur > 0 {
		var half [4]float64
		sum := 0.0
		for i := range half {
			half[i] = math.Exp(-float64(i*i) / (2 * light.Blur * light.Blur))
			sum += half[i] * float64(min(2, i+1))
		}
		rest := uint32(256)
		for i := 3; i > 0; i-- {
			r.kernel[i] = uint32(math.Round(256 * half[i] / sum))
			rest -= 2 * r.kernel[i]
		}
		r.kernel[0] = rest
	}
	r.screen.load(image.NewRGBA(image.Rect(0, 0, 16, 16)))
	return r, nil
}

// Look turns the camera to a screen: the true pixels of a window. They are copied; *image.RGBA is fast.
func (r *Renderer) Look(screen image.Image) {
	if screen == nil || screen.Bounds().Empty() {
		screen = image.NewRGBA(image.Rect(0, 0, 16, 16))
	}
	r.screen.load(screen)
}

// Frame gives frame n of the light's sequence. It is valid until the next call.
func (r *Renderer) Frame(n uint64) *image.YCbCr {
	f, s := r.frame, &r.screen
	m := r.aim(r.light.pose(n))
	y := f.Y
	if r.kernel[0] != 0 {
		y = r.sharp
	}
	warp(y, r.light.Width, r.light.Height, s.y, s.w, s.h, m, surroundings)
	half := m // from the half-size frame to the half-size screen
	for i := range half {
		switch i {
		case 2, 5:
			half[i] /= 2
		case 6, 7:
			half[i] *= 2
		}
	}
	cw, ch := (r.light.Width+1)/2, (r.light.Height+1)/2
	warp(f.Cb, cw, ch, s.cb, s.cw, s.ch, half, 128)
	warp(f.Cr, cw, ch, s.cr, s.cw, s.ch, half, 128)
	if r.kernel[0] != 0 {
		r.blur()
	}
	if r.light.Noise > 0 {
		r.addNoise(n)
	}
	return f
}

// JPEG gives frame n as a JPEG file. It is valid until the next call.
func (r *Renderer) JPEG(n uint64) []byte {
	r.jpeg.Reset()
	if err := jpeg.Encode(&r.jpeg, r.Frame(n), &jpeg.Options{Quality: r.light.Quality}); err != nil {
		panic("virtualcamera: JPEG to memory: " + err.Error()) // a frame in range into a bytes.Buffer cannot fail
	}
	return r.jpeg.Bytes()
}

// aim puts the code (or the whole screen, when it shows none) before the camera, no larger than fits the frame.
func (r *Renderer) aim(p pose) projection {
	s := &r.screen
	fw, fh := float64(r.light.Width), float64(r.light.Height)
	cx, cy, w, h := float64(s.w)/2, float64(s.h)/2, float64(s.w), float64(s.h)
	scale := math.Min(fw/w, fh/h)
	if s.found {
		cx, cy = s.code.x+s.code.side/2, s.code.y+s.code.side/2
		w = s.code.side + 4*s.code.module // some of the quiet zone must be in view
		h = w
		scale = p.module / s.code.module
	}
	roomX, roomY := 0.0, 0.0
	for range 2 { // the second time with the scale that fits, for the room
		var right, bottom float64
		forward := project(p, scale, cx, cy, 0, 0, r.light.Width).inverted()
		for _, c := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
			u, v := forward.at(cx+c[0]*w/2, cy+c[1]*h/2)
			right, bottom = math.Max(right, math.Abs(u)), math.Max(bottom, math.Abs(v))
		}
		roomX, roomY = fw/2-right, fh/2-bottom
		if over := math.Max(right/(fw/2), bottom/(fh/2)); over > 1 {
			scale /= over * 1.001
		}
	}
	wander := func(room, off float64) float64 { return math.Max(0, math.Min(room, 40)) * off }
	return project(p, scale, cx, cy, fw/2+wander(roomX, p.offX), fh/2+wander(roomY, p.offY), r.light.Width)
}

// warp samples src through m with bilinear interpolation in 1/16 pixels.
//
// The race detector would make the loops over pixels thirty times slower, too slow for a camera; they touch only what
// the Renderer owns, and what calls them is watched.
//
//go:norace
func warp(dst []uint8, dw, dh int, src []uint8, sw, sh int, m projection, outside uint8) {
	const one = 16
	for v := range dh {
		line := dst[v*dw : (v+1)*dw]
		vy := float64(v) + 0.5
		nx, ny, d := m[1]*vy+m[2]+m[0]*0.5, m[4]*vy+m[5]+m[3]*0.5, m[7]*vy+m[8]+m[6]*0.5
		for u := range line {
			inv := one / d
			x, y := int(nx*inv)-one/2, int(ny*inv)-one/2
			nx, ny, d = nx+m[0], ny+m[3], d+m[6]
			x0, y0 := x>>4, y>>4
			if x0 < 0 || y0 < 0 || x0 >= sw-1 || y0 >= sh-1 {
				line[u] = outside
				continue
			}
			fx, fy := x&15, y&15
			at := y0*sw + x0
			top, low := src[at:at+2:at+2], src[at+sw:at+sw+2:at+sw+2]
			a := int(top[0])*(one-fx) + int(top[1])*fx
			b := int(low[0])*(one-fx) + int(low[1])*fx
			line[u] = uint8((a*(one-fy) + b*fy + 128) >> 8)
		}
	}
}
