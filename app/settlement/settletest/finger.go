// Package settletest makes up fingers for settlement's tests: templates that
// match one another as captures of one finger do, without a sensor. They say
// nothing about how well real fingers are told apart.
package settletest

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// Hand makes fingers and captures of them, the same in every run. It is safe
// for concurrent use.
type Hand struct {
	t      testing.TB
	mutex  sync.Mutex
	random *rand.Rand
}

// NewHand returns a hand of many fingers.
func NewHand(t testing.TB, seed uint64) *Hand {
	return &Hand{t: t, random: rand.New(rand.NewPCG(seed, 7))}
}

// Finger makes up another finger.
func (h *Hand) Finger() []minutiae.Minutia {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var ms []minutiae.Minutia
	for taken := map[[2]int]bool{}; len(ms) < 36; {
		x, y := 10+h.random.IntN(120), 10+h.random.IntN(150)
		if cell := [2]int{x / 6, y / 6}; !taken[cell] {
			taken[cell] = true
			ms = append(ms, minutiae.Minutia{X: uint8(x), Y: uint8(y), Kind: minutiae.Ending, Angle: uint8(h.random.IntN(minutiae.AngleSteps))})
		}
	}
	return ms
}

// Capture is another capture of a finger: each point a little off, some not
// seen and others in their stead.
func (h *Hand) Capture(finger []minutiae.Minutia) protocol.Template {
	h.t.Helper()
	h.mutex.Lock()
	ms := make([]minutiae.Minutia, 0, len(finger))
	near := func(v uint8) uint8 { return uint8(math.Round(float64(v) + 1.2*h.random.NormFloat64())) }
	for _, m := range finger {
		if h.random.IntN(10) < 2 {
			m.X, m.Y = uint8(10+h.random.IntN(120)), uint8(10+h.random.IntN(150))
		}
		m.X, m.Y = near(m.X), near(m.Y)
		m.Angle = uint8(int(m.Angle)+h.random.IntN(3)+minutiae.AngleSteps-1) % minutiae.AngleSteps
		ms = append(ms, m)
	}
	h.mutex.Unlock()
	return h.Template(ms)
}

// Template encodes minutiae for 40.
func (h *Hand) Template(ms []minutiae.Minutia) protocol.Template {
	h.t.Helper()
	template, err := minutiae.Encode(ms, minutiae.Small)
	if err != nil {
		h.t.Fatal(err)
	}
	return protocol.Template(template)
}
