package minutiae

// rigid is a rotation and shift that lays the first finger over the second:
// q = R·(p − from) + to, with R's cosine and sine in units of one.
type rigid struct {
	cos, sin     int64
	fromX, fromY int64
	toX, toY     int64
	rotation     int64 // of R, turn units
}

func (t rigid) apply(p *point) (x, y, dir int64) {
	dx, dy := p.x-t.fromX, p.y-t.fromY
	return (t.cos*dx-t.sin*dy)/one + t.toX, (t.sin*dx+t.cos*dy)/one + t.toY, (p.dir + t.rotation) & (turn - 1)
}

// applyBack is the inverse of apply, for places.
func (t rigid) applyBack(q *point) (x, y int64) {
	dx, dy := q.x-t.toX, q.y-t.toY
	return (t.cos*dx+t.sin*dy)/one + t.fromX, (t.cos*dy-t.sin*dx)/one + t.fromY
}

// fit returns the rigid transform that lays the first points of pairs over the
// second ones with the least squared error. Where the places determine no
// rotation, the directions of the first pair do. There is at least one pair.
func fit(f, g *finger, pairs []pair) rigid {
	var t rigid
	n := int64(len(pairs))
	for _, k := range pairs {
		t.fromX += f.points[k.a].x
		t.fromY += f.points[k.a].y
		t.toX += g.points[k.b].x
		t.toY += g.points[k.b].y
	}
	t.fromX, t.fromY, t.toX, t.toY = t.fromX/n, t.fromY/n, t.toX/n, t.toY/n
	var dot, cross int64
	for _, k := range pairs {
		px, py := f.points[k.a].x-t.fromX, f.points[k.a].y-t.fromY
		qx, qy := g.points[k.b].x-t.toX, g.points[k.b].y-t.toY
		dot += px*qx + py*qy
		cross += px*qy - py*qx
	}
	// |dot|, |cross| ≤ 120·(255·16·√2)² < 2³²: for the sum of their squares to be below
	// 2⁶³ they are halved.
	dot, cross = dot/2, cross/2
	if length := squareRoot(dot*dot + cross*cross); length > 0 {
		t.cos, t.sin = dot*one/length, cross*one/length
		t.rotation = bearing(cross, dot)
		return t
	}
	step := (g.points[pairs[0].b].step - f.points[pairs[0].a].step) & (AngleSteps - 1)
	t.cos, t.sin = cosineOfStep(step), sineOfStep(step)
	t.rotation = int64(step) * (turn / AngleSteps)
	return t
}

// bending is how skin was stretched between two captures beyond a rigid transform:
// a field of displacements, smooth, given by pairs of minutiae.
type bending []displacement

// displacement is by how much (dx, dy) a pair misses at (x, y) of the second finger.
type displacement struct{ x, y, dx, dy int64 }

// bendingOf returns by how much t misses each pair.
func bendingOf(f, g *finger, t rigid, pairs []pair) bending {
	b := make(bending, len(pairs))
	for k, p := range pairs {
		x, y, _ := t.apply(&f.points[p.a])
		q := &g.points[p.b]
		b[k] = displacement{x, y, q.x - x, q.y - y}
	}
	return b
}

const (
	// bendingWeights are 256·exp(−d²/2σ²), σ being 4 mm, by d² in steps of 2¹³.
	bendingShift = 13
	// stiffness is the weight, in those units, with which skin stays as it is.
	stiffness = 256
)

var bendingWeights = [...]int64{
	255, 252, 250, 247, 245, 242, 240, 238, 235, 233, 230, 228, 226, 224, 221, 219,
	217, 215, 213, 211, 209, 206, 204, 202, 200, 198, 196, 194, 193, 191, 189, 187,
	185, 183, 181, 180, 178, 176, 174, 172, 171, 169, 167, 166, 164, 162, 161, 159,
	158, 156, 154, 153, 151, 150, 148, 147, 146, 144, 143, 141, 140, 138, 137, 136,
}

// at returns by how much the place (x, y) is displaced: the mean of the pairs',
// the nearer the heavier. The pair at but, if there is one, has no say.
func (b bending) at(x, y int64, but int) (dx, dy int64) {
	weight := int64(stiffness)
	for k := range b {
		d := &b[k]
		step := ((d.x-x)*(d.x-x) + (d.y-y)*(d.y-y)) >> bendingShift
		if k == but || step >= int64(len(bendingWeights)) {
			continue
		}
		w := bendingWeights[step]
		weight += w
		dx += w * d.dx
		dy += w * d.dy
	}
	return dx / weight, dy / weight
}
