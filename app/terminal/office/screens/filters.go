package screens

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/widgets"
	"countersign/protocol"
)

// filters is the row of what is searched for and of the chips that narrow the log.
func (p *logPage) filters() (fyne.CanvasObject, []widgets.Control) {
	q := p.Office.log.query
	search := p.searchField()
	controls := []widgets.Control{{ID: "search", Object: search}}
	parts := []part{share(search, 2.2)}
	add := func(id, label, value string, press func()) {
		c := chip(label, value, press)
		parts = append(parts, share(c, 1))
		controls = append(controls, widgets.Control{ID: "filter." + id, Object: c})
	}
	if p.seesLog() {
		add("day", p.book.Say("office.filter.day"), p.sayDays(q.From, q.To), p.chooseDay)
	}
	if p.seesLog() {
		add("cashier", p.book.Say("office.filter.cashier"), string(q.Cashier), p.chooseCashier)
	}
	if !p.Office.log.events {
		rail := ""
		if q.Rail != "" {
			rail = p.book.Say(office.SayRail(q.Rail))
		}
		add("rail", p.book.Say("office.filter.rail"), rail, p.chooseRail)
		add("outcome", p.book.Say("office.filter.outcome"), p.sayEndings(q), p.chooseOutcome)
		add("amount", p.book.Say("office.filter.amount"), p.sayAmounts(q.Least, q.Most), p.chooseAmount)
	}
	clear := pictured("clear", p.book.Say("office.filter.clear"), func() {
		p.narrow(func(q *logbook.Query) { *q = logbook.Query{} })
	})
	if q.Text == "" && q.From.IsZero() && q.To.IsZero() && q.Cashier == "" && q.Rail == "" && len(q.Endings) == 0 && q.Least == 0 && q.Most == 0 && !q.Problems {
		clear = pictured("clear", p.book.Say("office.filter.clear"), nil)
	}
	parts = append(parts, fix(clear, widgets.Touch))
	controls = append(controls, widgets.Control{ID: "filter.clear", Object: clear})
	return across(widgets.Grid, parts...), controls
}

// searchField shows what is searched for; a press opens the keyboard on the screen.
func (p *logPage) searchField() *pressable {
	text := p.Office.log.query.Text
	color := widgets.ColorText
	shown := text + "|"
	if text == "" {
		shown, color = p.book.Say("office.filter.search"), widgets.ColorQuiet
	}
	return newPressable(p.book.Say("office.filter.search")+" "+text, across(widgets.Grid,
		fix(centred(picture("search", widgets.ColorQuiet), 32, 32), 36),
		fill(middle(words(shown, widgets.SizeBody, color, fyne.TextAlignLeading)))), func() {
		p.push(&writePage{Office: p.Office, asks: p.book.Say("office.filter.search"), text: text, most: mostText, none: true, done: func(text string) {
			p.narrow(func(q *logbook.Query) { q.Text = strings.TrimSpace(text) })
			p.Office.back()
		}})
	}).chosen(text != "")
}

// chip is a filter: its name, and what it lets through once it does. From and to take both lines.
func chip(label, value string, press func()) *pressable {
	if value != "" && (textScale() > 1.3 || strings.Contains(value, " – ")) { // has room for no more
		return newPressable(label+": "+value, middle(words(value, widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter)), press).chosen(true)
	}
	if value == "" {
		return newPressable(label, middle(words(label, widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter)), press)
	}
	return newPressable(label+": "+value, two(words(label, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter),
		words(value, widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter)), press).chosen(true)
}

func (p *logPage) sayDays(from, to time.Time) string {
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case to.IsZero():
		return p.book.Day(from.In(p.Location)) + " –"
	}
	last := office.Day.Step(to.In(p.Location), -1)
	if from.IsZero() {
		return "– " + p.book.Day(last)
	}
	if first := from.In(p.Location); !first.Equal(last) {
		return p.book.Day(first) + " – " + p.book.Day(last)
	}
	return p.book.Day(last)
}

