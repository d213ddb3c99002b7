package minutiae

// hull is the convex hull of some minutiae, counter-clockwise: about what a capture
// shows of the finger.
type hull []edge

// edge is one side of a hull: from (x, y) on by (dx, dy).
type edge struct{ x, y, dx, dy, length int64 }

// hullOf returns the hull of points in canonical order (from above, then from the
// left). Points on one line have a hull of two edges, there and back; a single
// point's has none.
func hullOf(points []point) hull {
	n := len(points)
	if n < 2 {
		return nil
	}
	corners := make([]*point, 0, n+1)
	for pass := range 2 { // Andrew's monotone chain: the left side down, the right side up
		start := len(corners)
		for k := range n {
			p := &points[k]
			if pass == 1 {
				p = &points[n-1-k]
			}
			for len(corners) >= start+2 && !turnsLeft(corners[len(corners)-2], corners[len(corners)-1], p) {
				corners = corners[:len(corners)-1]
			}
			corners = append(corners, p)
		}
		corners = corners[:len(corners)-1]
	}
	h := make(hull, len(corners))
	for k, p := range corners {
		q := corners[(k+1)%len(corners)]
		dx, dy := q.x-p.x, q.y-p.y
		h[k] = edge{p.x, p.y, dx, dy, max(1, squareRoot(dx*dx+dy*dy))}
	}
	return h
}

func turnsLeft(a, b, c *point) bool { return (b.x-a.x)*(c.y-a.y)-(b.y-a.y)*(c.x-a.x) > 0 }

// depth returns how far inside of the hull (x, y) lies, in subUnits; outside it is
// negative, how far beyond the line of the edge that is furthest.
func (h hull) depth(x, y int64) int64 {
	depth := int64(farAway)
	for k := range h {
		e := &h[k]
		depth = min(depth, (e.dx*(y-e.y)-e.dy*(x-e.x))/e.length)
	}
	if depth == farAway {
		return -farAway // one point shows nothing
	}
	return depth
}

const farAway = 1 << 20
