package minutiae

import (
	"math/rand/v2"
	"testing"
)

// goldenScores pin Compare: they are the same on every machine and change only
// when it is changed on purpose.
var goldenScores = []Score{242, 471, 475, 529, 533, 592, 637, 606}

// integerCapture is a second capture made with integers alone, so that its minutiae,
// too, are the same on every machine: turned by the angle of the triangle of 3, 4
// and 5 when turned is set, shifted, and each minutia a little off.
func integerCapture(r *rand.Rand, ms []Minutia, turned bool) []Minutia {
	var out []Minutia
	for _, m := range ms {
		x, y, angle := int(m.X)-60, 75-int(m.Y), int(m.Angle)
		if turned {
			x, y, angle = (4*x-3*y)/5, (3*x+4*y)/5, angle+7
		}
		x, y, angle = x+90+r.IntN(5)-2, 110-y+r.IntN(5)-2, angle+r.IntN(5)-2
		if r.IntN(8) == 0 || x < 1 || y < 1 || x > 255 || y > 255 {
			continue
		}
		out = append(out, Minutia{X: uint8(x), Y: uint8(y), Kind: m.Kind, Angle: uint8(angle & (AngleSteps - 1))})
	}
	return out
}

func TestCompareGolden(t *testing.T) {
	r := random(12)
	for k, want := range goldenScores {
		a := scattered(r, 10+k*6, 120, 150)
		b := integerCapture(r, a, k%2 == 1)
		if got := Compare(a, b); got != want {
			t.Errorf("pair %d: score %d, want %d", k, got, want)
		}
	}
}
