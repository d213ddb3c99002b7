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
	heading, about string
	manager        protocol.ID
	pin            pinEntry
	first          int
	doing          bool
	trouble        string
	give           func(context.Context, protocol.ID, []byte) (office.Refunded, error)
	done           func(office.Refunded)
}

func (p *approvePage) name() string  { return "approve" }
func (p *approvePage) title() string { return p.heading }
func (p *approvePage) busy() bool    { return p.doing }
func (p *approvePage) left()         { p.pin.wipe() }

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
	pad := widgets.NewPINPad(p.book.Say("office.key.backspace"), p.press)
	v.controls = append(v.controls, pad.Controls()...)
	note := words(p.book.Say("office.approve.pin"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter)
	switch {
	case p.doing:
		note = words(p.book.Say("office.refund.sending"), widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter)
	case p.trouble != "":
		note = words(p.trouble, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignCenter)
	}
	right := down(widgets.Grid, fix(p.pin.dots(), scaled(72)), fix(middle(note), scaled(72)), fill(pad))
	v.body = across(4*widgets.Grid, share(down(widgets.Grid, left...), 1), share(right, 1))
	v.primary = enabled(primary(p.book.Say("office.approve.give"), p.send), p.manager != "" && len(p.pin) >= staff.MinPIN && !p.doing)
	v.stay = p.doing
	return v
}

func (p *approvePage) press(k widgets.Key) {
	if !p.doing {
		p.trouble = ""
		p.pin.press(k)
		p.refresh()
	}
}

func (p *approvePage) typedRune(r rune) bool { return typedInto(r, p.press) }

func (p *approvePage) typedKey(event *fyne.KeyEvent) bool {
	if event.Name == fyne.KeyBackspace {
		p.press(widgets.KeyBackspace)
		return true
	}
	return false
}

func (p *approvePage) send() {
	pin, manager := p.pin.take(), p.manager
	p.doing, p.trouble = true, ""
	p.refresh()
	act(p.Office, p, func(ctx context.Context) (office.Refunded, error) { return p.give(ctx, manager, pin) }, func(r office.Refunded, err error) {
		p.doing = false
		switch {
		case p.top() != p:
		case err != nil:
			p.trouble = p.book.Say(office.Trouble(err))
			p.refresh()
		default:
			p.done(r)
		}
	})
}
