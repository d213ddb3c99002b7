package extraction

import (
	"cmp"
	"slices"

	"countersign/protocol/minutiae"
)

// nbisMinutia is a minutia as NIST's mindtct gives it, at 500 dpi.
type nbisMinutia struct {
	x, y        int     // pixels
	direction   int     // 0 to 31 in 11.25°, clockwise from upwards
	kind        int     // 0 bifurcation, 1 ending
	reliability float64 // 0 to 1
}

// fromNBIS turns mindtct's minutiae into those of templates: 0.1 mm, angles
// counter-clockwise from the x axis (as NBIS's own lfs2m1_minutia_XYT turns them
// for ANSI INCITS 378, whose convention is ISO's: 450° − direction). Where several
// fall on one place the most reliable stays; those beyond 25.5 mm are dropped.
func fromNBIS(raw []nbisMinutia) []minutiae.Minutia {
	sorted := slices.Clone(raw)
	defer clear(sorted)
	slices.SortStableFunc(sorted, func(a, b nbisMinutia) int { return cmp.Compare(b.reliability, a.reliability) })
	type place struct{ x, y uint8 }
	taken := make(map[place]bool, len(raw))
	found := make([]minutiae.Minutia, 0, len(raw))
	for _, r := range sorted {
		x, y := tenths(r.x), tenths(r.y)
		if x < 0 || y < 0 || x > 255 || y > 255 || (x == 0 && y == 0) {
			continue
		}
		p := place{uint8(x), uint8(y)}
		if taken[p] {
			continue
		}
		taken[p] = true
		m := minutiae.Minutia{X: p.x, Y: p.y, Kind: minutiae.Bifurcation, Angle: uint8((16 - 2*r.direction) & (minutiae.AngleSteps - 1))}
		if r.kind == 1 {
			m.Kind = minutiae.Ending
		}
		found = append(found, m)
	}
	return found
}

// tenths turns pixels at 500 dpi into 0.1 mm, rounded: a pixel is 0.508 of it.
func tenths(pixels int) int { return (pixels*508 + 500) / 1000 }
