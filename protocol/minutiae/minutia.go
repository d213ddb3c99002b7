package minutiae

import (
	"cmp"
	"slices"
)

// Kind is the type of a minutia, with the values of ISO/IEC 19794-2. Kind 3 is
// reserved there and refused here.
type Kind uint8

// The kinds of minutiae.
const (
	Other       Kind = 0 // neither, or not known
	Ending      Kind = 1 // ridge ending
	Bifurcation Kind = 2 // ridge bifurcation
)

// AngleSteps is how many steps of [Minutia.Angle] make a full turn (5.625° each).
const AngleSteps = 64

// Minutia is one ridge ending or bifurcation, as the compact card format of
// ISO/IEC 19794-2 holds it.
type Minutia struct {
	// X and Y are the place in units of 0.1 mm from the upper left corner of
	// the image, X to the right and Y downwards. (0, 0) is reserved: its bytes
	// could be those of padding.
	X, Y uint8
	Kind Kind
	// Angle is the direction in steps of 360°/64, 0 to 63, counter-clockwise
	// from the positive X axis.
	Angle uint8
}

// valid reports whether m can stand in a template.
func (m Minutia) valid() bool {
	return m.Kind <= Bifurcation && m.Angle < AngleSteps && (m.X != 0 || m.Y != 0)
}

func (m Minutia) samePlace(o Minutia) bool { return m.X == o.X && m.Y == o.Y }

// descriptor is the third byte: the kind in the upper two bits, the angle below.
func (m Minutia) descriptor() byte { return byte(m.Kind)<<6 | m.Angle }

// canonicalOrder sorts by Y, then X (one of the orders of the standard), then
// descriptor, which only decides between minutiae at one place.
func canonicalOrder(a, b Minutia) int {
	return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X), cmp.Compare(a.descriptor(), b.descriptor()))
}

// canonical returns a sorted copy of ms with one minutia a place.
func canonical(ms []Minutia) []Minutia {
	c := slices.Clone(ms)
	slices.SortFunc(c, canonicalOrder)
	return slices.CompactFunc(c, Minutia.samePlace)
}
