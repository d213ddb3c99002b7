package screens

import (
	"context"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
)

// enrolmentPage shows the enrolment go on; it begins with the page.
type enrolmentPage struct {
	*Guide
	at      welcome.Phase
	trouble *welcome.Trouble // nil: it goes on
	stop    context.CancelFunc
}

func newEnrolmentPage(g *Guide) *enrolmentPage {
	p := &enrolmentPage{Guide: g}
	p.begin()
	return p
}

func (p *enrolmentPage) left() { p.stop() }

// begin has the terminal enrolled.
func (p *enrolmentPage) begin() {
	p.at, p.trouble = welcome.MakingKeys, nil
	ctx, stop := context.WithCancel(p.life)
	p.stop = stop
	begins := func(at welcome.Phase) {
		p.stage.Do(func() {
			if p.page == page(p) && ctx.Err() == nil {
				p.at = at
				p.show()
			}
		})
	}
	p.later(ctx, p, func(ctx context.Context) error { return p.Wizard.Enrol(ctx, begins) }, func(err error) {
		stop()
		if err == nil {
			p.goOn()
			return
		}
		t := welcome.TroubleOf(err)
		p.trouble = &t
		p.show()
	})
}

// phases are the words for each, in order.
var phases = [welcome.Phases]string{"welcome.phase.keys", "welcome.phase.reaching", "welcome.phase.proving", "welcome.phase.keeping"}

func (p *enrolmentPage) build() view {
	v := view{name: "welcome-enrolment"}
	var rows []part
	for i, phrase := range phases {
		phase := welcome.Phase(i)
		meaning, role := widgets.Quiet, widgets.ColorQuiet
		switch {
		case phase < p.at:
			meaning, role = widgets.Good, widgets.ColorText
		case phase == p.at && p.trouble != nil:
			meaning, role = widgets.Attention, widgets.ColorAttentionText
		case phase == p.at:
			role = widgets.ColorText
		}
		rows = append(rows, share(across(2*widgets.Grid, fixed(middle(widgets.NewOutcomeMark(meaning, 40)), 40),
			share(middle(said(p.book.Say(phrase), widgets.SizeLead, role)), 1)), 1))
	}
	list := within(down(widgets.Grid, rows...), 960, 320)
	if p.trouble == nil {
		v.body = down(2*widgets.Grid, fixed(middle(asked(p.book.Say("welcome.enrolment.working"))), 96), share(list, 1))
		v.leave = widgets.NewLeaveAction(p.book.Say("welcome.action.stop"), func() { p.stop() })
		return v
	}
	v.body = down(2*widgets.Grid, share(list, 1), fixed(p.Guide.trouble(p.trouble.Phrase), 176))
	change := func(to welcome.Step) func() {
		return func() {
			if p.Wizard.BackTo(to) {
				p.goOn()
			}
		}
	}
	another := p.book.Say("welcome.action.code")
	if p.trouble.Spent {
		v.leave = p.leaving()
		v.primary = p.going(another, change(welcome.AtCode), true)
		return v
	}
	v.leave = p.leaving()
	v.others = []widgets.Control{
		{ID: "address", Object: widgets.NewTouchKey(p.book.Say("welcome.action.address"), widgets.PlainKey, change(welcome.AtAuthority))},
		{ID: "code", Object: widgets.NewTouchKey(another, widgets.PlainKey, change(welcome.AtCode))},
	}
	v.primary = p.going(p.book.Say("welcome.action.again"), func() { p.begin(); p.show() }, true)
	return v
}
