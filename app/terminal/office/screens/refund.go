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
	"countersign/protocol/money"
)

// rowMoney is a row's amount in its currency.
func (o *Office) rowMoney(r logbook.Row) money.Amount {
	a := o.money(r.Amount)
	if r.Currency != 0 {
		a.Currency = money.Currency(r.Currency)
	}
	return a
}

// refundPage asks how much goes back, and why.
type refundPage struct {
	*Office
	sold    logbook.Row
	left    staff.Matter // with all that is left
	void    bool
	part    bool
	entry   amountEntry
	why     int // of office.Reasons, len for other, -1 for none
	other   string
	doing   bool
	trouble string
}

func newRefundPage(o *Office, sold logbook.Row, left staff.Matter, void bool) *refundPage {
	return &refundPage{Office: o, sold: sold, left: left, void: void, why: -1, entry: newEntry(o, 0)}
}

func (p *refundPage) name() string { return "refund" }

func (p *refundPage) title() string {
	if p.void {
		return p.book.Say("office.void.title", "number", number(p.sold.Sale))
	}
	return p.book.Say("office.refund.title", "number", number(p.sold.Sale))
}

func (p *refundPage) busy() bool { return p.doing }

// amount is what would go back.
func (p *refundPage) amount() protocol.Amount {
	if p.part {
		return p.entry.amount()
	}
	return p.left.Amount
}

func (p *refundPage) build() view {
	var v view
	currency := p.left.Currency
	shown := money.Amount{Minor: int64(p.amount()), Currency: money.Currency(currency)}.Parts(p.book.Tag())
	if p.part {
		shown = p.entry.parts()
	}
	note := words(p.book.Say("office.refund.left", "left", p.formatIn(p.left.Amount, currency), "amount", p.formatIn(p.sold.Amount, currency)),
		widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignTrailing)
	if p.trouble != "" {
		note = words(p.trouble, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignTrailing)
	}
	left := []part{fix(widgets.NewAmountDisplay(shown, fyne.TextAlignTrailing), 96), fix(middle(note), 48)}
	if p.void {
		left = append(left, fill(middle(words(p.book.Say("office.void.text"), widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter))))
	} else {
		chosen := 0
		if p.part {
			chosen = 1
		}
		which, controls := switcher([]string{"all", "part"}, []string{p.book.Say("office.refund.all"), p.book.Say("office.refund.part")}, chosen, func(i int) {
			p.part, p.trouble = i == 1, ""
			p.refresh()
		})
		pad := widgets.NewKeypad(p.book.Say("office.key.backspace"), p.press)
		v.controls = append(append(v.controls, controls...), pad.Controls()...)
		left = append(left, own(which), fill(pad))
	}
	var reasons []fyne.CanvasObject
	for i, k := range append(office.Reasons(), "office.why.other") {
		label, detail := p.book.Say(k), ""
		if i == len(office.Reasons()) && p.other != "" {
			detail = p.other
		}
		c := newPressable(label, padded(two(body(label), quiet(detail)), widgets.Grid, 0), func() { p.choose(i) }).chosen(p.why == i)
		reasons = append(reasons, c)
		v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("why.%d", i), Object: c})
	}
	right := down(widgets.Grid, fix(middle(words(p.book.Say("office.refund.why"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), scaled(36)),
		fill(evenlyIn(1, 6, reasons...)))
	v.body = across(4*widgets.Grid, share(down(widgets.Grid, left...), 1.3), share(right, 1))
	v.primary = enabled(primary(p.book.Say("office.action.next"), p.next), p.why >= 0 && p.amount() > 0 && !p.doing)
	v.stay = p.doing
	return v
}

func (p *refundPage) choose(i int) {
	p.why = i
	if i < len(office.Reasons()) {
		p.refresh()
		return
	}
	p.push(&writePage{Office: p.Office, asks: p.book.Say("office.refund.why"), text: p.other, most: 40, done: func(text string) {
		p.other = strings.TrimSpace(text)
		p.Office.back()
	}})
}

// reason is why, in words.
func (p *refundPage) reason() string {
	if p.why < len(office.Reasons()) {
		return p.book.Say(office.Reasons()[p.why])
	}
	if p.other == "" {
		return p.book.Say("office.why.other")
	}
	return p.other
}

func (p *refundPage) press(k widgets.Key) {
	if p.void {
		return
	}
	p.part, p.trouble = true, ""
	p.entry.press(k)
	p.refresh()
}

func (p *refundPage) typedRune(r rune) bool { return typedInto(r, p.press) }

func (p *refundPage) typedKey(event *fyne.KeyEvent) bool {
	return erasedIn(event, p.press)
}

// next has the amount looked at once more, then asks for the approval.
func (p *refundPage) next() {
	if !p.part {
		p.approve(p.left)
		return
	}
	if p.amount() > p.left.Amount {
		p.trouble = p.book.Say("office.refund.too-much", "left", p.formatIn(p.left.Amount, p.left.Currency))
		p.refresh()
		return
	}
	p.doing = true
	p.refresh()
	act(p.Office, p, func(ctx context.Context) (staff.Matter, error) {
		return p.intents.PlanRefund(ctx, p.sold.Sale, p.amount())
	},
		func(m staff.Matter, err error) {
			p.doing = false
			switch {
			case p.top() != p:
			case err != nil:
				p.trouble = p.book.Say(office.Trouble(err))
				p.refresh()
			default:
				p.approve(m)
			}
		})
}

func (p *refundPage) approve(m staff.Matter) {
	title := "office.refund.approve"
	if p.void {
		title = "office.void.approve"
	}
	about := p.book.Say("office.refund.about", "amount", p.formatIn(m.Amount, m.Currency), "number", number(p.sold.Sale), "why", p.reason())
	p.push(&approvePage{Office: p.Office, pinAsk: pinAsk{office: p.Office}, heading: p.book.Say(title), about: about, give: func(ctx context.Context, manager protocol.ID, pin []byte) (office.Refunded, error) {
		return p.intents.GiveBack(ctx, office.Refund{Matter: m, Void: p.void, Reason: p.reason(), Manager: manager, PIN: pin})
	}, done: func(r office.Refunded) { p.ended(m, r) }})
}

// ended says what happened, in words.
func (p *refundPage) ended(m staff.Matter, r office.Refunded) {
	amount := p.formatIn(m.Amount, m.Currency)
	end := &endPage{Office: p.Office, amount: money.Amount{Minor: int64(m.Amount), Currency: money.Currency(m.Currency)}, number: r.Number}
	switch {
	case r.Ending == sale.Refunded && r.Cash:
		end.meaning = widgets.Good
		end.heading, end.text = p.book.Say("office.refund.done"), p.book.Say("office.refund.done-cash", "amount", amount)
	case r.Ending == sale.Refunded:
		end.meaning = widgets.Good
		end.heading, end.text = p.book.Say("office.refund.done"), p.book.Say("office.refund.done-text", "amount", amount)
	case r.Ending == "":
		end.meaning = widgets.Attention
		end.heading, end.text = p.book.Say("office.refund.unknown"), p.book.Say("office.refund.unknown-text")
	default:
		end.meaning = widgets.Refusal
		end.heading, end.text = office.ReasonWords(p.book, r.Reason, end.amount)
	}
	p.push(end)
}
