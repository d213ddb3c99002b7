package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// found is what the journal has found out about itself, for whoever sees the log.
func (o *Office) found() []journal.Finding {
	if o.Findings == nil || !o.seesLog() {
		return nil
	}
	return office.ToSee(o.Findings())
}

// findingsPage tells what the journal has found out about itself, and what to do.
type findingsPage struct {
	*Office
	problems logbook.Problems
	first    int
}

func (p *findingsPage) name() string  { return "findings" }
func (p *findingsPage) title() string { return p.book.Say("office.finding.title") }

func (p *findingsPage) build() view {
	var v view
	var rows []fyne.CanvasObject
	for _, f := range p.found() {
		said := office.SayFinding(f.Kind)
		heading, text := p.book.Say(said+".title"), p.book.Say(said+".text")
		at := p.book.DateTime(f.At.In(p.Location))
		if f.Sale != 0 {
			at += " · " + p.book.Say("office.number", "number", number(f.Sale))
		}
		rows = append(rows, panel(across(2*widgets.Grid, fix(middle(widgets.NewOutcomeMark(widgets.Attention, 40)), 40),
			fill(down(0, share(two(words(heading, widgets.SizeLead, widgets.ColorAttentionText, fyne.TextAlignLeading),
				words(at, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignLeading)), 1),
				share(middle(words(text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading)), 1))))))
	}
	list := newRoll(p.Office, rows, scaled(176), &p.first)
	v.controls, v.body = list.controls(), list.box
	if p.problems.Any() {
		v.others = []action{{"problems", key(p.sayProblems(p.problems), p.toProblems)}}
	}
	return v
}

// toProblems goes on to the sales that a manager should look at.
func (p *findingsPage) toProblems() {
	p.Office.log = logState{query: logbook.Query{Problems: true}}
	p.push(&logPage{Office: p.Office})
}
