package chart

import (
	"fmt"
	"image"

	"github.com/go-analyze/charts"
)

// Shares draws a ring and beside or below it what each part comes to. Parts of 0 are
// listed, those below 0 count as 0. Error: ErrStyle.
func Shares(p Parts, s Style) (image.Image, error) {
	c, err := begin(s)
	if err != nil {
		return nil, err
	}
	top := c.title(p.Title)
	total := int64(0)
	for _, part := range p.Parts {
		total += max(part.Value, 0)
	}
	if total == 0 {
		c.empty(top)
		return c.end()
	}
	if c.tiny(top) {
		return c.end()
	}
	if err := c.shares(p, top, total); err != nil {
		return nil, fmt.Errorf("draw shares: %w", err)
	}
	return c.end()
}

func (c *canvas) shares(p Parts, top int, total int64) error {
	f := c.plain()
	row := c.text * 7 / 4
	texts, wide := make([]string, len(p.Parts)), 0
	for n, part := range p.Parts {
		texts[n] = fmt.Sprintf("%s  %s  %s", part.Name, c.value(part.Value, p.Currency), percent(max(part.Value, 0), total))
		wide = max(wide, c.text*5/4+c.width(texts[n], f))
	}
	below := c.style.Height - c.margin - top
	ring := min(below, c.style.Width-3*c.margin-wide) // the list beside the ring
	listX, listY := 2*c.margin+ring, top+max((below-len(texts)*row)/2, 0)
	if under := min(below-len(texts)*row, c.style.Width-2*c.margin); under > ring { // or under it
		ring, listX, listY = under, c.margin, top+under+c.text/2
	}
	if ring >= small*c.text/2 {
		x := c.margin
		if listX == c.margin {
			x = (c.style.Width - ring) / 2
		}
		if err := c.ring(p, charts.NewBox(x, top, x+ring, top+ring)); err != nil {
			return err
		}
	} else {
		listX, listY = c.margin, top // no room for a ring: the list says it all
	}
	for n, text := range texts {
		if y := listY + n*row; y+row <= c.style.Height {
			c.entry(n, c.shorten(text, c.style.Width-c.margin-listX-c.text*5/4, f), listX, y, f)
		}
	}
	return nil
}

// ring has the library draw the ring.
func (c *canvas) ring(p Parts, box charts.Box) error {
	values := make([]float64, len(p.Parts))
	for n, part := range p.Parts {
		values[n] = float64(max(part.Value, 0))
	}
	option := charts.NewDoughnutChartOptionWithData(values)
	option.Theme, option.Padding = c.theme, charts.NewBoxEqual(0)
	option.Legend.Show, option.Title.Show = charts.Ptr(false), charts.Ptr(false)
	option.RadiusRing, option.RadiusCenter = "48%", "30%"
	for n := range option.SeriesList {
		option.SeriesList[n].Label.Show = charts.Ptr(false)
	}
	return c.Child(charts.PainterBoxOption(box)).DoughnutChart(option)
}

// percent is a share in whole percent; what is there is never "0 %".
func percent(part, total int64) string {
	switch n := (float64(part)*100)/float64(total) + 0.5; {
	case part > 0 && n < 1:
		return "< 1 %"
	case part < total && n >= 100:
		return "> 99 %"
	default:
		return fmt.Sprintf("%d %%", int(n))
	}
}
