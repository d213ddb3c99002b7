package screens

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// recentRows is how many of the last sales are listed.
const recentRows = 7

// meaningOf is the mark of an ending.
func meaningOf(e sale.Ending) widgets.Meaning {
	switch e {
	case sale.Paid, sale.Refunded:
		return widgets.Good
	case sale.Cancelled, sale.Expired, sale.Reversed, sale.GivenUp:
		return widgets.Quiet
	}
	return widgets.Refusal
}

func (k *Kiosk) lastSales(most int) []Recent {
	if k.Recent == nil {
		return nil
	}
	return k.Recent(most)
}

// recentList lists the last sales: time, amount, and how it ended by shape and colour.
// Touching one opens its detail, which has the words. Rows that do not fit are not
// there.
func (k *Kiosk) recentList(most int) (fyne.CanvasObject, []widgets.Control) {
	heading := widgets.NewParagraph(k.book.Say("terminal.amount.recent"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 380)
	parts := []part{soft(heading), space(widgets.Grid)}
	var controls []widgets.Control
	recent := k.lastSales(most)
	if len(recent) == 0 {
		parts = append(parts, soft(widgets.Caption(k.book.Say("terminal.amount.no-sales"))))
	}
	for i, r := range recent {
		key := k.recentRow(r)
		controls = append(controls, widgets.Control{ID: fmt.Sprintf("recent.%d", i), Object: key})
		parts = append(parts, spare(key, widgets.Touch), spare(gap(1), widgets.Grid))
	}
	return stack(false, parts...), controls
}

func (k *Kiosk) recentRow(r Recent) *contentKey {
	when := widgets.NewParagraph(r.At.Local().Format("15:04"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 72)
	what := widgets.NewParagraph(k.signed(r), widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing, 200)
	row := container.NewBorder(nil, nil, container.New(within(fyne.NewSize(72*textScale(), 0)), middle(when)),
		container.NewHBox(gap(widgets.Grid), widgets.NewOutcomeMark(meaningOf(r.Ending), 32)), middle(what))
	return k.newContentKey(row, when.Text()+" "+what.Text(), func() { k.chosen = r; k.goTo(atDetail) })
}

// signed is the amount of a sale, or what went back.
func (k *Kiosk) signed(r Recent) string {
	amount := r.Amount.Format(k.book.Tag())
	if r.Refund {
		return "-" + amount
	}
	return amount
}

// buildRecent lists the last sales on a screen of their own.
func (k *Kiosk) buildRecent() {
	list, controls := k.recentList(recentRows)
	k.escape = func() { k.goTo(atAmount) }
	k.enter = k.escape
	back := k.newKey(k.book.Say("terminal.action.back"), widgets.LeaveKey, k.escape)
	k.page("recent", container.New(columns{left: 0.6}, list, gap(1)), bar([]*widgets.TouchKey{back}, nil), append(controls, widgets.Control{ID: "leave", Object: back})...)
}

// number writes a sale's number; in training it is one of the training's own.
func (k *Kiosk) number(n uint64) string {
	if k.training() {
		return fmt.Sprintf("T%06d", n)
	}
	return fmt.Sprintf("%06d", n)
}

// buildDetail says of one of the last sales what happened and what remains to be done.
func (k *Kiosk) buildDetail() {
	r := k.chosen
	lang := k.book.Tag()
	heading, text := k.sayEnding(r)
	details := []string{k.book.Say("terminal.detail.number", "number", k.number(r.Number)),
		k.book.DateTime(r.At.Local())}
	if r.Rail != "" {
		details = append(details, k.book.Say("terminal.detail.rail."+string(r.Rail)))
	}
	if r.Cashier != "" {
		details = append(details, k.book.Say("terminal.detail.cashier", "name", string(r.Cashier)))
	}
	meaning := meaningOf(r.Ending)
	if r.State != "" {
		meaning = widgets.Attention
		heading, text = k.book.Notice("terminal.detail.state." + string(r.State))
	}
	parts := []part{
		sized(widgets.NewOutcomeMark(meaning, 112), 112, 56),
		soft(widgets.NewParagraph(heading, widgets.SizeHeading, meaning.WordColor(), fyne.TextAlignCenter, 760)),
		sized(widgets.NewAmountDisplay(r.Amount.Parts(lang), fyne.TextAlignCenter), 112, 56),
		soft(widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 760)),
		space(widgets.Grid),
		soft(widgets.NewParagraph(strings.Join(details, " · "), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter, 760)),
	}
	k.escape = func() { k.goTo(k.beforeDetail()) }
	k.enter = k.escape
	back := k.newKey(k.book.Say("terminal.action.back"), widgets.LeaveKey, k.escape)
	controls := []widgets.Control{{ID: "leave", Object: back}}
	var right []*widgets.TouchKey
	if k.Print != nil {
		reprint := k.printKey(r.Number, true)
		right, controls = append(right, reprint), append(controls, widgets.Control{ID: "print", Object: reprint})
	}
	if k.refundable(r) {
		refund := k.newKey(k.book.Say("terminal.detail.refund"), widgets.PlainKey, func() { k.openOffice(r.Number) })
		right, controls = append(right, refund), append(controls, widgets.Control{ID: "refund", Object: refund})
	}
	body, more := k.withReceipt(stack(true, parts...), r.Number, "")
	k.page("detail", body, bar([]*widgets.TouchKey{back}, right), append(controls, more...)...)
}

// beforeDetail is the screen that the detail was opened from.
func (k *Kiosk) beforeDetail() place {
	if k.listsRecent() {
		return atAmount
	}
	return atRecent
}

// refundable says whether whoever is signed in may have money go back for it.
func (k *Kiosk) refundable(r Recent) bool {
	return k.office != nil && r.Ending == sale.Paid && !r.Refund && (k.Staff == nil || k.duty().May(staff.AskRefund))
}

// sayEnding puts how a sale ended into words, as its outcome's screen did.
func (k *Kiosk) sayEnding(r Recent) (heading, text string) {
	amount := r.Amount.Format(k.book.Tag())
	switch r.Ending {
	case sale.Paid:
		return k.book.Say("terminal.outcome.paid.heading"), k.book.Say("terminal.outcome.paid.text", "amount", amount)
	case sale.Refunded:
		return k.book.Notice("terminal.detail.refunded", "amount", amount)
	case sale.Cancelled:
		return k.book.Notice("error.cancelled")
	case sale.GivenUp:
		return k.book.Notice("terminal.outcome.given-up")
	case sale.Reversed:
		return k.book.Notice("terminal.outcome.reversed")
	}
	key, known := reason.Phrase(r.Reason)
	if !known {
		key = "terminal.detail.not-charged"
		if r.Refund {
			key = "terminal.detail.not-refunded"
		}
	}
	return k.book.Notice(key, "amount", amount, "currency", r.Amount.Currency.String(), "tries", 0)
}
