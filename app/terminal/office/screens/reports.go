package screens

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/receipt"
	"countersign/app/terminal/report"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// reportsPage lists the Z reports, newest first.
type reportsPage struct {
	*Office
	before []uint64
	known  bool
	list   []report.Report
	err    error
}

func (p *reportsPage) name() string  { return "reports" }
func (p *reportsPage) title() string { return p.book.Say("office.menu.reports") }
func (p *reportsPage) shown()        { p.find() }

// rows is how many there is room for.
func (p *reportsPage) rows() int {
	height := p.stage.Window().Canvas().Size().Height - 2*widgets.Margin - scaled(48) - widgets.Touch - 2*widgets.Grid
	return max(int((height+widgets.Grid/2)/(scaled(76)+widgets.Grid/2)), 1)
}

func (p *reportsPage) find() {
	var before uint64
	if len(p.before) > 0 {
		before = p.before[len(p.before)-1]
	}
	many := p.rows()
	look(p.Office, p, "zs", func(ctx context.Context) ([]report.Report, error) { return p.intents.Zs(ctx, before, many+1) },
		func(list []report.Report, err error) {
			p.list, p.err, p.known = list, err, true
			if p.top() == p {
				p.refresh()
			}
		})
}

func (p *reportsPage) build() view {
	var v view
	var rows []part
	for i, z := range p.list[:min(len(p.list), p.rows())] {
		meaning, said := widgets.Good, p.sayDifference(int64(z.Cash.Difference))
		open := len(z.Differences) + len(z.Unknown)
		if z.Cash.Uncounted {
			said = p.book.Say("office.report.uncounted")
		} else if z.Cash.Difference == 0 && open > 0 {
			said = p.book.Say("office.report.unsettled", "count", open)
		}
		if z.Cash.Difference != 0 && !z.Cash.Uncounted || open > 0 {
			meaning = widgets.Attention
		}
		color := widgets.ColorText
		if meaning == widgets.Attention {
			color = widgets.ColorAttentionText
		}
		row := newPressable(fmt.Sprintf("Z %d", z.Number), across(2*widgets.Grid, fix(dot(meaning), 28),
			share(two(body(fmt.Sprintf("Z %d", z.Number)), quiet(p.book.Say("office.shift.numbered", "number", z.Shift))), 1.3),
			share(two(body(p.book.DateTime(z.To.In(p.Location))), quiet(string(z.ClosedBy))), 2.2),
			share(middle(words(said, widgets.SizeBody, color, fyne.TextAlignLeading)), 3),
			share(middle(words(p.signed(int64(z.Taken())-int64(z.Refunded()), money.Currency(z.Currency)), widgets.SizeLead, widgets.ColorText, fyne.TextAlignTrailing)), 2)),
			func() { p.push(&reportPage{Office: p.Office, report: z}) })
		rows = append(rows, fix(row, scaled(76)))
		v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("z.%d", i), Object: row})
	}
	switch {
	case p.err != nil:
		v.body = down(0, fix(notice(widgets.Refusal, p.book.Say("office.log.unread"), p.book.Say(office.Trouble(p.err))), scaled(96)), fill(space()))
	case p.known && len(rows) == 0:
		v.body = empty(p.book.Say("office.report.none"))
	case !p.known:
		text := ""
		if _, long := p.looking(p, "zs"); long {
			text = p.book.Say("office.looking")
		}
		v.body = empty(text)
	default:
		v.body = down(widgets.Grid/2, rows...)
	}
	newer := enabled(key(p.book.Say("office.log.newer"), func() { p.turn(-1) }), len(p.before) > 0)
	older := enabled(key(p.book.Say("office.log.older"), func() { p.turn(1) }), len(p.list) > p.rows())
	v.others = []action{{"x", key(p.book.Say("office.shift.x"), p.readX)}, {"newer", newer}, {"older", older}}
	return v
}

