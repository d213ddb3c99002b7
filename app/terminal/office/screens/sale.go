package screens

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// salePage is one sale or refund: what it was and, as a time line, how it went.
type salePage struct {
	*Office
	number  uint64
	refunds bool // begins the refund as soon as the sale is known
	known   bool
	detail  logbook.Detail
	err     error
	doing   bool
	said    string // of what was asked for last
	meaning widgets.Meaning
	facts   int // where the two lists stand
	steps   int
}

func (p *salePage) name() string { return "sale" }

func (p *salePage) title() string {
	if p.known && p.err == nil && p.detail.Row.Refund {
		return p.book.Say("office.sale.refund-title", "number", number(p.number))
	}
	return p.book.Say("office.sale.title", "number", number(p.number))
}

func (p *salePage) shown() {
	look(p.Office, p, "sale", func(ctx context.Context) (logbook.Detail, error) { return p.Books.Sale(ctx, p.number) },
		func(d logbook.Detail, err error) {
			p.detail, p.err, p.known = d, err, true
			if p.top() != p {
				return
			}
			p.refresh()
			if p.refunds && err == nil && p.refundable() {
				p.plan(false)
			}
			p.refunds = false
		})
}

func (p *salePage) busy() bool { return p.doing }

func (p *salePage) build() view {
	switch {
	case !p.known:
		text := ""
		if _, long := p.looking(p, "sale"); long {
			text = p.book.Say("office.looking")
		}
		return view{body: empty(text)}
	case p.err != nil:
		return view{body: down(0, fix(notice(widgets.Refusal, p.book.Say("office.log.unread"), p.book.Say(office.Trouble(p.err))), scaled(96)), fill(space()))}
	}
	var v view
	r := p.detail.Row
	amount := widgets.NewAmountDisplay(p.rowMoney(r).Parts(p.book.Tag()), fyne.TextAlignLeading)
	outcome := p.book.Say(office.SayEnding(r.Ending))
	color := meaningOf(r).WordColor()
	if r.State.Problem() {
		outcome = p.book.Say(office.SayState(r.State))
	}
	head := across(2*widgets.Grid, fix(middle(widgets.NewOutcomeMark(meaningOf(r), 48)), 48),
		fill(middle(words(outcome, widgets.SizeLead, color, fyne.TextAlignLeading))))
	left := []part{fix(amount, scaled(88)), fix(head, scaled(56))}
	if why := p.why(r); why != "" {
		left = append(left, own(words(why, widgets.SizeCaption, widgets.ColorText, fyne.TextAlignLeading)))
	}
	facts := newRoll(p.Office, p.factRows(), scaled(34), &p.facts)
	left = append(left, fill(facts.box))
	times := newRoll(p.Office, p.stepRows(), scaled(56), &p.steps)
	right := down(widgets.Grid, fix(middle(words(p.book.Say("office.sale.steps"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), scaled(36)), fill(times.box))
	v.controls = append(v.controls, widgets.Control{ID: "facts.up", Object: facts.up}, widgets.Control{ID: "facts.down", Object: facts.down})
	v.controls = append(v.controls, times.controls()...)
	columns := across(4*widgets.Grid, share(down(widgets.Grid, left...), 1), share(right, 1.25))
	v.body = columns
	switch {
	case p.doing:
		v.body = down(widgets.Grid, fill(columns), fix(notice(widgets.Quiet, p.book.Say("office.working"), ""), widgets.Touch))
	case p.said != "":
		v.body = down(widgets.Grid, fill(columns), fix(notice(p.meaning, p.said, ""), widgets.Touch))
	}
	v.stay = p.doing
	v.others = p.keys()
	return v
}

// keys are what can be done about a sale.
func (p *salePage) keys() (list []action) {
	r := p.detail.Row
	done := r.Ending == sale.Paid || r.Ending == sale.Refunded
	left := leftOf(p.detail)
	if p.refundable() {
		shift := p.Shift()
		if shift.Open() && shift.Number == r.Shift && left == r.Amount {
			list = append(list, action{"void", enabled(key(p.book.Say("office.sale.void"), func() { p.plan(true) }), !p.doing)})
		}
		list = append(list, action{"refund", enabled(key(p.book.Say("office.sale.refund"), func() { p.plan(false) }), !p.doing && left > 0)})
	}
	if done {
		list = append(list, action{"reprint", enabled(key(p.book.Say("office.sale.reprint"), p.reprint), !p.doing)})
	}
	return list
}

// refundable says whether the refund of this sale can be asked for.
func (p *salePage) refundable() bool {
	r := p.detail.Row
	return r.Ending == sale.Paid && !r.Refund && r.State != logbook.Uncredited && p.who.Role.May(staff.AskRefund)
}

func (p *salePage) reprint() {
	p.doing = true
	p.refresh()
	act(p.Office, p, only(func(ctx context.Context) error { return p.intents.Reprint(ctx, p.number) }), func(_ nothing, err error) {
		p.doing, p.meaning, p.said = false, widgets.Good, p.book.Say("office.sale.reprinted")
		if err != nil {
			p.meaning, p.said = widgets.Attention, p.book.Say(office.Trouble(err))
		}
		if p.top() == p {
			p.refresh()
		}
	})
}

// plan asks what is left, then for the amount or, of a void, at once for the approval.
func (p *salePage) plan(void bool) {
	p.doing, p.said = true, ""
	p.refresh()
	act(p.Office, p, func(ctx context.Context) (staff.Matter, error) {
		if void {
			return p.intents.PlanVoid(ctx, p.number)
		}
		return p.intents.PlanRefund(ctx, p.number, 0)
	}, func(m staff.Matter, err error) {
		p.doing = false
		switch {
		case p.top() != p:
		case err != nil:
			p.meaning, p.said = widgets.Attention, p.book.Say(office.Trouble(err))
			p.refresh()
		default:
			p.push(newRefundPage(p.Office, p.detail.Row, m, void))
		}
	})
}

// why is the sentence about what went wrong, and what to do.
func (p *salePage) why(r logbook.Row) string {
	if r.State.Problem() {
		return p.book.Say(office.SayWhatToDo(r.State))
	}
	if r.Reason == "" || r.Ending == sale.Paid || r.Ending == sale.Refunded {
		return ""
	}
	heading, text := office.ReasonWords(p.book, r.Reason, p.rowMoney(r))
	if p.book.Tag() == "zh" {
		return heading + "。" + text
	}
	return heading + ". " + text
}

// factRows are what is known of a sale, a line each.
func (p *salePage) factRows() []fyne.CanvasObject {
	d, r := p.detail, p.detail.Row
	var rows []fyne.CanvasObject
	fact := func(key, value string) {
		if value != "" {
			rows = append(rows, across(2*widgets.Grid, share(middle(quiet(p.book.Say(key))), 1),
				share(middle(words(value, widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing)), 1.4)))
		}
	}
	amount := func(key string, a protocol.Amount) {
		if a != 0 {
			fact(key, p.formatIn(a, r.Currency))
		}
	}
	at := r.At.In(p.Location)
	fact("office.fact.begun", p.book.Date(at)+" "+p.book.TimeSeconds(at))
	fact("office.fact.cashier", string(r.Cashier))
	if r.Shift != 0 {
		fact("office.fact.shift", fmt.Sprint(r.Shift))
	}
	fact("office.fact.rail", p.book.Say(office.SayRail(r.Rail)))
	if r.Card != "" {
		fact("office.fact.card", "•••• "+r.Card)
	}
	if r.Reference != 0 {
		fact("office.fact.reference", fmt.Sprint(r.Reference))
	}
	if r.Refund && r.Of != 0 {
		fact("office.fact.of", number(r.Of))
	}
	if d.Entry.Refund != nil {
		fact("office.fact.approver", string(d.Entry.Refund.Approver))
		fact("office.fact.reason", d.Entry.Refund.Why)
	}
	if d.Entry.Cash != nil {
		amount("office.fact.given", d.Entry.Cash.Given)
		amount("office.fact.change", d.Entry.Cash.Change)
		fact("office.fact.reason", d.Entry.Cash.Reason)
	}
	for _, i := range d.Entry.Items {
		text := i.Text
		if i.Quantity != 1 {
			text = fmt.Sprintf("%d × %s", i.Quantity, i.Text)
		}
		rows = append(rows, across(2*widgets.Grid, share(middle(body(text)), 1.4),
			share(middle(words(p.formatIn(protocol.Amount(i.Quantity)*i.Each, r.Currency), widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing)), 1)))
	}
	amount("office.fact.tip", r.Tip)
	for _, t := range d.Entry.Tax {
		rows = append(rows, across(2*widgets.Grid, share(middle(quiet(p.book.Say("office.fact.tax", "rate", percent(t.Rate, p.book.Tag())))), 1.4),
			share(middle(words(p.formatIn(t.Tax, r.Currency), widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing)), 1)))
	}
	for i, back := range d.Refunds {
		rows = append(rows, across(2*widgets.Grid,
			share(middle(words(p.book.Say("office.fact.refund", "number", number(back.Sale), "ending", p.book.Say(office.SayEnding(back.Ending))), widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignLeading)), 1.4),
			share(middle(words("-"+p.formatIn(back.Amount, back.Currency), widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignTrailing)), 1)))
		if i < len(d.Whys) {
			fact("office.fact.reason", d.Whys[i])
		}
	}
	return rows
}

// percent writes basis points: 700 is 7 %, 725 is 7.25 %.
func percent(basis int32, language string) string {
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%02d", basis/100, basis%100), "0"), ".")
	if language == "de" {
		return strings.ReplaceAll(text, ".", ",") + "\u00a0%"
	}
	return text + "%"
}

// leftOf is what has not been given back of a sale, and is not about to be.
func leftOf(d logbook.Detail) protocol.Amount {
	left := d.Row.Amount
	for _, r := range d.Refunds {
		if r.Ending == sale.Refunded || r.State != logbook.Over {
			left -= r.Amount
		}
	}
	return max(left, 0)
}
