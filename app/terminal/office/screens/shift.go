package screens

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/report"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// shiftPage says how the shift stands, opens it and closes it.
type shiftPage struct {
	*Office
	doing   bool
	said    string
	meaning widgets.Meaning
}

func (p *shiftPage) name() string  { return "shift" }
func (p *shiftPage) title() string { return p.book.Say("office.menu.shift") }
func (p *shiftPage) busy() bool    { return p.doing }

func (p *shiftPage) build() view {
	var v view
	s := p.Shift()
	role := p.who.Role
	var heading, text string
	meaning := widgets.Attention
	switch {
	case s.Open():
		meaning = widgets.Good
		heading = p.book.Say("office.shift.open-heading", "number", s.Number)
		text = p.book.Say("office.shift.open-text", "time", p.book.DateTime(s.Opened.In(p.Location)), "who", string(s.OpenedBy), "float", p.format(protocol.Amount(s.Float)))
	case s.Number == 0:
		heading, text = p.book.Say("office.shift.none-open"), p.book.Say("office.shift.first-text")
	default:
		heading = p.book.Say("office.shift.none-open")
		text = p.book.Say("office.shift.closed-text", "number", s.Number, "time", p.book.DateTime(s.Closed.In(p.Location)), "who", string(s.ClosedBy))
	}
	parts := []part{fix(space(), 2*widgets.Grid), fix(centred(widgets.NewOutcomeMark(meaning, 96), 96, 96), 96),
		fix(middle(words(heading, widgets.SizeHeading, meaning.WordColor(), fyne.TextAlignCenter)), scaled(64)),
		own(words(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter))}
	if !s.Open() && s.Number > 0 && !s.Uncounted && s.Difference != 0 { // differences are shown, never hidden
		parts = append(parts, fix(notice(widgets.Attention, p.sayDifference(int64(s.Difference)), ""), widgets.Touch))
	}
	if p.said != "" {
		parts = append(parts, fix(notice(p.meaning, p.said, ""), widgets.Touch))
	}
	parts = append(parts, fill(space()))
	var keys []fyne.CanvasObject
	add := func(id, label string, may bool, press func()) {
		if may {
			k := enabled(key(p.book.Say(label), press), !p.doing)
			keys = append(keys, k)
			v.controls = append(v.controls, widgets.Control{ID: id, Object: k})
		}
	}
	add("x", "office.shift.x", s.Number > 0 && role.May(staff.SeeReports), p.readX)
	add("cash-in", "office.shift.cash-in", s.Open() && role.May(staff.MoveCash), func() { p.moveCash(true) })
	add("cash-out", "office.shift.cash-out", s.Open() && role.May(staff.MoveCash), func() { p.moveCash(false) })
	add("drawer", "office.shift.drawer", s.Open() && role.May(staff.OpenDrawer), p.openDrawer)
	if len(keys) > 0 {
		parts = append(parts, fix(evenly(max(len(keys), 2), keys...), scaled(88)))
	}
	v.body = down(widgets.Grid, parts...)
	switch {
	case s.Open() && role.May(staff.CloseShift):
		v.primary = enabled(primary(p.book.Say("office.shift.close"), p.closeShift), !p.doing)
	case !s.Open() && role.May(staff.OpenShift):
		v.primary = enabled(primary(p.book.Say("office.shift.open"), p.openShift), !p.doing)
	}
	v.stay = p.doing
	return v
}

// begin says that something is being done; the answer comes to end.
func (p *shiftPage) begin() { p.doing, p.said = true, ""; p.refresh() }

func (p *shiftPage) end(said string, err error) {
	p.doing, p.said, p.meaning = false, said, widgets.Good
	if err != nil {
		p.said, p.meaning = p.book.Say(office.Trouble(err)), widgets.Attention
	}
	if p.top() == p {
		p.refresh()
	}
}

func (p *shiftPage) readX() {
	p.begin()
	look(p.Office, p, "x", p.intents.Report, func(r report.Report, err error) {
		p.end("", err)
		if err == nil && p.top() == p {
			p.push(&reportPage{Office: p.Office, report: r})
		}
	})
}

func (p *shiftPage) openDrawer() {
	p.push(newReasonPage(p.Office, p.book.Say("office.shift.drawer"), []string{"office.cash.change", "office.cash.count", "office.cash.mistake"}, func(why string) {
		p.Office.back()
		p.begin()
		act(p.Office, p, only(func(ctx context.Context) error { return p.intents.OpenDrawer(ctx, why) }),
			func(_ nothing, err error) { p.end(p.book.Say("office.shift.drawer-open"), err) })
	}))
}

func (p *shiftPage) moveCash(in bool) {
	title, done, reasons := "office.shift.cash-in", "office.shift.put-in", []string{"office.cash.change", "office.cash.float"}
	if !in {
		title, done, reasons = "office.shift.cash-out", "office.shift.taken-out", []string{"office.cash.bank", "office.cash.purchase"}
	}
	p.push(&totalPage{Office: p.Office, asks: p.book.Say(title), entry: newEntry(p.Office, 0), most: true, done: func(amount protocol.Amount) {
		p.swap(newReasonPage(p.Office, p.book.Say(title), reasons, func(why string) {
			p.Office.back()
			p.begin()
			act(p.Office, p, only(func(ctx context.Context) error { return p.intents.MoveCash(ctx, in, amount, why) }),
				func(_ nothing, err error) { p.end(p.book.Say(done, "amount", p.format(amount)), err) })
		}))
	}})
}