func (p *reportsPage) turn(n int) {
	switch {
	case n < 0 && len(p.before) > 0:
		p.before = p.before[:len(p.before)-1]
	case n > 0 && len(p.list) > p.rows():
		p.before = append(p.before, p.list[p.rows()-1].Number)
	default:
		return
	}
	p.find()
}

func (p *reportsPage) readX() {
	look(p.Office, p, "x", p.intents.Report, func(r report.Report, err error) {
		if p.top() != p {
			return
		}
		if p.err = err; err != nil {
			p.refresh()
			return
		}
		p.push(&reportPage{Office: p.Office, report: r})
	})
}

func (p *reportsPage) typedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyPageDown:
		p.turn(1)
	case fyne.KeyPageUp:
		p.turn(-1)
	default:
		return false
	}
	return true
}

// reportPage shows one X or Z report, prints it and writes it as PDF.
type reportPage struct {
	*Office
	report  report.Report
	first   [2]int
	doing   bool
	said    string
	meaning widgets.Meaning
}

func (p *reportPage) name() string { return "report" }
func (p *reportPage) busy() bool   { return p.doing }

func (p *reportPage) title() string {
	if p.report.Kind == report.KindZ {
		return p.book.Say("office.report.z", "number", p.report.Number)
	}
	return p.book.Say("office.report.x")
}

func (p *reportPage) build() view {
	r := p.report
	var v view
	var left, right []fyne.CanvasObject
	head := func(to *[]fyne.CanvasObject, key string) {
		*to = append(*to, middle(words(p.book.Say(key), widgets.SizeBody, widgets.ColorGoText, fyne.TextAlignLeading)))
	}
	text := func(to *[]fyne.CanvasObject, label, value string, color fyne.ThemeColorName) {
		*to = append(*to, across(widgets.Grid, share(middle(words(label, widgets.SizeBody, color, fyne.TextAlignLeading)), 1.4),
			share(middle(words(value, widgets.SizeBody, color, fyne.TextAlignTrailing)), 1)))
	}
	sum := func(to *[]fyne.CanvasObject, label string, minor int64) {
		text(to, label, p.signed(minor, money.Currency(r.Currency)), widgets.ColorText)
	}
	head(&left, "office.report.sales")
	for _, l := range r.Rails {
		sum(&left, p.book.Say("office.report.rail", "rail", p.book.Say(office.SayRail(l.Rail)), "count", l.Count), int64(l.Sum))
	}
	for _, l := range r.Rails {
		if l.Refunds > 0 {
			sum(&left, p.book.Say("office.report.refunds", "rail", p.book.Say(office.SayRail(l.Rail)), "count", l.Refunds), -int64(l.RefundSum))
		}
	}
	sum(&left, p.book.Say("office.report.total"), int64(r.Taken())-int64(r.Refunded()))
	if r.Tips != 0 {
		sum(&left, p.book.Say("office.report.tips"), int64(r.Tips))
	}
	for _, t := range r.Tax {
		sum(&left, p.book.Say("office.fact.tax", "rate", percent(t.Rate, p.book.Tag())), int64(t.Tax))
	}
	sum(&left, p.book.Say("office.report.grand-total"), int64(r.GrandTotal))
	if len(r.Refusals) > 0 {
		head(&left, "office.report.refusals")
		for _, l := range r.Refusals {
			said := p.book.Say(office.SayEnding("cancelled"))
			if l.Reason != "" {
				said, _ = office.ReasonWords(p.book, l.Reason, p.money(0))
			}
			text(&left, said, p.book.Number(int64(l.Count)), widgets.ColorText)
		}
	}
	head(&right, "office.report.cash")
	c := r.Cash
	for _, l := range []struct {
		key   string
		minor protocol.Sum
	}{{"float", c.Float}, {"sales", c.Sales}, {"refunds", -c.Refunds}, {"in", c.In}, {"out", -c.Out}, {"expected", c.Expected}} {
		sum(&right, p.book.Say("office.cash."+l.key+"-line"), int64(l.minor))
	}
	if r.Kind == report.KindZ && !c.Uncounted {
		sum(&right, p.book.Say("office.cash.counted-line"), int64(c.Counted))
		color := widgets.ColorGoText
		if c.Difference != 0 {
			color = widgets.ColorAttentionText
		}
		right = append(right, middle(words(p.sayDifference(int64(c.Difference)), widgets.SizeBody, color, fyne.TextAlignLeading)))
	} else if c.Uncounted {
		right = append(right, middle(words(p.book.Say("office.report.uncounted"), widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignLeading)))
	}
	if len(r.Unknown)+len(r.Differences) > 0 {
		head(&right, "office.report.open")
		for _, u := range r.Unknown {
			text(&right, p.book.Say("office.number", "number", number(u.Sale)), p.formatIn(u.Amount, r.Currency), widgets.ColorAttentionText)
		}
		for _, d := range r.Differences {
			right = append(right, middle(words(receipt.Difference(d, r.Currency, p.book), widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignLeading)))
		}
	}
	about := p.book.Say("office.report.about", "from", p.book.DateTime(r.From.In(p.Location)), "to", p.book.DateTime(r.To.In(p.Location)), "shift", r.Shift)
	row := scaled(38)
	one, other := newRoll(p.Office, left, row, &p.first[0]), newRoll(p.Office, right, row, &p.first[1])
	v.controls = append(one.controls(), widgets.Control{ID: "right.up", Object: other.up}, widgets.Control{ID: "right.down", Object: other.down})
	parts := []part{fix(middle(quiet(about)), scaled(32)), fill(across(5*widgets.Grid, share(one.box, 1), share(other.box, 1)))}
	switch {
	case p.doing:
		parts = append(parts, fix(notice(widgets.Quiet, p.book.Say("office.working"), ""), widgets.Touch))
	case p.said != "":
		parts = append(parts, fix(notice(p.meaning, p.said, ""), widgets.Touch))
	}
	v.body = down(widgets.Grid, parts...)
	v.stay = p.doing
	v.primary = enabled(primary(p.book.Say("office.report.print"), p.print), !p.doing)
	v.others = []action{{"save", enabled(key(p.book.Say("office.report.save"), p.save), !p.doing)}}
	return v
}

