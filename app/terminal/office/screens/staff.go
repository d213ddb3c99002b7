package screens

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// staffPage lists who works here.
type staffPage struct {
	*Office
	first   int
	doing   bool
	said    string
	meaning widgets.Meaning
}

func (p *staffPage) name() string  { return "staff" }
func (p *staffPage) title() string { return p.book.Say("office.menu.staff") }
func (p *staffPage) busy() bool    { return p.doing }

func (p *staffPage) build() view {
	var v view
	var rows []fyne.CanvasObject
	for _, m := range p.Members() {
		meaning, state := widgets.Quiet, p.book.Say("office.staff.since", "date", p.book.Date(m.Since.In(p.Location)))
		color := widgets.ColorQuiet
		if m.Locked.After(p.Now()) {
			meaning, state, color = widgets.Attention, p.book.Say("office.staff.locked", "time", p.book.Time(m.Locked.In(p.Location))), widgets.ColorAttentionText
		}
		row := newPressable(string(m.ID), across(2*widgets.Grid, fix(dot(meaning), 28), share(middle(body(string(m.ID))), 2),
			share(middle(body(p.book.Say(office.SayRole(m.Role)))), 1.5), share(middle(words(state, widgets.SizeBody, color, fyne.TextAlignLeading)), 3),
			fix(centred(picture("right", widgets.ColorQuiet), 28, 28), 32)), func() {
			p.push(&memberPage{Office: p.Office, id: m.ID})
		})
		rows = append(rows, row)
		v.controls = append(v.controls, widgets.Control{ID: "member." + string(m.ID), Object: row})
	}
	list := newRoll(p.Office, rows, scaled(76), &p.first)
	v.controls = append(v.controls, list.controls()...)
	v.body = list.box
	if p.said != "" {
		v.body = down(widgets.Grid, fill(list.box), fix(notice(p.meaning, p.said, ""), widgets.Touch))
	}
	v.primary = enabled(primary(p.book.Say("office.staff.add"), p.add), !p.doing)
	v.stay = p.doing
	return v
}

// longestName is the most bytes of a member's name.
const longestName = 16

// add asks for name, role and PIN, then adds.
func (p *staffPage) add() {
	p.said = ""
	p.push(&writePage{Office: p.Office, asks: p.book.Say("office.staff.name"), most: longestName, member: true, done: func(name string) {
		id := protocol.ID(strings.TrimSpace(name))
		var options []option
		roles := []staff.Role{staff.Cashier, staff.Manager, staff.Installer}
		for _, r := range roles {
			options = append(options, option{id: string(r), label: p.book.Say(office.SayRole(r)), detail: p.book.Say(office.SayMay(r))})
		}
		p.push(&choosePage{Office: p.Office, asks: p.book.Say("office.staff.role", "name", name), options: options, chosen: map[int]bool{}, done: func(chosen []int) {
			role := roles[chosen[0]]
			p.push(&pinPage{Office: p.Office, pinAsk: pinAsk{office: p.Office}, heading: p.book.Say("office.staff.pin-of", "name", name), id: id,
				set:  func(ctx context.Context, _, pin []byte) error { return p.intents.AddMember(ctx, id, role, pin) },
				done: func() { p.say(p.book.Say("office.staff.added", "name", name)) }})
		}})
	}})
}

// say goes back to the list and says what was done.
func (p *staffPage) say(said string) {
	p.said, p.meaning = said, widgets.Good
	p.home(func(q page) bool { return q == page(p) })
}

// memberPage is one of them, and what can be changed.
type memberPage struct {
	*Office
	id      protocol.ID
	sure    bool // asks whether to remove
	doing   bool
	trouble string
}

func (p *memberPage) name() string  { return "member" }
func (p *memberPage) title() string { return string(p.id) }
func (p *memberPage) busy() bool    { return p.doing }

func (p *memberPage) list() *staffPage {
	for _, q := range p.pages {
		if s, is := q.(*staffPage); is {
			return s
		}
	}
	return nil
}

