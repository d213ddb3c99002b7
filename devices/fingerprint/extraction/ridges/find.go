package ridges

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
)

// Kind is what a minutia is.
type Kind int

// The kinds.
const (
	Ending Kind = iota + 1 // a ridge ends
	Fork                   // a ridge forks: the valley within ends
)

// Minutia is one minutia of a picture at 500 dpi.
type Minutia struct {
	// X and Y are pixels from the picture's upper left corner.
	X, Y float64
	// Angle is the direction, in radians counter-clockwise from the X axis,
	// -π to π, in which the ridge, or the valley within the fork, runs on.
	Angle float64
	Kind  Kind
	// Reliability is 0 to 1: how clear the ridges round it are.
	Reliability float64
}

// MostSide is the most pixels that a picture may be wide or high.
const MostSide = 1024

// ErrTooLarge says that a picture has more than [MostSide] pixels a side.
var ErrTooLarge = errors.New("picture too large for a finger's")

// Find returns the minutiae of a picture of a finger at 500 dpi, ridges dark. It
// leaves the picture as it is and wipes what it made of it. A picture without
// ridges has no minutiae, which is no error. Errors: [ErrTooLarge], and the
// context's, which is looked at between the stages.
func Find(ctx context.Context, g *image.Gray) ([]Minutia, error) {
	if g.Rect.Dx() > MostSide || g.Rect.Dy() > MostSide {
		return nil, ErrTooLarge
	}
	if g.Rect.Empty() {
		return nil, nil
	}
	var w workspace
	defer w.wipe()
	p, deviation := normalise(&w, g)
	f, energy := orient(&w, p)
	seen := textured(&w, g, deviation, energy)
	t := period(&w, p, f, seen)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	enhanced := enhance(&w, p, f, t, seen)
	for range passes {
		f, _ = orient(&w, enhanced)
		enhanced = enhance(&w, p, f, t, seen)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	quality := fit(&w, p, enhanced)
	mask := finger(&w, quality, seen)
	inside := depth(&w, mask, quality.cols, quality.rows, p.width, p.height)
	endings, forks := ends(&w, enhanced, Ending, f, t, quality, inside), ends(&w, enhanced, Fork, f, t, quality, inside)
	defer clear(endings)
	defer clear(forks)
	return slices.Concat(endings, forks), nil
}

// passes is how often the flow is measured again on the enhanced picture.
const passes = 1

const (
	// edge is how deep in the finger a minutia must lie, in pixels.
	edge = 8
	// shortening is how much of a line's end thinning takes away, in periods: half
	// a ridge's width.
	shortening = 0.25
	// tangent is how many pixels of a line say which way it leaves its end.
	tangent = 12
)

// ends returns the minutiae of one kind: the ends of thinned ridges, or valleys.
func ends(w *workspace, enhanced picture, kind Kind, f flow, t, quality cells, inside []uint8) []Minutia {
	l := newLines(w, enhanced.width, enhanced.height)
	for y := range l.height {
		row, to := enhanced.v[enhanced.at(0, y):][:l.width], l.v[l.at(0, y):][:l.width]
		for x, v := range row {
			if inside[y*l.width+x] > 0 && (v > 0) == (kind == Ending) {
				to[x] = 1
			}
		}
	}
	l.thin(w)
	l.clean(w, t)
	tips := l.tips(w, tangent)
	defer clear(tips)
	mend(tips, t)
	found := make([]Minutia, 0, len(tips)) // at once: growing would leave copies behind
	for _, tip := range tips {
		if tip.gone || inside[tip.y*l.width+tip.x] < edge {
			continue
		}
		angle := f.along(tip.x, tip.y)
		sin, cos := math.Sincos(angle)
		if cos*tip.dx+sin*tip.dy < 0 {
			angle += math.Pi
			sin, cos = -sin, -cos
		}
		back := shortening * t.between(tip.x, tip.y)
		found = append(found, Minutia{
			X:     max(0, min(float64(l.width-1), float64(tip.x)-back*cos)),
			Y:     max(0, min(float64(l.height-1), float64(tip.y)-back*sin)),
			Angle: math.Remainder(-angle, 2*math.Pi), Kind: kind,
			Reliability: quality.between(tip.x, tip.y),
		})
	}
	return found
}

// depth returns for each pixel how deep in the mask it lies: 0 outside, else how many
// pixels, at most 255, to what lies outside (in chequers and diagonals of 3 to 4).
func depth(w *workspace, mask []uint8, cols, rows, width, height int) []uint8 {
	stride := width + 2
	d := w.int32s(stride * (height + 2))
	const far = 3 * 255
	for y := range height {
		for x := range width {
			if mask[(y/cell)*cols+x/cell] != 0 {
				d[(y+1)*stride+x+1] = far
			}
		}
	}
	for at := stride + 1; at < len(d)-stride-1; at++ {
		d[at] = min(d[at], d[at-1]+3, d[at-stride]+3, d[at-stride-1]+4, d[at-stride+1]+4)
	}
	for at := len(d) - stride - 2; at > stride; at-- {
		d[at] = min(d[at], d[at+1]+3, d[at+stride]+3, d[at+stride+1]+4, d[at+stride-1]+4)
	}
	result := w.bytes(width * height)
	for y := range height {
		for x := range width {
			result[y*width+x] = uint8(d[(y+1)*stride+x+1] / 3)
		}
	}
	return result
}
