package extraction

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"countersign/devices/fingerprint/extraction/ridges"
	"countersign/protocol/minutiae"
)

// Ridges extracts minutiae in Go (package ridges). The zero value is ready; it holds no
// state and may be used from many goroutines at once.
type Ridges struct{}

// Extract returns the minutiae of a grey picture (ridges dark) of 100 to 2000 dpi,
// as [Libfprint.Extract] does.
func (Ridges) Extract(ctx context.Context, picture *image.Gray, dpi int) ([]minutiae.Minutia, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scaled, err := rescale(picture, dpi)
	if err != nil {
		return nil, err
	}
	defer clear(scaled.Pix)
	found, err := ridges.Find(ctx, scaled)
	if err != nil {
		return nil, err
	}
	defer clear(found)
	return fromRidges(found), nil
}

// Close does nothing: nothing is kept.
func (Ridges) Close() error { return nil }

// fromRidges turns minutiae at 500 dpi into those of templates. Where several fall
// on one place the most reliable stays; those beyond 25.5 mm are dropped.
func fromRidges(found []ridges.Minutia) []minutiae.Minutia {
	slices.SortStableFunc(found, func(a, b ridges.Minutia) int { return cmp.Compare(b.Reliability, a.Reliability) })
	type place struct{ x, y uint8 }
	taken := make(map[place]bool, len(found))
	result := make([]minutiae.Minutia, 0, len(found))
	for _, f := range found {
		x, y := int(math.Round(f.X*0.508)), int(math.Round(f.Y*0.508))
		if x < 0 || y < 0 || x > 255 || y > 255 || (x == 0 && y == 0) {
			continue
		}
		p := place{uint8(x), uint8(y)}
		if taken[p] {
			continue
		}
		taken[p] = true
		m := minutiae.Minutia{X: p.x, Y: p.y, Kind: minutiae.Ending,
			Angle: uint8(int(math.Round(f.Angle*minutiae.AngleSteps/(2*math.Pi))) & (minutiae.AngleSteps - 1))}
		if f.Kind == ridges.Fork {
			m.Kind = minutiae.Bifurcation
		}
		result = append(result, m)
	}
	return result
}
