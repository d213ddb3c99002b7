package minutiae

import (
	"math"
	"testing"
)

func TestBearing(t *testing.T) {
	for d := 0.0; d < 360; d += 0.37 {
		sin, cos := math.Sincos(d * math.Pi / 180)
		for _, length := range []float64{300, 4000} {
			got := float64(bearing(int64(math.Round(length*sin)), int64(math.Round(length*cos)))) * 360 / turn
			off := math.Abs(math.Remainder(got-d, 360))
			if off > 0.3+0.36+50/length {
				t.Fatalf("bearing of %.2f° is %.2f°", d, got)
			}
		}
	}
	if bearing(0, 0) != 0 {
		t.Error("the bearing of nothing is not 0")
	}
}

func TestSines(t *testing.T) {
	for step := -64; step <= 128; step++ {
		sin, cos := math.Sincos(float64(step) * 2 * math.Pi / AngleSteps)
		if math.Abs(float64(sineOfStep(step))-sin*one) > 0.51 || math.Abs(float64(cosineOfStep(step))-cos*one) > 0.51 {
			t.Errorf("step %d: %d, %d", step, sineOfStep(step), cosineOfStep(step))
		}
	}
}

func TestSquareRoot(t *testing.T) {
	check := func(n int64) {
		r := squareRoot(n)
		if r < 0 || r*r > n || (r < math.MaxInt32 && (r+1)*(r+1) <= n) {
			t.Fatalf("root of %d is %d", n, r)
		}
	}
	for n := range int64(70000) {
		check(n)
	}
	for n := int64(1); n < 1<<61; n = n*3 + 1 {
		check(n)
		check(n - 1)
	}
	check(4_100_000_000_000_000_000)
}

func TestLog2(t *testing.T) {
	for n := int64(1); n < 1<<40; n += 1 + n/300 {
		if got, want := float64(log2(n))/1024, math.Log2(float64(n)/1024); math.Abs(got-want) > 0.01 {
			t.Fatalf("log2 of %d/1024 is %.4f, want %.4f", n, got, want)
		}
	}
	for n := int64(1); n < 1<<20; n++ {
		if log2(n) > log2(n+1) {
			t.Fatalf("log2 falls at %d", n)
		}
	}
}
