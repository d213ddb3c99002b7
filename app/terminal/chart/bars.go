package chart

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"
)

// Bars draws columns, one for each label, of series stacked on each other. Errors:
// ErrStyle, ErrData.
func Bars(d Data, s Style) (image.Image, error) {
	least, most := int64(0), int64(0)
	for _, one := range d.Series {
		if len(one.Values) != len(d.Labels) {
			return nil, fmt.Errorf("%w: %d values of %s, %d labels", ErrData, len(one.Values), one.Name, len(d.Labels))
		}
	}
	for n := range d.Labels {
		up, down := int64(0), int64(0)
		for _, one := range d.Series {
			if v := one.Values[n]; v > 0 {
				up += v
			} else {
				down += v
			}
		}
		least, most = min(least, down), max(most, up)
	}
	c, err := begin(s)
	if err != nil {
		return nil, err
	}
	top := c.title(d.Title)
	if least == 0 && most == 0 {
		c.empty(top)
		return c.end()
	}
	var keys []key
	for n, one := range d.Series {
		if one.Name != "" {
			keys = append(keys, key{one.Name, n})
		}
	}
	if len(keys) > 0 {
		top = c.legend(keys, top)
	}
	if !c.tiny(top) {
		if err := c.bars(d, top, least, most); err != nil {
			return nil, fmt.Errorf("draw bars: %w", err)
		}
	}
	return c.end()
}

// bars has the library draw columns and axes below top.
func (c *canvas) bars(d Data, top int, least, most int64) error {
	f := c.plain()
	if len(d.Labels) == 1 { // alone it would be as broad as the chart, its label at the side
		d.Labels = []string{"", d.Labels[0], ""}
		d.Series = slices.Clone(d.Series)
		for n, one := range d.Series {
			d.Series[n].Values = []int64{0, one.Values[0], 0}
		}
	}
	step := niceStep(least, most, max((c.style.Height-top)/(3*c.text), 2), smallest(d))
	low, high := -ceiling(-least, step)*step, ceiling(most, step)*step
	lines := int((high-low)/step) + 1
	wide := 0 // of the amounts beside the axis
	for v := low; v <= high; v += step {
		wide = max(wide, c.width(c.value(v, d.Currency), f))
	}
	box := charts.NewBox(c.margin, top+c.text/2, c.style.Width-c.margin, c.style.Height-c.margin/2)
	values := make([][]float64, len(d.Series))
	for n, one := range d.Series {
		values[n] = make([]float64, len(one.Values))
		for m, v := range one.Values {
			values[n][m] = float64(v)
		}
	}
	option := charts.NewBarChartOptionWithData(values)
	option.Theme, option.StackSeries, option.Padding = c.theme, charts.Ptr(true), charts.NewBoxEqual(0)
	option.Legend.Show, option.Title.Show = charts.Ptr(false), charts.Ptr(false)
	option.BarSize = 0.7
	option.CategoryAxis.Labels = c.thinned(d.Labels, box.Width()-wide-c.text)
	option.CategoryAxis.LabelFontStyle, option.CategoryAxis.LabelCount = f, len(d.Labels)
	option.CategoryAxis.BoundaryGap = charts.Ptr(true)
	option.ValueAxis = []charts.ValueAxisOption{{
		Min: charts.Ptr(float64(low)), Max: charts.Ptr(float64(high)), LabelCount: lines, LabelFontStyle: f,
		ValueFormatter: func(v float64) string { return c.value(int64(math.Round(v)), d.Currency) },
	}}
	return c.Child(charts.PainterBoxOption(box)).BarChart(option)
}

// thinned keeps every so manieth label, so that they fit beside each other.
func (c *canvas) thinned(labels []string, width int) []string {
	f := c.plain()
	wide := 1
	for _, l := range labels {
		wide = max(wide, c.width(l, f)+c.text*3/4)
	}
	every := 1
	if room := width / max(len(labels), 1); wide > room {
		every = (wide*len(labels) + width - 1) / max(width, 1)
	}
	for _, round := range []int{2, 3, 4, 6, 7, 12, 14, 24, 28, 30} { // what hours and days are counted in
		if every > 1 && every <= round {
			every = round
			break
		}
	}
	list := make([]string, len(labels))
	for n := 0; n < len(labels); n += every {
		// The middle of the column, and what is right of it.
		if right := width - (2*n+1)*width/(2*len(labels)); c.width(labels[n], f)/2 <= right+c.margin/2 {
			list[n] = labels[n]
		}
	}
	return list
}

// smallest is the least step of an axis: a whole unit of money, or one.
func smallest(d Data) int64 {
	if d.Currency == 0 {
		return 1
	}
	one, _ := strconv.ParseInt("1"+"0000"[:min(d.Currency.Digits(), 4)], 10, 64)
	return one
}

// niceStep is 1, 2 or 5 with zeros, such that at most so many steps reach from least
// to most; a part of a unit only where all is less than one.
func niceStep(least, most int64, steps int, unit int64) int64 {
	if most < unit && -least < unit {
		unit = 1
	}
	for step := unit; ; step *= 10 {
		for _, times := range []int64{1, 2, 5} {
			if s := step * times; ceiling(most, s)+ceiling(-least, s) <= int64(steps) {
				return s
			}
		}
	}
}

// ceiling divides upwards; n is 0 or more.
func ceiling(n, by int64) int64 { return (n + by - 1) / by }
