package screens

import (
	"context"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// approvePage has a manager say yes, with name and PIN.
type approvePage struct {
	*Office
	pinAsk
	heading, about string
	manager        protocol.ID
	first          int
	give           func(context.Context, protocol.ID, []byte) (office.Refunded, error)
	done           func(office.Refunded)
}

func (p *approvePage) name() string  { return "approve" }
func (p *approvePage) title() string { return p.heading }

func (p *approvePage) build() view {
	var v view
	var managers []protocol.ID
	for _, m := range p.Members() {
		if m.Role.May(staff.ApproveRefund) {
			managers = append(managers, m.ID)
		}
	}
	if p.manager == "" && p.who.Role.May(staff.ApproveRefund) {
		p.manager = p.who.ID
	} else if p.manager == "" && len(managers) == 1 {
		p.manager = managers[0]
	}
	var rows []fyne.CanvasObject
	for _, m := range managers {
		c := newPressable(string(m), padded(middle(body(string(m))), widgets.Grid, 0), func() { p.manager = m; p.refresh() }).chosen(m == p.manager)
		rows = append(rows, c)
		v.controls = append(v.controls, widgets.Control{ID: "manager." + string(m), Object: c})
	}
	list := newRoll(p.Office, rows, widgets.Touch, &p.first)
	v.controls = append(v.controls, list.controls()...)
	left := []part{
		own(lead(p.about)),
		fix(middle(words(p.book.Say("office.approve.who"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), scaled(40)),
		fill(list.box),
	}
	pad := p.pad()
	v.controls = append(v.controls, pad.Controls()...)
	note := p.note(p.book.Say("office.approve.pin"), p.book.Say("office.refund.sending"), widgets.SizeBody)
	right := down(widgets.Grid, fix(p.pin.dots(), scaled(72)), fix(middle(note), scaled(72)), fill(pad))
	v.body = across(4*widgets.Grid, share(down(widgets.Grid, left...), 1), share(right, 1))
	v.primary = enabled(primary(p.book.Say("office.approve.give"), p.send), p.manager != "" && p.complete())
	v.stay = p.doing
	return v
}

func (p *approvePage) send() {
	pin, manager := p.pin.take(), p.manager
	p.use()
	act(p.Office, p, func(ctx context.Context) (office.Refunded, error) { return p.give(ctx, manager, pin) }, func(r office.Refunded, err error) {
		if p.used(p, err) {
			p.done(r)
		}
	})
}
