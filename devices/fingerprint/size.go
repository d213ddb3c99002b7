package fingerprint

import "image"

// sizes are those of the family's pictures, the most common one first.
var sizes = [...]image.Point{{X: 256, Y: 288}, {X: 192, Y: 192}, {X: 160, Y: 160}}

// size returns the size of a picture of received bytes; known is false when the
// sensor has no such pictures. Newer sensors tell their size. Of one that does not, a
// picture smaller than the family's largest must come twice before it is believed,
// for 192 × 192 pixels are just half of 256 × 288, and a picture that broke off there
// must not be taken for a whole one.
func (s *Sensor) size(received int) (size image.Point, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w, h := int(s.product.Width), int(s.product.Height); w > 0 && h > 0 && w%2 == 0 && w*h <= 2*largestPicture {
		return image.Pt(w, h), received == w*h/2
	}
	likely := sizes[0]
	if s.whole != (image.Point{}) {
		likely = s.whole
	}
	for i, p := range sizes {
		switch {
		case received != p.X*p.Y/2:
			continue
		case s.whole == p, i == 0, s.whole == (image.Point{}) && s.odd == p:
			s.whole, s.odd = p, image.Point{}
			return p, true
		}
		s.odd = p
	}
	return likely, false
}
