package screens

import (
	"context"
	"fmt"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// chartsPage shows what was taken, by hour, day or rail, and why sales were refused, of a day, a week or a month.
type chartsPage struct {
	*Office
	kind    office.Chart
	span    office.Span
	at      time.Time
	picture image.Image
	of      office.ChartAsk // what the picture was drawn for
	err     error
}

func newChartsPage(o *Office) *chartsPage {
	return &chartsPage{Office: o, kind: office.ByHour, span: office.Day, at: o.now()}
}

func (p *chartsPage) name() string  { return "charts" }
func (p *chartsPage) title() string { return p.book.Say("office.menu.charts") }
func (p *chartsPage) shown()        { p.draw() }

// asks is the chart that belongs on the page now, of the size that there is room for.
func (p *chartsPage) asks() office.ChartAsk {
	window := p.stage.Window().Canvas()
	size := window.Size()
	width := size.Width - 2*widgets.Margin
	height := size.Height - 2*widgets.Margin - scaled(48) - 3*widgets.Touch - 4*widgets.Grid
	w, h := window.PixelCoordinateForPosition(fyne.NewPos(width, max(height, 1)))
	from, to := p.span.Of(p.at)
	ask := office.ChartAsk{Kind: p.kind, From: from, To: to, Size: image.Pt(w, h), TextScale: textScale(), Scale: float32(w) / width, Book: p.book}
	if t, ours := fyne.CurrentApp().Settings().Theme().(*widgets.Theme); ours {
		ask.Light, ask.HighContrast = t.Appearance().Light, t.Appearance().HighContrast
	}
	return ask
}

func (p *chartsPage) draw() {
	if p.Chart == nil {
		return
	}
	ask := p.asks()
	look(p.Office, p, "chart", func(ctx context.Context) (image.Image, error) { return p.Chart(ctx, ask) }, func(m image.Image, err error) {
		p.picture, p.of, p.err = m, ask, err
		if p.top() == p {
			p.refresh()
		}
	})
}

func (p *chartsPage) build() view {
	var v view
	if p.of.Book.Tag() != "" && p.Chart != nil { // the language or the look has changed since
		if now := p.asks(); now.Book.Tag() != p.of.Book.Tag() || now.Size != p.of.Size || now.Light != p.of.Light || now.HighContrast != p.of.HighContrast || now.TextScale != p.of.TextScale {
			if waits, _ := p.looking(p, "chart"); !waits {
				p.draw()
			}
		}
	}
	kinds, kindLabels, kind := []string{}, []string{}, 0
	for i, k := range office.Charts() {
		kinds, kindLabels = append(kinds, "chart."+string(k)), append(kindLabels, p.book.Say("office.chart."+string(k)))
		if k == p.kind {
			kind = i
		}
	}
	which, controls := switcher(kinds, kindLabels, kind, func(i int) {
		p.kind = office.Charts()[i]
		if p.kind == office.ByDay && p.span == office.Day {
			p.span = office.Week // a single column says nothing
		}
		p.change()
	})
	v.controls = append(v.controls, controls...)
	spans, spanLabels, span := []string{}, []string{}, 0
	for i, s := range office.Spans() {
		spans, spanLabels = append(spans, "span."+string(s)), append(spanLabels, p.book.Say("office.span."+string(s)))
		if s == p.span {
			span = i
		}
	}
	how, controls := switcher(spans, spanLabels, span, func(i int) {
		p.span = office.Spans()[i]
		if p.kind == office.ByDay && p.span == office.Day {
			p.kind = office.ByHour
		}
		p.change()
	})
	v.controls = append(v.controls, controls...)
	back := pictured("left", p.book.Say("office.calendar.earlier"), func() { p.step(-1) })
	var press func()
	if _, to := p.span.Of(p.at); to.Before(p.now()) {
		press = func() { p.step(1) }
	}
	next := pictured("right", p.book.Say("office.calendar.later"), press)
	v.controls = append(v.controls, widgets.Control{ID: "earlier", Object: back}, widgets.Control{ID: "later", Object: next})
	when := across(widgets.Grid, share(how, 1.2), fix(space(), 3*widgets.Grid), fix(back, 96),
		share(middle(words(p.saySpan(), widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter)), 1), fix(next, 96))

	var chart fyne.CanvasObject = space()
	_, long := p.looking(p, "chart")
	switch {
	case p.Chart == nil || p.err != nil:
		chart = empty(p.book.Say("office.chart.none"))
	case p.picture != nil:
		picture := canvas.NewImageFromImage(p.picture)
		picture.FillMode, picture.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleFastest
		chart = picture
	case long:
		chart = empty(p.book.Say("office.looking"))
	}
	v.body = down(widgets.Grid, fix(which, widgets.Touch), fix(when, widgets.Touch), fill(chart))
	return v
}

func (p *chartsPage) change() {
	p.draw()
	p.refresh()
}

func (p *chartsPage) step(n int) {
	if from := p.span.Step(p.at, n); !from.After(p.now()) {
		p.at = from
		p.change()
	}
}

// saySpan names what the chart is about.
func (p *chartsPage) saySpan() string {
	from, to := p.span.Of(p.at)
	switch p.span {
	case office.Week:
		return p.book.Day(from) + " – " + p.book.Date(office.Day.Step(to, -1))
	case office.Month:
		return p.book.Say(fmt.Sprintf("office.month.%d", int(from.Month())), "year", from.Year())
	}
	return p.book.Say(fmt.Sprintf("office.weekday.%d", (int(from.Weekday())+6)%7+1)) + " " + p.book.Date(from)
}

func (p *chartsPage) typedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyPageUp:
		p.step(-1)
	case fyne.KeyPageDown:
		p.step(1)
	default:
		return false
	}
	return true
}
