// Package det draws the trade between both errors of a comparison as a DET curve
// (detection error trade-off, Martin and others 1997; ISO/IEC 19795-1): false
// non-matches over false matches, both axes by the normal distribution's quantiles,
// so that errors of a normal kind lie on a line and small ones can be told apart.
package det

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"countersign/app/accuracy/rates"
)

// Line is one curve and its name.
type Line struct {
	Name  string
	Curve rates.Curve
}

const (
	side                     = 560 // of the square between the axes, pixels
	left, top, right, bottom = 80, 50, 30, 60
	least, most              = 0.0001, 0.5 // the rates that the axes show
	letter                   = 7           // width of a letter, pixels
)

var (
	grid    = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	ink     = color.RGBA{0x20, 0x20, 0x20, 0xff}
	palette = [...]color.RGBA{
		{0x1f, 0x77, 0xb4, 0xff}, {0xd6, 0x27, 0x28, 0xff}, {0x2c, 0xa0, 0x2c, 0xff},
		{0x94, 0x67, 0xbd, 0xff}, {0xff, 0x7f, 0x0e, 0xff}, {0x8c, 0x56, 0x4b, 0xff},
	}
	ticks = []float64{0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}
)

// Draw returns the picture of the lines under a title.
func Draw(title string, lines []Line) *image.RGBA {
	p := &plot{image.NewRGBA(image.Rect(0, 0, left+side+right, top+side+bottom))}
	draw.Draw(p.RGBA, p.Rect, image.White, image.Point{}, draw.Src)
	p.axes()
	p.write(left, 22, title)
	for k, l := range lines {
		shade := palette[k%len(palette)]
		p.curve(l.Curve, shade)
		y := float64(top + 18 + 18*k)
		x := float64(left + side - 40 - letter*len([]rune(l.Name)))
		key := p.pen()
		line(key, x-30, y-4, x-6, y-4, 2.5)
		p.paint(key, shade)
		p.write(int(x), int(y), l.Name)
	}
	return p.RGBA
}

type plot struct{ *image.RGBA }

// axes draws the grid, its labels and the line of equal errors.
func (p *plot) axes() {
	pale := p.pen()
	for _, t := range ticks {
		x, y := place(t, t)
		line(pale, x, top, x, top+side, 1)
		line(pale, left, y, left+side, y, 1)
		label := fmt.Sprintf("%g", t*100)
		p.write(int(x)-letter*len(label)/2, top+side+18, label)
		p.write(left-10-letter*len(label), int(y)+4, label)
	}
	x0, y0 := place(least, least)
	x1, y1 := place(most, most)
	line(pale, x0, y0, x1, y1, 1)
	p.paint(pale, grid)
	dark := p.pen()
	for _, edge := range [][4]float64{{x0, y0, x1, y0}, {x0, y0, x0, y1}, {x1, y0, x1, y1}, {x0, y1, x1, y1}} {
		line(dark, edge[0], edge[1], edge[2], edge[3], 1)
	}
	p.paint(dark, ink)
	p.write(left+side/2-11*letter, top+side+44, "false match rate, per cent")
	p.write(8, top-10, "false non-match rate, per cent")
}

// curve draws a staircase: between two thresholds that matter nothing lies.
func (p *plot) curve(c rates.Curve, shade color.RGBA) {
	r := p.pen()
	for k := 1; k < len(c); k++ {
		x0, y0 := place(c[k-1].FMR, c[k-1].FNMR)
		x1, y1 := place(c[k].FMR, c[k].FNMR)
		line(r, x0, y0, x1, y0, 2)
		line(r, x1, y0, x1, y1, 2)
	}
	p.paint(r, shade)
}

// place returns where two rates lie; rates beyond the axes lie on their ends.
func place(fmr, fnmr float64) (x, y float64) {
	low, high := quantile(least), quantile(most)
	along := func(rate float64) float64 {
		return (quantile(min(max(rate, least), most)) - low) / (high - low)
	}
	return left + along(fmr)*side, top + side - along(fnmr)*side
}

// quantile is the normal distribution's.
func quantile(rate float64) float64 { return math.Sqrt2 * math.Erfinv(2*rate-1) }

func (p *plot) pen() *vector.Rasterizer { return vector.NewRasterizer(p.Rect.Dx(), p.Rect.Dy()) }

func (p *plot) paint(r *vector.Rasterizer, shade color.RGBA) {
	r.Draw(p.RGBA, p.Rect, image.NewUniform(shade), image.Point{})
}

// line adds a straight line to what a pen is to draw; lines all turn one way round,
// so that where they cross they do not cancel each other out.
func line(r *vector.Rasterizer, x0, y0, x1, y1, width float64) {
	length := math.Hypot(x1-x0, y1-y0)
	if length == 0 {
		return
	}
	dx, dy := (x1-x0)/length*width/2, (y1-y0)/length*width/2
	r.MoveTo(float32(x0-dx-dy), float32(y0-dy+dx))
	r.LineTo(float32(x1+dx-dy), float32(y1+dy+dx))
	r.LineTo(float32(x1+dx+dy), float32(y1+dy-dx))
	r.LineTo(float32(x0-dx+dy), float32(y0-dy-dx))
	r.ClosePath()
}

func (p *plot) write(x, y int, text string) {
	d := font.Drawer{Dst: p.RGBA, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(text)
}
