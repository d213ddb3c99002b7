package screens

import (
	"context"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
)

// devicesPage shows which devices were found, and ends the first run.
type devicesPage struct {
	*Guide
	found   []welcome.Device
	looking bool
	trouble string
}

func newDevicesPage(g *Guide) *devicesPage {
	p := &devicesPage{Guide: g}
	p.look()
	return p
}

func (p *devicesPage) left() {}

// look has the devices looked at.
func (p *devicesPage) look() {
	p.looking, p.trouble = true, ""
	var found []welcome.Device
	p.later(p.life, p, func(ctx context.Context) error {
		found = p.Wizard.Devices(ctx)
		return nil
	}, func(error) {
		p.found, p.looking = found, false
		p.show()
	})
}

func (p *devicesPage) build() view {
	v := view{name: "welcome-devices"}
	if p.Wizard.CanGoBack() { // to what may have been told wrongly
		v.leave = widgets.NewLeaveAction(p.book.Say("welcome.action.shop"), p.back)
	}
	ready, all := !p.looking, true
	var rows []part
	for _, d := range p.found {
		meaning, word, role := widgets.Good, "welcome.device.ready", widgets.ColorGoText
		switch {
		case d.Good && d.Doubt:
			meaning, word, role = widgets.Attention, "welcome.device.doubt", widgets.ColorAttentionText
		case !d.Good:
			all = false
			meaning, word, role = widgets.Attention, "welcome.device.missing", widgets.ColorAttentionText
			if d.Needed {
				ready = false
				word = "welcome.device.needed"
			}
		}
		rows = append(rows, fixed(across(2*widgets.Grid, fixed(middle(widgets.NewOutcomeMark(meaning, 40)), 40),
			share(middle(said(p.book.Say("office.device."+d.ID), widgets.SizeBody, widgets.ColorText)), 3),
			share(middle(said(p.book.Say(word), widgets.SizeBody, role)), 5),
			share(middle(said(d.Detail, widgets.SizeCaption, widgets.ColorQuiet)), 5)), 64))
	}
	say := "welcome.devices.all"
	switch {
	case p.looking:
		say = "welcome.devices.looking"
	case !ready:
		say = "welcome.devices.needed"
	case !all:
		say = "welcome.devices.some"
	}
	var note fyne.CanvasObject = middle(asked(p.book.Say(say)))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	v.body = down(2*widgets.Grid, fixed(note, 128), share(down(widgets.Grid, append(rows, share(space(), 1))...), 1))
	if p.looking {
		return v
	}
	again := widgets.NewTouchKey(p.book.Say("welcome.action.look"), widgets.PlainKey, func() { p.look(); p.show() })
	v.others = []widgets.Control{{ID: "again", Object: again}}
	v.primary = p.going(p.book.Say("welcome.action.start"), p.finish, ready && len(p.found) > 0)
	return v
}

func (p *devicesPage) finish() {
	if err := p.Wizard.Finish(); err != nil {
		p.trouble = welcome.TroubleOf(err).Phrase
		p.show()
		return
	}
	p.goOn()
}