func (p *logPage) sayEndings(q logbook.Query) string {
	switch {
	case q.Problems:
		return p.book.Say("office.filter.problems")
	case len(q.Endings) == 1:
		return p.book.Say(office.SayEnding(q.Endings[0]))
	case len(q.Endings) > 1:
		return p.book.Say("office.filter.several", "count", len(q.Endings))
	}
	return ""
}

func (p *logPage) sayAmounts(least, most protocol.Amount) string {
	switch {
	case least == 0 && most == 0:
		return ""
	case least == most:
		return p.format(least)
	case most == 0:
		return p.format(least) + " –"
	case least == 0:
		return "– " + p.format(most)
	}
	return p.format(least) + " – " + p.format(most)
}

func (p *logPage) chooseDay() {
	q := p.Office.log.query
	page := &calendarPage{Office: p.Office, from: q.From, to: q.To, done: func(from, to time.Time) {
		p.narrow(func(q *logbook.Query) { q.From, q.To = from, to })
		p.Office.back()
	}}
	p.push(page)
}

func (p *logPage) chooseCashier() {
	options := []option{{id: "any", label: p.book.Say("office.filter.anybody")}}
	var ids []protocol.ID
	chosen := 0
	for _, m := range p.Members() {
		ids = append(ids, m.ID)
		options = append(options, option{id: string(m.ID), label: string(m.ID), detail: p.book.Say(office.SayRole(m.Role))})
		if m.ID == p.Office.log.query.Cashier {
			chosen = len(ids)
		}
	}
	p.push(&choosePage{Office: p.Office, asks: p.book.Say("office.filter.cashier"), options: options, chosen: map[int]bool{chosen: true}, done: func(chosen []int) {
		p.narrow(func(q *logbook.Query) {
			q.Cashier = ""
			if chosen[0] > 0 {
				q.Cashier = ids[chosen[0]-1]
			}
		})
		p.Office.back()
	}})
}

func (p *logPage) chooseRail() {
	options := []option{{id: "any", label: p.book.Say("office.filter.any")}}
	chosen := 0
	for i, r := range office.Rails() {
		options = append(options, option{id: string(r), label: p.book.Say(office.SayRail(r))})
		if r == p.Office.log.query.Rail {
			chosen = i + 1
		}
	}
	p.push(&choosePage{Office: p.Office, asks: p.book.Say("office.filter.rail"), options: options, chosen: map[int]bool{chosen: true}, done: func(chosen []int) {
		p.narrow(func(q *logbook.Query) {
			q.Rail = ""
			if chosen[0] > 0 {
				q.Rail = office.Rails()[chosen[0]-1]
			}
		})
		p.Office.back()
	}})
}

func (p *logPage) chooseOutcome() {
	q := p.Office.log.query
	options := []option{{id: "problems", label: p.book.Say("office.filter.problems"), meaning: widgets.Attention, marked: true, alone: true}}
	chosen := map[int]bool{0: q.Problems}
	for i, e := range office.Endings() {
		options = append(options, option{id: string(e), label: p.book.Say(office.SayEnding(e)), meaning: meaningOf(logbook.Row{Ending: e}), marked: true})
		chosen[i+1] = slices.Contains(q.Endings, e)
	}
	p.push(&choosePage{Office: p.Office, asks: p.book.Say("office.filter.outcome"), options: options, chosen: chosen, many: true, done: func(chosen []int) {
		p.narrow(func(q *logbook.Query) {
			q.Problems, q.Endings = false, nil
			for _, i := range chosen {
				if i == 0 {
					q.Problems = true
				} else {
					q.Endings = append(q.Endings, office.Endings()[i-1])
				}
			}
		})
		p.Office.back()
	}})
}

func (p *logPage) chooseAmount() {
	q := p.Office.log.query
	p.push(newRangePage(p.Office, q.Least, q.Most, func(least, most protocol.Amount) {
		p.narrow(func(q *logbook.Query) { q.Least, q.Most = least, most })
		p.Office.back()
	}))
}
