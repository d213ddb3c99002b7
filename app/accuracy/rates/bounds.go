package rates

import "math"

// Bounds returns the exact confidence interval (Clopper and Pearson) of a
// share of which k were counted among n, at a level such as 0.95. It takes
// the counted ones as independent of one another: comparisons of the same few fingers
// are not, so that the truth may lie further out.
func Bounds(k, n int, level float64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	tail := (1 - level) / 2
	low, high = 0, 1
	if k > 0 { // the share at which k or more are as rare as tail
		low = root(func(p float64) bool { return 1-atMost(k-1, n, p) >= tail })
	}
	if k < n { // the share at which k or fewer are
		high = root(func(p float64) bool { return atMost(k, n, p) <= tail })
	}
	return low, high
}

// root returns where reached, which is false at 0, turns true between 0 and 1.
func root(reached func(p float64) bool) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; reached(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// atMost returns how likely k or fewer of n are when each is with p.
func atMost(k, n int, p float64) float64 {
	if p <= 0 {
		return 1
	}
	if p >= 1 {
		return 0
	}
	all, _ := math.Lgamma(float64(n + 1))
	sum := 0.0
	for i := 0; i <= k; i++ {
		in, _ := math.Lgamma(float64(i + 1))
		out, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(all - in - out + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(1, sum)
}
