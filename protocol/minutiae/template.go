package minutiae

import (
	"errors"
	"fmt"
)

// Size is the length of a template in bytes: [Small] or [Large] and nothing else,
// so that the length of a sealed template tells nothing about the finger.
type Size int

// The sizes of templates.
const (
	Small Size = 120 // at most 40 minutiae: a shorter payment code
	Large Size = 180 // at most 60 minutiae
)

const (
	minutiaBytes = 3

	// MinMinutiae is the least number of minutiae in a template: fewer say
	// too little about a finger to move money on.
	MinMinutiae = 8
	// MaxMinutiae is the most that a template holds and that Compare looks at.
	MaxMinutiae = int(Large) / minutiaBytes
)

// What is wrong with a template or its minutiae.
var (
	ErrSize      = errors.New("fingerprint template is not 120 or 180 bytes long")
	ErrTooFew    = fmt.Errorf("fingerprint template has fewer than %d minutiae", MinMinutiae)
	ErrMinutia   = errors.New("minutia with a reserved type, place or angle")
	ErrOrder     = errors.New("minutiae are not in ascending order or share a place")
	ErrAfterZero = errors.New("fingerprint template goes on after its padding")
)

// Template is an encoded template: 120 or 180 bytes.
type Template []byte

// Capacity returns the most minutiae that a template of size s holds.
func (s Size) Capacity() int { return int(s) / minutiaBytes }

func (s Size) valid() bool { return s == Small || s == Large }

// Encode makes the template of size from ms, in any order. Of minutiae at one
// place one is kept; when more are left than fit, the sparsest are kept (the
// central ones crowd round core and deltas and are the least reliable). It
// returns [ErrTooFew], [ErrMinutia] or [ErrSize].
func Encode(ms []Minutia, size Size) (Template, error) {
	if !size.valid() {
		return nil, ErrSize
	}
	for i, m := range ms {
		if !m.valid() {
			return nil, fmt.Errorf("encode minutia %d: %w", i, ErrMinutia)
		}
	}
	kept := sparsest(canonical(ms), size.Capacity())
	if len(kept) < MinMinutiae {
		return nil, ErrTooFew
	}
	t := make(Template, 0, size)
	for _, m := range kept {
		t = append(t, m.X, m.Y, m.descriptor())
	}
	return t[:size], nil
}

// Decode returns the minutiae of a template. It is strict: length 120 or 180,
// at least [MinMinutiae] minutiae in ascending order of Y then X with no two at
// one place, no reserved value, zeroes only and all of them at the end.
func Decode(template []byte) ([]Minutia, error) {
	if !Size(len(template)).valid() {
		return nil, ErrSize
	}
	ms := make([]Minutia, 0, len(template)/minutiaBytes)
	for i := 0; i < len(template); i += minutiaBytes {
		x, y, d := template[i], template[i+1], template[i+2]
		if x == 0 && y == 0 && d == 0 {
			for _, b := range template[i:] {
				if b != 0 {
					return nil, ErrAfterZero
				}
			}
			break
		}
		m := Minutia{X: x, Y: y, Kind: Kind(d >> 6), Angle: d & (AngleSteps - 1)}
		if !m.valid() {
			return nil, fmt.Errorf("decode minutia %d: %w", i/minutiaBytes, ErrMinutia)
		}
		if n := len(ms); n > 0 && (m.samePlace(ms[n-1]) || canonicalOrder(ms[n-1], m) >= 0) {
			return nil, fmt.Errorf("decode minutia %d: %w", i/minutiaBytes, ErrOrder)
		}
		ms = append(ms, m)
	}
	if len(ms) < MinMinutiae {
		return nil, ErrTooFew
	}
	return ms, nil
}