func (p *reportPage) do(said string, do func(context.Context) (string, error)) {
	p.doing, p.said = true, ""
	p.refresh()
	act(p.Office, p, do, func(file string, err error) {
		p.doing, p.meaning = false, widgets.Good
		switch {
		case err != nil:
			p.meaning, p.said = widgets.Attention, p.book.Say(office.Trouble(err))
		case file != "":
			p.said = p.book.Say(said, "file", file)
		default:
			p.said = p.book.Say(said)
		}
		if p.top() == p {
			p.refresh()
		}
	})
}

func (p *reportPage) print() {
	p.do("office.report.printed", func(ctx context.Context) (string, error) { return "", p.intents.PrintReport(ctx, p.report) })
}

func (p *reportPage) save() {
	p.push(newFolderPage(p.Office, p.book.Say("office.report.save"), func(folder string) {
		p.Office.back()
		p.do("office.report.saved", func(ctx context.Context) (string, error) { return p.intents.SaveReport(ctx, p.report, folder) })
	}))
}

// newFolderPage asks where a file goes: sticks first.
func newFolderPage(o *Office, title string, done func(string)) *choosePage {
	var options []option
	folders := o.sticksFirst()
	for i, f := range folders {
		kind := "office.folder.fixed"
		if f.Removable {
			kind = "office.folder.stick"
		}
		options = append(options, option{id: fmt.Sprintf("folder.%d", i), label: f.Name, detail: o.book.Say(kind)})
	}
	return &choosePage{Office: o, asks: title, options: options, chosen: map[int]bool{}, none: o.book.Say("office.folder.none"),
		done: func(chosen []int) { done(folders[chosen[0]].Path) }}
}
