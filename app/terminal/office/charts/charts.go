// Package charts makes the manager's charts: what package office asks for, from what
// package logbook has counted, drawn by package chart.
package charts

import (
	"context"
	"image"
	"sort"
	"time"

	"countersign/app/terminal/chart"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Book is what is drawn, of which logbook.Book is one. Its methods may take as long as
// the log is.
type Book interface {
	// Takings are the columns of a span.
	Takings(ctx context.Context, from, to time.Time, by logbook.Unit) ([]logbook.Takings, error)
	// Refusals are how often sales ended for a reason in a span.
	Refusals(ctx context.Context, from, to time.Time) (map[sale.Reason]int, error)
}

// Of returns what draws a book's charts, in amounts of a currency, as office/screens wants
// it. Its errors are the book's and package chart's.
func Of(book Book, currency money.Currency) func(context.Context, office.ChartAsk) (image.Image, error) {
	return func(ctx context.Context, ask office.ChartAsk) (image.Image, error) {
		return picture(ctx, book, currency, ask)
	}
}

func picture(ctx context.Context, book Book, currency money.Currency, ask office.ChartAsk) (image.Image, error) {
	ground, text, quiet, compared := widgets.ChartColours(widgets.Appearance{Light: ask.Light, HighContrast: ask.HighContrast})
	style := chart.Style{
		Width: ask.Size.X, Height: ask.Size.Y, Scale: ask.Scale, TextSize: 18 * max(ask.TextScale, 1), Font: assets.Font(assets.Regular),
		Palette: chart.Palette{Ground: ground, Text: text, Quiet: quiet, Series: compared}, Language: ask.Book.Tag(),
		Empty: ask.Book.Say("office.chart.empty"),
	}
	switch ask.Kind {
	case office.Refusals:
		reasons, err := book.Refusals(ctx, ask.From, ask.To)
		if err != nil {
			return nil, err
		}
		return chart.Ranking(refusals(reasons, ask.Book), style)
	case office.ByRail:
		days, err := book.Takings(ctx, ask.From, ask.To, logbook.ByDay)
		if err != nil {
			return nil, err
		}
		return chart.Shares(shares(days, currency, ask.Book), style)
	}
	unit, label := logbook.ByDay, dayLabel(ask.Book)
	if ask.Kind == office.ByHour {
		unit, label = logbook.ByHour, hourLabel
	}
	columns, err := book.Takings(ctx, ask.From, ask.To, unit)
	if err != nil {
		return nil, err
	}
	if unit == logbook.ByHour && ask.To.Sub(ask.From) > 48*time.Hour {
		columns = hoursOfDay(columns)
	}
	return chart.Bars(bars(columns, currency, label, ask.Book), style)
}

func bars(columns []logbook.Takings, currency money.Currency, label func(time.Time) string, book assets.Phrasebook) chart.Data {
	d := chart.Data{Currency: currency}
	for _, c := range columns {
		d.Labels = append(d.Labels, label(c.From))
	}
	for _, rail := range office.Rails() {
		s := chart.Series{Name: book.Say(office.SayRail(rail)), Values: make([]int64, len(columns))}
		for i, c := range columns {
			s.Values[i] = int64(c.Rails[rail])
		}
		d.Series = append(d.Series, s)
	}
	return d
}

func shares(columns []logbook.Takings, currency money.Currency, book assets.Phrasebook) chart.Parts {
	p := chart.Parts{Currency: currency}
	for _, rail := range office.Rails() {
		var sum int64
		for _, c := range columns {
			sum += int64(c.Rails[rail])
		}
		p.Parts = append(p.Parts, chart.Part{Name: book.Say(office.SayRail(rail)), Value: sum})
	}
	return p
}

// refusals are the reasons, the most frequent first.
func refusals(counts map[sale.Reason]int, book assets.Phrasebook) chart.Parts {
	var p chart.Parts
	for reason, n := range counts {
		name, _ := office.ReasonWords(book, reason, money.Amount{})
		p.Parts = append(p.Parts, chart.Part{Name: name, Value: int64(n)})
	}
	sort.Slice(p.Parts, func(i, j int) bool {
		a, b := p.Parts[i], p.Parts[j]
		return a.Value > b.Value || a.Value == b.Value && a.Name < b.Name
	})
	return p
}

func hourLabel(at time.Time) string { return at.Format("15") }

func dayLabel(book assets.Phrasebook) func(time.Time) string {
	return func(at time.Time) string { return book.Day(at) }
}

// hoursOfDay adds the same hours of several days up: at what time of day is it busy?
func hoursOfDay(columns []logbook.Takings) []logbook.Takings {
	var day [24]logbook.Takings
	for _, c := range columns {
		h := &day[c.From.Hour()]
		if h.Rails == nil {
			h.Rails = map[sale.Rail]protocol.Sum{}
		}
		for rail, sum := range c.Rails {
			h.Rails[rail] += sum
		}
		h.Count += c.Count
	}
	var list []logbook.Takings
	for hour, h := range day {
		h.From = time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC)
		list = append(list, h)
	}
	return list
}
