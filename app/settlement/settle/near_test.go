package settle

import (
	"math"
	"math/rand/v2"
	"testing"

	"countersign/app/settlement/settletest"
	"countersign/protocol/minutiae"
)

// forged is a print turned, shifted, with each point a little off and some left out
// or added.
func forged(r *rand.Rand, ms []minutiae.Minutia, off float64) (out []minutiae.Minutia) {
	turn := r.IntN(9) - 4
	sin, cos := math.Sincos(float64(turn) * 2 * math.Pi / minutiae.AngleSteps)
	dx, dy := r.Float64()*20-10, r.Float64()*20-10
	left := r.IntN(5)
	for n, m := range ms {
		if n < left {
			continue
		}
		x, y := float64(m.X)-75, float64(m.Y)-90
		x, y = 75+x*cos+y*sin+dx+off*(2*r.Float64()-1), 90-x*sin+y*cos+dy+off*(2*r.Float64()-1)
		m.X, m.Y = uint8(max(1, min(254, math.Round(x)))), uint8(max(1, min(254, math.Round(y))))
		m.Angle = uint8((int(m.Angle) + turn + minutiae.AngleSteps) % minutiae.AngleSteps)
		out = append(out, m)
	}
	return out
}

// What is implausibly close is never passed over; captures that are not, mostly are.
func TestNothingClosePassedOver(t *testing.T) {
	t.Parallel()
	h, r := settletest.NewHand(t, 5), rand.New(rand.NewPCG(5, 5))
	decode := func(template []byte) []minutiae.Minutia {
		ms, err := minutiae.Decode(template)
		if err != nil {
			t.Fatal(err)
		}
		return ms
	}
	close, genuine, strangers, looked := 0, 0, 0, 0
	for range 60 {
		finger := h.Finger()
		print := decode(h.Capture(finger))
		for n := range 4 {
			other := decode(h.Template(forged(r, print, float64(n)/2)))
			for _, pair := range [][2][]minutiae.Minutia{{print, other}, {other, print}} {
				if minutiae.ImplausiblyClose(pair[0], pair[1]) {
					close++
					if !mayBeClose(pair[0], pair[1]) {
						t.Errorf("passed over: %v and %v", pair[0], pair[1])
					}
				}
			}
		}
		looked++
		if mayBeClose(print, decode(h.Capture(finger))) {
			genuine++
		}
		if mayBeClose(print, decode(h.Capture(h.Finger()))) {
			strangers++
		}
	}
	t.Logf("%d close; of %d other captures %d are looked at closely, of strangers' %d", close, looked, genuine, strangers)
	if close < 100 || genuine > looked/4 || strangers > 0 {
		t.Errorf("%d close; of %d other captures %d are looked at closely, of strangers' %d", close, looked, genuine, strangers)
	}
}

func BenchmarkMayBeClose(b *testing.B) {
	h := settletest.NewHand(b, 5)
	finger := h.Finger()
	one, err := minutiae.Decode(h.Capture(finger))
	if err != nil {
		b.Fatal(err)
	}
	other, err := minutiae.Decode(h.Capture(finger))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("quickly", func(b *testing.B) {
		for b.Loop() {
			mayBeClose(one, other)
		}
	})
	b.Run("to know", func(b *testing.B) {
		for b.Loop() {
			minutiae.ImplausiblyClose(one, other)
		}
	})
}
