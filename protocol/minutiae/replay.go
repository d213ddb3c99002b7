package minutiae

import (
	"crypto/hmac"
	"crypto/sha256"
)

// A sensor never sees the same finger twice in quite the same way: skin is laid
// down turned, stretched and pressed anew. Two captures that agree nearly
// everywhere to a tenth of a millimetre are one capture sent again.
const (
	closePlace = 24          // 0.15 mm in subUnits: rounding to 0.1 mm, twice
	closeDir   = turn/64 + 1 // one step of the template
	closeShare = 90          // per cent of the larger set
)

// Digest returns a keyed digest (HMAC-SHA-256) of the minutiae of a template, by
// which a repeated one is recognised without its being kept. The padding does
// not count: the same minutiae give the same digest in either [Size]. The
// template is decoded first, with [Decode]'s errors. The key is settlement's own.
func Digest(key []byte, template []byte) ([sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	ms, err := Decode(template)
	if err != nil {
		return sum, err
	}
	h := hmac.New(sha256.New, key)
	h.Write(template[:len(ms)*minutiaBytes])
	h.Sum(sum[:0])
	return sum, nil
}

// ImplausiblyClose reports whether two sets of minutiae are equal, or agree so
// closely, shifted and turned as may be, that they cannot be two captures of a
// living finger: nine tenths of the larger set within 0.15 mm and 5.6°.
// Settlement refuses a live print that is implausibly close to the enrolled or
// an earlier one. It does not catch a copy whose points were moved further: what
// signs nothing can be forged by those who once captured it.
func ImplausiblyClose(a, b []Minutia) bool {
	o, c := align(a, b)
	return c.implausiblyClose(o, a, b)
}

// Judge is Compare and ImplausiblyClose in one: the sets are aligned once, which
// is nearly all of the work of either.
func Judge(probe, enrolled []Minutia) (score Score, implausiblyClose bool) {
	o, c := align(probe, enrolled)
	return o.score, c.implausiblyClose(o, probe, enrolled)
}

func (c *comparison) implausiblyClose(o overlay, a, b []Minutia) bool {
	larger := max(len(c.f.points), len(c.g.points))
	if larger == 0 || o.matches == nil {
		return larger == 0 || sameMinutiae(a, b)
	}
	alike := 0
	for _, m := range o.matches {
		x, y, dir := o.transform.apply(&c.f.points[m.a])
		q := &c.g.points[m.b]
		if (q.x-x)*(q.x-x)+(q.y-y)*(q.y-y) <= closePlace*closePlace && angleBetween(dir, q.dir) <= closeDir {
			alike++
		}
	}
	return alike*100 >= larger*closeShare
}

func sameMinutiae(a, b []Minutia) bool {
	a, b = canonical(a), canonical(b)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
