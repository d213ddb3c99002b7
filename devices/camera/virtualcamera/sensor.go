package virtualcamera

import "math/rand/v2"

// blur is a separable Gaussian of seven taps over the luminance: columns first, into 16 bits, then rows.
//
//go:norace
func (r *Renderer) blur() {
	w, h := r.light.Width, r.light.Height
	k0, k1, k2, k3 := r.kernel[0], r.kernel[1], r.kernel[2], r.kernel[3]
	row := func(y int) []uint8 { y = max(0, min(h-1, y)); return r.sharp[y*w : (y+1)*w] }
	for y := range h {
		m := row(y)
		a1, b1, a2, b2, a3, b3 := row(y - 1)[:len(m)], row(y + 1)[:len(m)], row(y - 2)[:len(m)], row(y + 2)[:len(m)], row(y - 3)[:len(m)], row(y + 3)[:len(m)]
		out := r.rows[y*w : (y+1)*w][:len(m)]
		for x := range m {
			out[x] = uint16(k0*uint32(m[x]) + k1*(uint32(a1[x])+uint32(b1[x])) + k2*(uint32(a2[x])+uint32(b2[x])) + k3*(uint32(a3[x])+uint32(b3[x])))
		}
	}
	for y := range h {
		in := r.rows[y*w : (y+1)*w]
		out := r.frame.Y[y*r.frame.YStride : y*r.frame.YStride+w]
		for x := range out {
			var sum uint32
			if x >= 3 && x < w-3 {
				p := in[x-3 : x+4 : x+4]
				sum = k0*uint32(p[3]) + k1*(uint32(p[2])+uint32(p[4])) + k2*(uint32(p[1])+uint32(p[5])) + k3*(uint32(p[0])+uint32(p[6]))
			} else {
				at := func(i int) uint32 { return uint32(in[max(0, min(w-1, i))]) }
				sum = k0*at(x) + k1*(at(x-1)+at(x+1)) + k2*(at(x-2)+at(x+2)) + k3*(at(x-3)+at(x+3))
			}
			out[x] = uint8((sum + 1<<15) >> 16)
		}
	}
}

// addNoise adds the sensor's noise to frame n: a stretch of the drawn noise for each row, from a place that
// depends on the frame and the row.
//
//go:norace
func (r *Renderer) addNoise(n uint64) {
	w, h := r.light.Width, r.light.Height
	place := rand.New(rand.NewPCG(r.light.Seed^0x6e6f697365, n))
	for y := range h {
		out := r.frame.Y[y*r.frame.YStride : y*r.frame.YStride+w]
		at := place.IntN(len(r.noise) - w)
		noise := r.noise[at : at+w][:len(out)]
		for x, v := range out {
			s := int(v) + int(noise[x])
			if uint(s) > 255 {
				s = ^(s >> 63) & 255 // below 0 to 0, above 255 to 255
			}
			out[x] = uint8(s)
		}
	}
}
