package fingerprint

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// Quality says how good a picture of a finger is.
type Quality struct {
	Area      float64 // mm² that show ridges
	Contrast  float64 // mean standard deviation of grey where there is something to be seen, of 255 levels
	Coherence float64 // how far ridges run one way where there are ridges: 0 (noise) to 1 (lines)
	Clear     float64 // share of what is to be seen that is ridges, 0 to 1
}

// Value sums q up as 0 to 100, to choose the best of several captures by: area, up to
// that of a fingertip laid flat, times clear share. On real captures (see [Assess]) it
// goes with the scores that they reach against others of their finger (rank correlation
// 0.45); taking contrast in too would only spoil that (0.12).
func (q Quality) Value() int {
	return int(math.Round(100 * min(1, q.Area/120) * q.Clear))
}

// Flaw is what makes a picture too poor.
type Flaw int

// The flaws, in the order in which they are looked for.
const (
	TooLittleContrast Flaw = iota + 1 // nothing, or hardly anything, to be seen
	TooSmudged                        // grey that varies, but not in ridges
	TooLittleArea                     // ridges, but too few
)

// ErrTooPoor is wrapped by every [PoorError].
var ErrTooPoor = errors.New("picture of the finger is too poor")

// PoorError is a picture that the gate refuses, and why.
type PoorError struct {
	Flaw    Flaw
	Quality Quality
}

func (e *PoorError) Error() string {
	switch e.Flaw {
	case TooLittleContrast:
		return ErrTooPoor.Error() + ": too little contrast"
	case TooSmudged:
		return ErrTooPoor.Error() + ": too smudged"
	case TooLittleArea:
		return ErrTooPoor.Error() + ": too little of the finger"
	}
	return fmt.Sprintf("%v: flaw %d", ErrTooPoor, int(e.Flaw))
}

// Advice returns what the person can do.
func (e *PoorError) Advice() Advice {
	switch e.Flaw {
	case TooLittleContrast:
		return PressFirmly
	case TooSmudged:
		return CleanGlass
	}
	return PlaceInMiddle
}

// Hint returns the advice in English.
func (e *PoorError) Hint() string { return e.Advice().Sentence() }

func (e *PoorError) Unwrap() error { return ErrTooPoor }

// Where the gate stands.
const (
	blockMillimetres = 0.8  // side of a block: one to two ridges wide
	blockContrast    = 14.0 // standard deviation of grey that makes a block foreground
	blockCoherence   = 0.30 // coherence that makes a foreground block one of ridges
	leastArea        = 50.0 // mm² of ridges; a fingertip flat on the R503 gives 90
	leastSeen        = 12.0 // mm² of foreground, to speak of a finger at all
	leastClear       = 0.75 // share of the foreground that must be ridges
)

// Assess judges whether minutiae may be looked for in a picture. It returns what
// it measured, and a [PoorError] when the picture is too poor.
//
// The limits were set on FVC2004 set B (320 captures of 40 fingers on four sensors, many
// of them made dry, wet or moving on purpose) and then checked once on FVC2002 set B,
// with libfprint's minutiae in compact templates, by how the pairs that a
// capture makes with its finger's other seven do at the threshold for FMR 0.1 %. What the
// gate refuses fails far more often than what it lets pass:
//
//	                                 refused   their pairs    other pairs   EER without
//	                                           that fail      that fail     and with the gate
//	FVC2004 B, whole                   2.5 %      89 %           35 %       10.3 →  9.3 %
//	FVC2004 B, middle of 13 × 14.6 mm  3.4 %      91 %           37 %       11.2 →  9.7 %
//	FVC2002 B, whole                  13.1 %      49 %           13 %        4.9 →  3.2 %
//	FVC2002 B, middle of 13 × 14.6 mm 12.2 %      67 %           23 %        8.5 →  6.3 %
//
// The second window is a ZFM-20's. Of what was measured the clear share foretells best;
// contrast hardly does, beyond there being something to see. Through the R503's window,
// in the middle of the same captures, 5.9 and 13.4 % are refused (92 and 80 % of their pairs
// fail), but an EER of 25 % is left 22 to 24 %: 9.75 mm show too little of a finger that was not
// placed with care.
func Assess(g *image.Gray, dpi int) (Quality, error) {
	if g == nil || dpi <= 0 {
		return Quality{}, &PoorError{Flaw: TooLittleContrast}
	}
	side := max(8, int(math.Round(blockMillimetres*float64(dpi)/25.4)))
	millimetres := float64(side) * 25.4 / float64(dpi)
	blockArea := millimetres * millimetres
	var seen, clear int
	var q Quality
	for y := g.Rect.Min.Y; y+side <= g.Rect.Max.Y; y += side {
		for x := g.Rect.Min.X; x+side <= g.Rect.Max.X; x += side {
			b := measure(g, image.Rect(x, y, x+side, y+side))
			if b.deviation < blockContrast {
				continue
			}
			seen++
			q.Contrast += b.deviation
			if b.coherence >= blockCoherence {
				clear++
				q.Coherence += b.coherence
			}
		}
	}
	if seen > 0 {
		q.Contrast /= float64(seen)
	}
	if clear > 0 {
		q.Coherence /= float64(clear)
	}
	q.Area = float64(clear) * blockArea
	if seen > 0 {
		q.Clear = float64(clear) / float64(seen)
	}
	switch {
	case float64(seen)*blockArea < leastSeen:
		return q, &PoorError{TooLittleContrast, q}
	case q.Clear < leastClear:
		return q, &PoorError{TooSmudged, q}
	case q.Area < leastArea:
		return q, &PoorError{TooLittleArea, q}
	}
	return q, nil
}

// block is what was measured in one block of a picture.
type block struct{ deviation, coherence float64 }

// measure takes a block's standard deviation and the coherence of its gradients
// (Sobel's): the difference of the structure tensor's eigenvalues over their sum.
// The picture's outermost pixels have no gradient.
func measure(g *image.Gray, r image.Rectangle) block {
	var sum, squares, xx, yy, xy int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := g.Pix[g.PixOffset(r.Min.X, y):][:r.Dx()]
		for _, v := range row {
			sum += int(v)
			squares += int(v) * int(v)
		}
		if y == g.Rect.Min.Y || y == g.Rect.Max.Y-1 {
			continue
		}
		left, right := max(r.Min.X, g.Rect.Min.X+1), min(r.Max.X, g.Rect.Max.X-1)
		above := g.Pix[g.PixOffset(left-1, y-1):][:right-left+2]
		here := g.Pix[g.PixOffset(left-1, y):][:right-left+2]
		below := g.Pix[g.PixOffset(left-1, y+1):][:right-left+2]
		for x := 1; x <= right-left; x++ {
			nw, ne, sw, se := int(above[x-1]), int(above[x+1]), int(below[x-1]), int(below[x+1])
			dx := ne + 2*int(here[x+1]) + se - nw - 2*int(here[x-1]) - sw
			dy := sw + 2*int(below[x]) + se - nw - 2*int(above[x]) - ne
			xx += dx * dx
			yy += dy * dy
			xy += dx * dy
		}
	}
	n := float64(r.Dx() * r.Dy())
	mean := float64(sum) / n
	b := block{deviation: math.Sqrt(max(0, float64(squares)/n-mean*mean))}
	if xx+yy > 0 {
		b.coherence = math.Hypot(float64(xx-yy), 2*float64(xy)) / float64(xx+yy)
	}
	return b
}
