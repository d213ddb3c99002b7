package virtualrealm

import (
	"math"
	"math/rand/v2"

	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// Finger is a made-up finger: a few points that every capture shows a little
// differently. It says nothing about how well real fingers are told apart.
type Finger []minutiae.Minutia

// NewFinger makes up a finger; the same for the same seed.
func NewFinger(seed uint64) Finger {
	random := rand.New(rand.NewPCG(seed, 7))
	var f Finger
	for taken := map[[2]int]bool{}; len(f) < 36; {
		x, y := 10+random.IntN(120), 10+random.IntN(150)
		if cell := [2]int{x / 6, y / 6}; !taken[cell] {
			taken[cell] = true
			f = append(f, minutiae.Minutia{X: uint8(x), Y: uint8(y), Kind: minutiae.Ending, Angle: uint8(random.IntN(minutiae.AngleSteps))})
		}
	}
	return f
}

// Capture is another capture: each point a little off, some not seen and others
// in their stead.
func (f Finger) Capture(random *rand.Rand) (protocol.Template, error) {
	points := make([]minutiae.Minutia, 0, len(f))
	near := func(v uint8) uint8 { return uint8(math.Round(float64(v) + random.NormFloat64())) }
	for _, m := range f {
		if random.IntN(20) < 2 {
			m.X, m.Y = uint8(10+random.IntN(120)), uint8(10+random.IntN(150))
		}
		m.X, m.Y = near(m.X), near(m.Y)
		m.Angle = uint8(int(m.Angle)+random.IntN(3)+minutiae.AngleSteps-1) % minutiae.AngleSteps
		points = append(points, m)
	}
	template, err := minutiae.Encode(points, minutiae.Small)
	return protocol.Template(template), err
}
