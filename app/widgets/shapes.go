package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// shape is a signed distance in a square of side 1: negative inside, and never more than the true distance to the edge.
type shape func(x, y float64) float64

// layer is a shape filled with a colour.
type layer struct {
	color color.NRGBA
	shape shape
}

// drawing makes a raster that fills the largest square in the middle of its room, each layer over the one before, with edges
// smoothed over one pixel. layers is asked at each drawing, so that a refresh takes the theme's present colours.
func drawing(layers func() []layer) *canvas.Raster {
	return canvas.NewRaster(func(w, h int) image.Image { return paint(w, h, layers()) })
}

func paint(w, h int, layers []layer) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	side := min(w, h)
	if side == 0 {
		return img
	}
	p := painter{img: img, left: (w - side) / 2, top: (h - side) / 2, side: side}
	for _, l := range layers {
		for y := 0; y < side; y += block {
			for x := 0; x < side; x += block {
				p.square(l, x, y, block)
			}
		}
	}
	return img
}

// block is the side, a power of two of pixels, of the squares that a shape is first tried on.
const block = 32

type painter struct {
	img             *image.RGBA
	left, top, side int
}

// square draws a shape's part of a square of pixels. A distance tells of its whole neighbourhood, so a square that lies wholly
// inside or outside costs one look; only along the edges are single pixels looked at.
func (p *painter) square(l layer, x, y, size int) {
	if x >= p.side || y >= p.side {
		return
	}
	unit := 1 / float64(p.side)
	half := float64(size) / 2
	distance := l.shape((float64(x)+half)*unit, (float64(y)+half)*unit) * float64(p.side)
	reach := half*math.Sqrt2 + 0.5
	switch {
	case distance > reach:
	case distance < -reach:
		for py := y; py < min(y+size, p.side); py++ {
			for px := x; px < min(x+size, p.side); px++ {
				p.blend(px, py, l.color, 1)
			}
		}
	case size == 1:
		p.blend(x, y, l.color, min(max(0.5-distance, 0), 1))
	default:
		size /= 2
		p.square(l, x, y, size)
		p.square(l, x+size, y, size)
		p.square(l, x, y+size, size)
		p.square(l, x+size, y+size, size)
	}
}

// blend lays a colour over a pixel.
func (p *painter) blend(x, y int, c color.NRGBA, cover float64) {
	cover *= float64(c.A) / 255
	at := p.img.Pix[p.img.PixOffset(p.left+x, p.top+y):][:4:4]
	for i, v := range [4]uint8{c.R, c.G, c.B, 255} {
		at[i] = uint8(float64(at[i])*(1-cover) + float64(v)*cover + 0.5)
	}
}

// length is math.Hypot without its care for numbers far from 1, which a drawing has not.
func length(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

func disc(cx, cy, radius float64) shape {
	return func(x, y float64) float64 { return length(x-cx, y-cy) - radius }
}

// ring is a circle's line.
func ring(cx, cy, radius, width float64) shape {
	return func(x, y float64) float64 { return math.Abs(length(x-cx, y-cy)-radius) - width/2 }
}

// stroke is a line with round ends.
func stroke(x1, y1, x2, y2, width float64) shape {
	dx, dy := x2-x1, y2-y1
	square := dx*dx + dy*dy
	return func(x, y float64) float64 {
		t := min(max(((x-x1)*dx+(y-y1)*dy)/square, 0), 1)
		return length(x-x1-t*dx, y-y1-t*dy) - width/2
	}
}

// polygon is a convex shape of points in clockwise order (y down), its corners rounded by r.
func polygon(r float64, points ...[2]float64) shape {
	edges := make([]shape, len(points))
	for i, p := range points {
		q := points[(i+1)%len(points)]
		edges[i] = stroke(p[0], p[1], q[0], q[1], 0)
	}
	return func(x, y float64) float64 {
		inside, edge := math.Inf(-1), math.Inf(1)
		for i, p := range points {
			q := points[(i+1)%len(points)]
			dx, dy := q[0]-p[0], q[1]-p[1]
			inside = max(inside, ((x-p[0])*dy-(y-p[1])*dx)/math.Sqrt(dx*dx+dy*dy))
			edge = min(edge, edges[i](x, y))
		}
		if inside > 0 {
			return edge - r
		}
		return -edge - r
	}
}

func union(shapes ...shape) shape {
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for _, s := range shapes {
			d = min(d, s(x, y))
		}
		return d
	}
}

func intersect(a, b shape) shape {
	return func(x, y float64) float64 { return max(a(x, y), b(x, y)) }
}

// sector is the part of the plane clockwise from the top round the middle, fraction 0 to 1 of a turn.
func sector(fraction float64) shape {
	sin, cos := math.Sincos(2 * math.Pi * fraction)
	const far = 2 // beyond the square
	start, end := stroke(0.5, 0.5, 0.5, 0.5-far, 0), stroke(0.5, 0.5, 0.5+far*sin, 0.5-far*cos, 0)
	return func(x, y float64) float64 {
		turn := math.Atan2(x-0.5, 0.5-y) / (2 * math.Pi)
		if turn < 0 {
			turn++
		}
		switch {
		case fraction >= 1:
			return -far
		case turn <= fraction:
			return -min(start(x, y), end(x, y))
		}
		return min(start(x, y), end(x, y))
	}
}

// inset lays one object over a widget's whole room.
type inset struct {
	object fyne.CanvasObject
	min    fyne.Size
}

func (i *inset) Destroy()                     {}
func (i *inset) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{i.object} }
func (i *inset) MinSize() fyne.Size           { return i.min }
func (i *inset) Layout(size fyne.Size)        { i.object.Resize(size) }
func (i *inset) Refresh()                     { canvas.Refresh(i.object) }
