package chart

import (
	"cmp"
	"image"
	"slices"
)

// Ranking draws a bar for each part, the greatest on top, its name above it and its
// value behind it. Parts of 0 and less are left out; where there are more than fit,
// those with the least are. Error: ErrStyle.
func Ranking(p Parts, s Style) (image.Image, error) {
	c, err := begin(s)
	if err != nil {
		return nil, err
	}
	parts := slices.DeleteFunc(slices.Clone(p.Parts), func(p Part) bool { return p.Value <= 0 })
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(b.Value, a.Value) })
	top := c.title(p.Title)
	if len(parts) == 0 {
		c.empty(top)
		return c.end()
	}
	f := c.plain()
	row := c.text * 11 / 4
	wide := 0 // of the values
	for _, part := range parts {
		wide = max(wide, c.width(c.value(part.Value, p.Currency), f))
	}
	room := c.style.Width - 2*c.margin - wide - c.text/2
	colour := c.theme.GetSeriesColor(0)
	for n, part := range parts {
		y := top + n*row
		if y+row > c.style.Height || room < c.text {
			break
		}
		c.write(c.shorten(part.Name, c.style.Width-2*c.margin, f), c.margin, y+c.text, f)
		long := max(int(float64(room)*float64(part.Value)/float64(parts[0].Value)), 1)
		c.FilledRect(c.margin, y+c.text*11/8, c.margin+long, y+c.text*17/8, colour, colour, 0)
		c.write(c.value(part.Value, p.Currency), c.margin+long+c.text/2, y+c.text*17/8, f)
	}
	return c.end()
}