func (p *memberPage) build() view {
	var v view
	var who office.Colleague
	for _, m := range p.Members() {
		if m.ID == p.id {
			who = m
		}
	}
	locked := who.Locked.After(p.Now())
	parts := []part{fix(space(), widgets.Grid), fix(centred(picture("staff", widgets.ColorGoText), 112, 112), 112),
		fix(middle(words(string(p.id), widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter)), scaled(64))}
	if who.Role != "" {
		parts = append(parts, fix(middle(words(p.book.Say(office.SayRole(who.Role)), widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignCenter)), scaled(44)),
			own(words(p.book.Say(office.SayMay(who.Role)), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter)))
	}
	switch {
	case p.trouble != "":
		parts = append(parts, fix(notice(widgets.Attention, p.trouble, ""), scaled(88)))
	case p.sure:
		parts = append(parts, fix(notice(widgets.Attention, p.book.Say("office.staff.remove-sure", "name", string(p.id)), ""), scaled(88)))
	case locked:
		parts = append(parts, fix(notice(widgets.Attention, p.book.Say("office.staff.locked", "time", p.book.Time(who.Locked.In(p.Location))), ""), scaled(88)))
	}
	parts = append(parts, fill(space()))
	v.body = centred(down(widgets.Grid, parts...), 860, 1000)
	v.stay = p.doing
	if p.sure {
		v.primary = enabled(primary(p.book.Say("office.staff.remove"), p.remove), !p.doing)
		v.others = []action{{"keep", key(p.book.Say("office.staff.keep"), func() { p.sure = false; p.refresh() })}}
		return v
	}
	v.others = []action{
		{"remove", enabled(key(p.book.Say("office.staff.remove"), func() { p.sure, p.trouble = true, ""; p.refresh() }), !p.doing && p.id != p.who.ID)},
		{"unlock", enabled(key(p.book.Say("office.staff.unlock"), p.unlock), !p.doing && locked)},
		{"pin", enabled(key(p.book.Say("office.staff.new-pin"), p.newPIN), !p.doing)},
	}
	return v
}

func (p *memberPage) do(said string, do func(context.Context) error) {
	p.doing, p.trouble = true, ""
	p.refresh()
	act(p.Office, p, only(do), func(_ nothing, err error) {
		p.doing, p.sure = false, false
		if err != nil {
			p.trouble = p.book.Say(office.Trouble(err))
		}
		switch list := p.list(); {
		case p.top() != p:
		case err == nil && list != nil:
			list.say(said)
		default:
			p.refresh()
		}
	})
}

func (p *memberPage) remove() {
	p.do(p.book.Say("office.staff.removed", "name", string(p.id)), func(ctx context.Context) error { return p.intents.RemoveMember(ctx, p.id) })
}

func (p *memberPage) unlock() {
	p.do(p.book.Say("office.staff.unlocked", "name", string(p.id)), func(ctx context.Context) error { return p.intents.Unlock(ctx, p.id) })
}

func (p *memberPage) newPIN() {
	p.push(&pinPage{Office: p.Office, pinAsk: pinAsk{office: p.Office}, heading: p.book.Say("office.staff.pin-of", "name", string(p.id)), id: p.id,
		set: func(ctx context.Context, _, pin []byte) error { return p.intents.SetPIN(ctx, p.id, pin) },
		done: func() {
			if list := p.list(); list != nil {
				list.say(p.book.Say("office.staff.pin-set", "name", string(p.id)))
			}
		}})
}

// changeOwnPIN asks for the present PIN and twice for the new one.
func (o *Office) changeOwnPIN() {
	o.push(&pinPage{Office: o, pinAsk: pinAsk{office: o}, heading: o.book.Say("office.menu.pin"), id: o.who.ID, asksOld: true, set: o.intents.ChangePIN, done: func() {
		o.swap(&endPage{Office: o, meaning: widgets.Good, heading: o.book.Say("office.pin.changed"), text: o.book.Say("office.pin.changed-text"),
			to: func(q page) bool { _, is := q.(*menuPage); return is }})
	}})
}
