package screens

import (
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// recentRows is how many of the last sales the amount screen lists.
const recentRows = 7

// buildAmount is step 2: the cashier keys the amount.
func (k *Kiosk) buildAmount() {
	lang := k.book.Tag()
	k.amount = widgets.NewAmountDisplay(k.entry.Parts(lang), fyne.TextAlignTrailing)
	k.said = widgets.NewParagraph(k.sayHint(), widgets.SizeBody, k.hintColor(), fyne.TextAlignTrailing, 600)
	pad := widgets.NewKeypad(k.book.Say("terminal.amount.backspace"), k.press)
	controls := pad.Controls()

	quick := container.NewGridWithColumns(1)
	for i, a := range k.Quick {
		key := widgets.NewTouchKey(a.Format(lang), widgets.PlainKey, func() { k.setEntry(k.entry.Replace(a)) })
		quick.Add(key)
		controls = append(controls, widgets.Control{ID: fmt.Sprintf("quick.%d", i), Object: key})
	}
	keys := container.New(layout.NewGridLayoutWithColumns(1), pad)
	if len(k.Quick) > 0 {
		keys = container.NewBorder(nil, nil, nil, container.NewHBox(gap(widgets.Grid), quick), pad)
	}
	height := float32(128)
	if len(k.alerts()) > 0 {
		height = 96 // the banner takes some of it
	}
	left := container.NewBorder(container.NewVBox(fixed(k.amount, 560, height), k.said, gap(widgets.Grid)), gap(widgets.Grid), nil, nil, keys)
	body := container.NewBorder(nil, nil, nil, container.NewHBox(gap(3*widgets.Grid), fixed(k.recentSales(), 400, 0)), left)

	clear := widgets.NewLeaveAction(k.book.Say("terminal.amount.clear"), k.clear)
	charge := widgets.NewPrimaryAction(k.book.Say("terminal.amount.charge"), k.charge)
	controls = append(controls, widgets.Control{ID: "clear", Object: clear}, widgets.Control{ID: "charge", Object: charge})
	k.page("amount", body, widgets.NewActionBar(clear, charge), controls...)
}

// recentSales lists the last sales: time, amount, and how it ended by shape,
// colour and word.
func (k *Kiosk) recentSales() fyne.CanvasObject {
	list := container.NewVBox(widgets.NewParagraph(k.book.Say("terminal.amount.recent"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 380))
	var recent []Recent
	if k.Recent != nil {
		recent = k.Recent(recentRows)
	}
	if len(recent) == 0 {
		list.Add(widgets.Caption(k.book.Say("terminal.amount.no-sales")))
	}
	for _, r := range recent {
		meaning := widgets.Refusal
		switch r.Ending {
		case sale.Paid, sale.Refunded:
			meaning = widgets.Good
		case sale.Cancelled, sale.Expired, sale.Reversed, sale.GivenUp:
			meaning = widgets.Quiet
		}
		when := widgets.NewParagraph(r.At.Local().Format("15:04"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 72)
		amount := r.Amount.Format(k.book.Tag())
		if r.Refund {
			amount = "-" + amount
		}
		what := widgets.NewParagraph(amount, widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing, 200)
		list.Add(container.NewBorder(nil, nil, fixed(when, 80, 0), container.NewHBox(gap(widgets.Grid), widgets.NewOutcomeMark(meaning, 24)), what))
	}
	return list
}

// press takes a key of the pad or the keyboard.
func (k *Kiosk) press(key widgets.Key) {
	switch key {
	case widgets.KeyBackspace:
		k.setEntry(k.entry.Backspace(), nil)
	case widgets.KeyDoubleZero:
		k.setEntry(k.entry.DoubleZero())
	default:
		k.setEntry(k.entry.Digit(int(key)))
	}
}

func (k *Kiosk) clear() { k.setEntry(k.entry.Clear(), nil) }

// setEntry shows what was keyed, or why a key was not taken.
func (k *Kiosk) setEntry(e money.Entry, err error) {
	k.entry, k.trouble = e, k.sayTrouble(err)
	k.refreshEntry()
}

func (k *Kiosk) refreshEntry() {
	if k.amount == nil || k.said == nil {
		return
	}
	k.amount.SetParts(k.entry.Parts(k.book.Tag()))
	k.said.SetText(k.sayHint())
	k.said.SetColor(k.hintColor())
}

// charge begins the sale.
func (k *Kiosk) charge() {
	amount, err := k.entry.Amount()
	if err == nil {
		err = k.intents.Begin(protocol.Amount(amount.Minor))
	}
	k.trouble = k.sayTrouble(err)
	k.refreshEntry()
}

// sayTrouble puts what was wrong with a key or an amount into words.
func (k *Kiosk) sayTrouble(err error) string {
	key := "error.unexpected"
	switch {
	case err == nil:
		return ""
	case errors.Is(err, money.ErrZero):
		key = "error.amount-zero"
	case errors.Is(err, money.ErrTooLarge):
		key = "error.amount-too-large"
	case errors.Is(err, money.ErrNotANumber):
		key = "error.amount-not-a-number"
	case errors.Is(err, money.ErrUnknownCurrency):
		key = "error.currency-unknown"
	case errors.Is(err, sale.ErrSaleOpen):
		return ""
	case errors.Is(err, sale.ErrOffDuty):
		key = "error.off-duty"
	}
	most := money.Amount{Minor: money.MaxMinor, Currency: k.Currency}
	_, text := k.book.Notice(key, "amount", most.Format(k.book.Tag()))
	return text
}

func (k *Kiosk) sayHint() string {
	if k.trouble != "" {
		return k.trouble
	}
	return k.book.Say("terminal.amount.hint")
}

func (k *Kiosk) hintColor() fyne.ThemeColorName {
	if k.trouble != "" {
		return widgets.ColorAttentionText
	}
	return widgets.ColorQuiet
}
