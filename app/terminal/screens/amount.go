package screens

import (
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// padLeast is the least height of an amount's pad: four rows.
const padLeast = 4*widgets.Touch + 3*widgets.Grid

// yieldingPad lets a pad be as low as its keys may be.
func yieldingPad(pad *widgets.Keypad) fyne.CanvasObject {
	return yielding(pad, 3*widgets.Touch+2*widgets.Grid, padLeast)
}

func columnsOf(left float32, a, b fyne.CanvasObject) fyne.CanvasObject {
	return container.New(columns{left: left, gap: 3 * widgets.Grid}, a, b)
}

// roomy says that the text is small enough for what is only useful: the last sales
// beside the amount, and quick amounts beside items.
func roomy() bool { return textScale() < 1.4 }

// listsRecent says whether the last sales stand beside the amount.
func (k *Kiosk) listsRecent() bool {
	return k.Recent != nil && roomy() && len(k.Items) == 0 && !k.oneScreen()
}

// buildAmount is step 2: the cashier keys the amount, or touches what is sold.
func (k *Kiosk) buildAmount() {
	lang := k.book.Tag()
	k.amount = widgets.NewAmountDisplay(k.of(k.due()).Parts(lang), fyne.TextAlignTrailing)
	k.said = widgets.NewParagraph(k.sayHint(), widgets.SizeBody, k.hintColor(), fyne.TextAlignTrailing, 600)
	pad := widgets.NewKeypad(k.book.Say("terminal.amount.backspace"), func(key widgets.Key) { k.touched = k.Now(); k.press(key) })
	controls := pad.Controls()
	k.digit, k.typed, k.enter, k.escape = k.press, k.amountRune, k.charge, k.clear
	k.refresh = k.refreshEntry

	var keys fyne.CanvasObject = yieldingPad(pad)
	if len(k.Quick) > 0 && (roomy() || len(k.Items) == 0) {
		var quick []fyne.CanvasObject
		for i, a := range k.Quick[:min(len(k.Quick), 6)] {
			key := k.newKey(a.Format(lang), widgets.PlainKey, func() { k.setEntry(k.entry.Replace(a)) })
			quick = append(quick, key)
			controls = append(controls, widgets.Control{ID: fmt.Sprintf("quick.%d", i), Object: key})
		}
		across := 1
		if len(quick) > 4 {
			across = 2
		}
		column := yielding(container.New(cells{columns: across}, quick...), float32(across)*(128+64*(textScale()-1)), padLeast)
		keys = container.NewBorder(nil, nil, nil, container.NewHBox(gap(widgets.Grid), column), keys)
	}
	left := stack(false, sized(k.amount, 128, 72), sized(k.said, 36, 24), space(widgets.Grid), grow(keys, padLeast))
	body := fyne.CanvasObject(left)
	switch {
	case len(k.Items) > 0:
		items, more := k.itemsPanel()
		controls = append(controls, more...)
		body = columnsOf(0.45, left, items)
	case k.listsRecent():
		list, more := k.recentList(recentRows)
		controls = append(controls, more...)
		body = columnsOf(0.66, left, list)
	}
	actions, more := k.amountActions()
	k.page("amount", body, actions, append(controls, more...)...)
}

// amountActions are the keys at the bottom of the amount's screen.
func (k *Kiosk) amountActions() (fyne.CanvasObject, []widgets.Control) {
	var controls []widgets.Control
	add := func(id, word string, style widgets.KeyStyle, press func()) *widgets.TouchKey {
		key := k.newKey(k.book.Say(word), style, press)
		controls = append(controls, widgets.Control{ID: id, Object: key})
		return key
	}
	left := []*widgets.TouchKey{add("clear", "terminal.amount.clear", widgets.LeaveKey, k.clear)}
	if k.office != nil {
		left = append(left, add("menu", "terminal.action.menu", widgets.PlainKey, func() { k.openOffice(0) }))
	}
	if k.Recent != nil && !k.listsRecent() && !k.oneScreen() {
		left = append(left, add("recent", "terminal.amount.recent", widgets.PlainKey, func() { k.goTo(atRecent) }))
	}
	var right []*widgets.TouchKey
	if k.Cash != nil && !k.oneScreen() {
		right = append(right, add("cash", "terminal.cash.key", widgets.PlainKey, k.takeCash))
	}
	right = append(right, add("charge", "terminal.amount.charge", widgets.PrimaryKey, k.charge))
	return bar(left, right), controls
}

// keyedMinor is what was keyed, without the bill; 0 for nothing.
func (k *Kiosk) keyedMinor() int64 {
	a, err := k.entry.Amount()
	if err != nil {
		return 0
	}
	return a.Minor
}

// due is what would be charged now.
func (k *Kiosk) due() int64 { return k.bill.sum() + k.keyedMinor() }

// press takes a key of the pad or the keyboard.
func (k *Kiosk) press(key widgets.Key) { k.setEntry(keyed(k.entry, key)) }

// amountRune serves the numeric pad beside its digits. The point is nobody's: who types
// 7.80 means 7.80.
func (k *Kiosk) amountRune(r rune) {
	switch r {
	case '/':
		if k.Cash != nil && !k.oneScreen() {
			k.takeCash()
		}
	case '+':
		k.keepKeyed()
	case '-':
		k.changeLine(len(k.bill.lines)-1, -1)
	}
}

func (k *Kiosk) clear() {
	if k.bill.empty() || k.keyedMinor() > 0 || k.trouble != "" {
		k.setEntry(k.entry.Clear(), nil)
		return
	}
	k.bill, k.first, k.trouble = bill{}, 0, ""
	k.build()
}

// setEntry shows what was keyed, or why a key was not taken.
func (k *Kiosk) setEntry(e money.Entry, err error) {
	before := k.entry
	k.entry = e
	if err == nil && !k.bill.fits(k.keyedMinor()) {
		k.entry, err = before, money.ErrTooLarge
	}
	k.trouble = k.sayTrouble(err)
	k.refreshEntry()
}

func (k *Kiosk) refreshEntry() {
	k.tellKeyed()
	if k.amount == nil || k.said == nil {
		return
	}
	k.amount.SetParts(k.of(k.due()).Parts(k.book.Tag()))
	k.said.SetText(k.sayHint())
	k.said.SetColor(k.hintColor())
}

// charge begins the sale, or first asks the customer for a tip.
func (k *Kiosk) charge() {
	_, err := money.Of(k.due(), k.Currency)
	if err == nil && len(k.Tips) > 0 {
		k.askTip()
		return
	}
	if err == nil {
		err = k.beginBill(0)
	}
	k.trouble = k.sayTrouble(err)
	k.refreshEntry()
}

// beginBill hands what is charged to the till.
func (k *Kiosk) beginBill(tip int64) error {
	whole := k.bill.charged(k.keyedMinor(), k.book.Say("terminal.items.keyed"), k.KeyedTax, tip)
	if till, can := k.intents.(Biller); can && (tip > 0 || len(whole.Items) > 0) {
		return till.BeginBill(whole)
	}
	return k.intents.Begin(protocol.Amount(whole.Amount))
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
	_, text := k.book.Notice(key, "amount", k.of(money.MaxMinor).Format(k.book.Tag()))
	return text
}

func (k *Kiosk) sayHint() string {
	switch {
	case k.trouble != "":
		return k.trouble
	case k.bill.empty() || k.keyedMinor() == 0:
		if len(k.Items) > 0 {
			return k.book.Say("terminal.items.hint")
		}
		return k.book.Say("terminal.amount.hint")
	}
	lang := k.book.Tag()
	return k.of(k.bill.sum()).Format(lang) + " + " + k.of(k.keyedMinor()).Format(lang)
}

func (k *Kiosk) hintColor() fyne.ThemeColorName {
	if k.trouble != "" {
		return widgets.ColorAttentionText
	}
	return widgets.ColorQuiet
}
