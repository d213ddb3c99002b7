package screens

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// calendarPage asks for a day, or from one day to another: the first press is a day, a second on a later one makes it the
// end.
type calendarPage struct {
	*Office
	from, to time.Time // zero: any
	month    time.Time
	done     func(from, to time.Time)
}

func (p *calendarPage) name() string  { return "calendar" }
func (p *calendarPage) title() string { return p.book.Say("office.filter.day") }

func (p *calendarPage) build() view {
	var v view
	if p.month.IsZero() {
		p.month = p.now()
		if !p.from.IsZero() {
			p.month = p.from.In(p.Location)
		}
		p.month, _ = office.Month.Of(p.month)
	}
	back := pictured("left", p.book.Say("office.calendar.earlier"), func() { p.turn(-1) })
	var next *pressable
	if later := office.Month.Step(p.month, 1); later.After(p.now()) {
		next = pictured("right", p.book.Say("office.calendar.later"), nil)
	} else {
		next = pictured("right", p.book.Say("office.calendar.later"), func() { p.turn(1) })
	}
	v.controls = append(v.controls, widgets.Control{ID: "earlier", Object: back}, widgets.Control{ID: "later", Object: next})
	name := p.book.Say(fmt.Sprintf("office.month.%d", int(p.month.Month())), "year", p.month.Year())
	head := across(widgets.Grid, fix(back, 96), fill(middle(words(name, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter))), fix(next, 96))

	var days []fyne.CanvasObject
	for i := range 7 {
		days = append(days, middle(words(p.book.Say(fmt.Sprintf("office.weekday.%d", i+1)), widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter)))
	}
	week := fixedHeight(evenly(7, days...), 32)
	today, _ := office.Day.Of(p.now())
	var cells []fyne.CanvasObject
	for _, w := range office.Weeks(p.month) {
		for _, d := range w {
			color := widgets.ColorText
			if d.Month() != p.month.Month() {
				cells = append(cells, space())
				continue
			}
			press := func() { p.press(d) }
			if d.After(today) {
				color, press = widgets.ColorOutline, nil
			}
			label := fmt.Sprint(d.Day())
			var content fyne.CanvasObject = middle(words(label, widgets.SizeLead, color, fyne.TextAlignCenter))
			if d.Equal(today) {
				content = two(words(label, widgets.SizeLead, widgets.ColorGoText, fyne.TextAlignCenter),
					words(p.book.Say("office.calendar.today"), widgets.SizeCaption, widgets.ColorGoText, fyne.TextAlignCenter))
			}
			cell := newPressable(p.book.Date(d), content, press).chosen(!p.from.IsZero() && !d.Before(p.from) && d.Before(p.to))
			cells = append(cells, cell)
			if press != nil {
				v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("day.%02d", d.Day()), Object: cell})
			}
		}
	}
	grid := evenlyIn(7, 6, cells...)

	var quick []part
	for _, s := range []struct {
		id   string
		from time.Time
		to   time.Time
	}{
		{"today", today, office.Day.Step(today, 1)},
		{"yesterday", office.Day.Step(today, -1), today},
		{"week", office.Day.Step(today, -6), office.Day.Step(today, 1)},
		{"month", office.Month.Step(today, 0), office.Month.Step(today, 1)},
	} {
		k := key(p.book.Say("office.calendar."+s.id), func() { p.done(s.from, s.to) })
		quick = append(quick, fix(k, scaled(72)))
		v.controls = append(v.controls, widgets.Control{ID: "quick." + s.id, Object: k})
	}
	side := down(widgets.Grid, append(append([]part{}, quick...), own(quiet(p.book.Say("office.calendar.hint"))), fill(space()))...)
	v.body = across(3*widgets.Grid, share(side, 1), share(down(widgets.Grid, fix(head, widgets.Touch), own(week), fill(grid)), 3))
	v.primary = enabled(primary(p.book.Say("office.action.show"), func() { p.done(p.from, p.to) }), !p.from.IsZero())
	v.others = []action{{"none", key(p.book.Say("office.filter.any"), func() { p.done(time.Time{}, time.Time{}) })}}
	return v
}

func (p *calendarPage) turn(n int) {
	p.month = office.Month.Step(p.month, n)
	p.refresh()
}

// press takes a day: alone, or as the end of what begins with the day pressed before.
func (p *calendarPage) press(d time.Time) {
	end := office.Day.Step(d, 1)
	if single := !p.from.IsZero() && office.Day.Step(p.from.In(p.Location), 1).Equal(p.to); single && d.After(p.from) {
		p.to = end
	} else {
		p.from, p.to = d, end
	}
	p.refresh()
}

func (p *calendarPage) typedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyPageUp:
		p.turn(-1)
	case fyne.KeyPageDown:
		if !office.Month.Step(p.month, 1).After(p.now()) {
			p.turn(1)
		}
	default:
		return false
	}
	return true
}
