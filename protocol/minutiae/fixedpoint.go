package minutiae

import "math/bits"

// Integer geometry. Floating point is kept out of the decision path: processors
// and compilers may fuse or reorder it, and a payment must not depend on which
// machine compared the fingers.

const (
	// subUnits is the fraction of 0.1 mm that places are computed in.
	subUnits = 16
	// turn is a full turn in the angles computed here (0.35° each).
	turn = 1024
	// one is 1 in the sines and cosines of rigid transforms.
	one = 1 << 14
)

// quarterSine is sin(i·360°/64)·one for i = 0 … 16.
var quarterSine = [17]int64{
	0, 1606, 3196, 4756, 6270, 7723, 9102, 10394, 11585,
	12665, 13623, 14449, 15137, 15679, 16069, 16305, 16384,
}

// sineOfStep returns the sine of a [Minutia.Angle], times one.
func sineOfStep(step int) int64 {
	step &= AngleSteps - 1
	switch {
	case step <= 16:
		return quarterSine[step]
	case step <= 32:
		return quarterSine[32-step]
	case step <= 48:
		return -quarterSine[step-32]
	default:
		return -quarterSine[64-step]
	}
}

func cosineOfStep(step int) int64 { return sineOfStep(step + AngleSteps/4) }

// bearing returns the direction of (x, y) in turn units, 0 to turn-1,
// counter-clockwise from the x axis, right to 0.3°. The bearing of (0, 0) is 0.
func bearing(y, x int64) int64 {
	ax, ay := abs(x), abs(y)
	if ax == 0 && ay == 0 {
		return 0
	}
	// atan r ≈ r·(π/4 + 0.273·(1−r)) for r in 0…1, here with r·4096 and a
	// result in turn units: 45° is 128 and 0.273 rad is 44.5.
	r := min(ax, ay) * 4096 / max(ax, ay)
	a := (r*128 + r*(4096-r)*89/8192 + 2048) / 4096
	if ay > ax {
		a = turn/4 - a
	}
	if x < 0 {
		a = turn/2 - a
	}
	if y < 0 {
		a = -a
	}
	return a & (turn - 1)
}

// angleBetween returns how far two angles in turn units are apart, 0 to turn/2.
func angleBetween(a, b int64) int64 {
	d := (a - b) & (turn - 1)
	return min(d, turn-d)
}

// squareRoot returns the integer part of the square root of n ≥ 0.
func squareRoot(n int64) int64 {
	if n < 2 {
		return n
	}
	// Newton's method from above: 2^⌈bits/2⌉ is at least the root.
	x := int64(1) << ((bits.Len64(uint64(n)) + 1) / 2)
	for {
		y := (x + n/x) / 2
		if y >= x {
			return x
		}
		x = y
	}
}

// log2 returns the logarithm to base 2 of n/1024 in 1/1024, right to 0.01; n is at
// least 1.
func log2(n int64) int64 {
	exponent := int64(bits.Len64(uint64(n))) - 1
	f := n<<10>>exponent - 1024 // the mantissa is 1 + f/1024
	// log2(1+f) ≈ f + 0.347·f·(1−f)
	return (exponent-10)*1024 + f + f*(1024-f)*355/(1024*1024)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