func (p *shiftPage) openShift() {
	p.push(newCountPage(p.Office, p.book.Say("office.shift.float"), p.book.Say("office.shift.open"), func(q *countPage, float protocol.Amount) {
		q.begin()
		act(p.Office, q, func(ctx context.Context) (staff.Shift, error) { return p.intents.OpenShift(ctx, float) }, func(s staff.Shift, err error) {
			q.end(err)
			if err == nil && p.top() == q {
				p.swap(&endPage{Office: p.Office, meaning: widgets.Good, heading: p.book.Say("office.shift.open-heading", "number", s.Number),
					text: p.book.Say("office.shift.opened-text", "float", p.format(float)), to: func(q page) bool { _, is := q.(*shiftPage); return is }})
			}
		})
	}))
}

// closeShift counts, compares with what should be there, and has the difference confirmed before anything is written.
func (p *shiftPage) closeShift() {
	p.push(newCountPage(p.Office, p.book.Say("office.shift.count"), p.book.Say("office.action.next"), func(q *countPage, counted protocol.Amount) {
		q.begin()
		act(p.Office, q, p.intents.Report, func(r report.Report, err error) {
			q.end(err)
			if err == nil && p.top() == q {
				p.push(&closePage{Office: p.Office, expected: r, counted: counted})
			}
		})
	}))
}

// sayDifference puts a difference of cash into words; it is counted less expected.
func (o *Office) sayDifference(minor int64) string {
	switch {
	case minor < 0:
		return o.book.Say("office.difference.missing", "amount", o.format(protocol.Amount(-minor)))
	case minor > 0:
		return o.book.Say("office.difference.over", "amount", o.format(protocol.Amount(minor)))
	}
	return o.book.Say("office.difference.none")
}

// closePage shows what was counted beside what should be there, before the shift is closed.
type closePage struct {
	*Office
	expected report.Report
	counted  protocol.Amount
	doing    bool
	trouble  string
}

func (p *closePage) name() string { return "close" }
func (p *closePage) title() string {
	return p.book.Say("office.shift.close-title", "number", p.expected.Shift)
}
func (p *closePage) busy() bool { return p.doing }

func (p *closePage) build() view {
	c := p.expected.Cash
	difference := int64(p.counted) - int64(c.Expected)
	height := max(40, scaled(36)) // of a line
	if p.trouble != "" {
		height = 40
	}
	line := func(label string, minor int64, strong bool) part {
		size := widgets.SizeBody
		if strong {
			size = widgets.SizeLead
		}
		return fix(across(widgets.Grid, share(middle(words(p.book.Say(label), size, widgets.ColorText, fyne.TextAlignLeading)), 1),
			share(middle(words(p.signed(minor, p.Currency), size, widgets.ColorText, fyne.TextAlignTrailing)), 1)), height)
	}
	meaning, text := widgets.Good, p.book.Say("office.difference.fine-text")
	if difference != 0 {
		meaning, text = widgets.Attention, p.book.Say("office.difference.text")
	}
	parts := []part{line("office.cash.float-line", int64(c.Float), false), line("office.cash.sales-line", int64(c.Sales), false),
		line("office.cash.refunds-line", -int64(c.Refunds), false), line("office.cash.in-line", int64(c.In), false),
		line("office.cash.out-line", -int64(c.Out), false), line("office.cash.expected-line", int64(c.Expected), true),
		line("office.cash.counted-line", int64(p.counted), true), fix(space(), widgets.Grid),
		fix(notice(meaning, p.sayDifference(difference), text), scaled(104))}
	if p.trouble != "" {
		parts = append(parts, fix(notice(widgets.Attention, p.trouble, ""), widgets.Touch))
	}
	parts = append(parts, fill(space()))
	v := view{body: centred(down(widgets.Grid, parts...), 840, 1000), stay: p.doing}
	v.primary = enabled(primary(p.book.Say("office.shift.close"), p.confirm), !p.doing)
	v.others = []action{{"recount", enabled(key(p.book.Say("office.shift.recount"), p.back), !p.doing)}}
	return v
}

func (p *closePage) confirm() {
	p.doing, p.trouble = true, ""
	p.refresh()
	act(p.Office, p, func(ctx context.Context) (report.Report, error) { return p.intents.CloseShift(ctx, p.counted) }, func(z report.Report, err error) {
		p.doing = false
		if err != nil {
			p.trouble = p.book.Say(office.Trouble(err))
		}
		switch {
		case p.top() != p:
		case err != nil && z.Number == 0: // with a Z the shift is closed, whatever else is wrong
			p.refresh()
		default:
			meaning := widgets.Good
			if z.Cash.Difference != 0 || err != nil {
				meaning = widgets.Attention
			}
			text := p.book.Say("office.shift.closed-z", "number", z.Number, "sum", p.signed(int64(z.Taken())-int64(z.Refunded()), p.Currency))
			p.push(&endPage{Office: p.Office, meaning: meaning, heading: p.book.Say("office.shift.closed-heading", "number", z.Shift),
				text: strings.TrimSpace(text + "\n" + p.sayDifference(int64(z.Cash.Difference)) + "\n" + p.trouble),
				to:   func(q page) bool { _, is := q.(*menuPage); return is },
				others: func() []action {
					return []action{{"see", key(p.book.Say("office.report.see"), func() { p.push(&reportPage{Office: p.Office, report: z}) })}}
				}})
		}
	})
}
