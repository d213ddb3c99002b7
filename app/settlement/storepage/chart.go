package storepage

import (
	"fmt"

	"countersign/app/settlement/takings"
)

// The chart's measures, in its own units: the page scales it.
const (
	chartWidth  = 960
	chartGround = 156 // where bars stand
)

// chart is takings by hour, today beside yesterday, as drawn and as a table.
type chart struct {
	Label string
	Bars  []bar
	Marks []mark
	Rows  []hourRow
}

// bar is a rectangle of a class.
type bar struct {
	Class, Title        string
	X, Y, Width, Height int
}

type mark struct {
	X    int
	Text string
}

type hourRow struct{ Hour, Today, Yesterday string }

// draw makes the chart. Hours that gave more back than they took stand at nothing.
func draw(b *book, f facts) chart {
	c := chart{Label: b.Say("hours.label")}
	most := int64(1)
	for _, day := range f.hours {
		for _, s := range day {
			most = max(most, s.Net())
		}
	}
	const step = chartWidth / 24
	for hour := range 24 {
		if hour%3 == 0 {
			c.Marks = append(c.Marks, mark{hour*step + step/2, fmt.Sprintf("%02d", hour)})
		}
		text := [2]string{}
		for day, class := range [2]string{"yesterday", "today"} {
			s := f.hours[day][hour]
			text[day] = b.Money(s.Net(), f.merchant.Currency)
			if s.Net() <= 0 {
				continue
			}
			height := max(int(s.Net()*(chartGround-12)/most), 2)
			c.Bars = append(c.Bars, bar{Class: class, X: hour*step + 4 + day*16, Y: chartGround - height, Width: 15, Height: height,
				Title: fmt.Sprintf("%02d:00 %s: %s", hour, b.Say("period."+class), text[day])})
		}
		if f.hours[0][hour] != (takings.Sums{}) || f.hours[1][hour] != (takings.Sums{}) {
			c.Rows = append(c.Rows, hourRow{fmt.Sprintf("%02d:00", hour), text[1], text[0]})
		}
	}
	return c
}
