package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// shape is a signed distance in a square of side 1: negative inside, and true enough near the edge to smooth it.
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
	left, top := (w-side)/2, (h-side)/2
	for py := range side {
		for px := range side {
			x, y := (float64(px)+0.5)/float64(side), (float64(py)+0.5)/float64(side)
			var r, g, b, a float64 // premultiplied
			for _, l := range layers {
				cover := min(max(0.5-l.shape(x, y)*float64(side), 0), 1) * float64(l.color.A) / 255
				if cover == 0 {
					continue
				}
				r = r*(1-cover) + float64(l.color.R)*cover
				g = g*(1-cover) + float64(l.color.G)*cover
				b = b*(1-cover) + float64(l.color.B)*cover
				a = a*(1-cover) + 255*cover
			}
			if a > 0 {
				img.SetRGBA(left+px, top+py, color.RGBA{uint8(r + 0.5), uint8(g + 0.5), uint8(b + 0.5), uint8(a + 0.5)})
			}
		}
	}
	return img
}

func disc(cx, cy, radius float64) shape {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - radius }
}

// ring is a circle's line.
func ring(cx, cy, radius, width float64) shape {
	return func(x, y float64) float64 { return math.Abs(math.Hypot(x-cx, y-cy)-radius) - width/2 }
}

// stroke is a line with round ends.
func stroke(x1, y1, x2, y2, width float64) shape {
	dx, dy := x2-x1, y2-y1
	length := dx*dx + dy*dy
	return func(x, y float64) float64 {
		t := min(max(((x-x1)*dx+(y-y1)*dy)/length, 0), 1)
		return math.Hypot(x-x1-t*dx, y-y1-t*dy) - width/2
	}
}

// polygon is a convex shape of points in clockwise order (y down), its corners rounded by r.
func polygon(r float64, points ...[2]float64) shape {
	return func(x, y float64) float64 {
		inside, edge := math.Inf(-1), math.Inf(1)
		for i, p := range points {
			q := points[(i+1)%len(points)]
			dx, dy := q[0]-p[0], q[1]-p[1]
			length := math.Hypot(dx, dy)
			inside = max(inside, ((x-p[0])*dy-(y-p[1])*dx)/length)
			edge = min(edge, stroke(p[0], p[1], q[0], q[1], 0)(x, y))
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

// sector is the part of the plane clockwise from the top, fraction 0 to 1 of a turn.
func sector(fraction float64) shape {
	return func(x, y float64) float64 {
		if fraction >= 1 {
			return -1
		}
		turn := math.Atan2(x-0.5, 0.5-y) / (2 * math.Pi)
		if turn < 0 {
			turn++
		}
		if turn <= fraction {
			return -1
		}
		return 1
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
