package screens

import (
	"errors"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// tendering is what a customer hands over in notes and coins.
type tendering struct{ given money.Entry }

// mostNotes is how many amounts one touch gives.
const mostNotes = 6

// notes are what a customer is likely to hand over for an amount: the amount itself, then
// what is paid with the fewest of each note, the least first. pieces are the notes in use,
// minor units, the least first; where they are not known they are 1, 2 and 5 of each power
// of ten of the currency's unit.
func notes(due int64, currency money.Currency, pieces []money.Amount) []int64 {
	var worth []int64
	for _, p := range pieces {
		worth = append(worth, p.Minor)
	}
	if len(worth) == 0 {
		unit := int64(1)
		for range currency.Digits() {
			unit *= 10
		}
		for range 4 {
			worth = append(worth, unit, 2*unit, 5*unit)
			unit *= 10
		}
	}
	slices.Sort(worth)
	list := []int64{due}
	for _, w := range worth {
		if w <= 0 {
			continue
		}
		up := (due + w - 1) / w * w
		if up > list[len(list)-1] && up <= money.MaxMinor && len(list) < mostNotes {
			list = append(list, up)
		}
	}
	return list
}

// takeCash begins to take notes and coins for what is keyed.
func (k *Kiosk) takeCash() {
	if _, err := money.Of(k.due(), k.Currency); err != nil {
		k.trouble = k.sayTrouble(err)
		k.refreshEntry()
		return
	}
	given, _ := money.NewEntry(k.Currency) // newKiosk has made one of it
	k.tender = tendering{given: given}
	k.goTo(atCash)
}

func (k *Kiosk) givenMinor() int64 {
	a, err := k.tender.given.Amount()
	if err != nil {
		return 0
	}
	return a.Minor
}

// buildCash asks what the customer hands over.
func (k *Kiosk) buildCash() {
	lang := k.book.Tag()
	due := k.due()
	give := widgets.NewAmountDisplay(k.tender.given.Parts(lang), fyne.TextAlignTrailing)
	k.said = widgets.NewParagraph("", widgets.SizeLead, widgets.ColorText, fyne.TextAlignTrailing, 560)
	k.refresh = func() {
		give.SetParts(k.tender.given.Parts(lang))
		text, color := k.cashWords(due)
		k.said.SetText(text)
		k.said.SetColor(color)
	}
	press := func(key widgets.Key) {
		next, err := keyed(k.tender.given, key)
		k.tender.given, k.trouble = next, k.sayTrouble(err)
		k.refresh()
	}
	pad := widgets.NewKeypad(k.book.Say("terminal.amount.backspace"), func(key widgets.Key) { k.touched = k.Now(); press(key) })
	k.digit = press
	controls := pad.Controls()
	k.enter = func() { k.sellForCash(k.givenMinor()) }
	k.escape = func() { k.goTo(atAmount) }

	var tiles []fyne.CanvasObject
	for i, minor := range notes(due, k.Currency, k.Notes) {
		label := k.of(minor).Format(lang)
		if i == 0 {
			label = k.book.Say("terminal.cash.exact") + "\n" + label
		}
		key := k.newKey(label, widgets.PlainKey, func() { k.sellForCash(minor) })
		tiles, controls = append(tiles, key), append(controls, widgets.Control{ID: fmt.Sprintf("note.%d", i), Object: key})
	}
	heading := widgets.NewParagraph(k.book.Say("terminal.cash.due"), widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignLeading, 480)
	amount := widgets.NewAmountDisplay(k.of(due).Parts(lang), fyne.TextAlignLeading)
	say := widgets.NewParagraph(k.book.Say("terminal.cash.notes"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 480)
	grid := container.New(cells{columns: 2, rows: mostNotes / 2, most: 136}, tiles...)
	left := stack(false, sized(heading, 0, 24), sized(amount, 120, 64), space(widgets.Grid), part{object: say, least: 24, spare: true}, space(widgets.Grid),
		part{object: grid, want: 3*widgets.Touch + 2*widgets.Grid + 60*textScale(), least: 3*widgets.Touch + 2*widgets.Grid, grows: true})
	right := stack(false, sized(give, 112, 64), sized(k.said, 44, 24), space(widgets.Grid), grow(yieldingPad(pad), padLeast))
	back := k.newKey(k.book.Say("terminal.action.back"), widgets.LeaveKey, k.escape)
	take := k.newKey(k.book.Say("terminal.cash.take"), widgets.PrimaryKey, k.enter)
	controls = append(controls, widgets.Control{ID: "leave", Object: back}, widgets.Control{ID: "take", Object: take})
	k.refresh()
	k.page("cash", columnsOf(0.44, left, right), bar([]*widgets.TouchKey{back}, []*widgets.TouchKey{take}), controls...)
}

// cashWords say what would go back, or what is missing.
func (k *Kiosk) cashWords(due int64) (string, fyne.ThemeColorName) {
	given, lang := k.givenMinor(), k.book.Tag()
	switch {
	case k.trouble != "":
		return k.trouble, widgets.ColorAttentionText
	case given == 0:
		return k.book.Say("terminal.cash.hint"), widgets.ColorQuiet
	case given < due:
		return k.book.Say("terminal.cash.missing", "amount", k.of(due-given).Format(lang)), widgets.ColorAttentionText
	}
	return k.book.Say("terminal.cash.change", "amount", k.of(given-due).Format(lang)), widgets.ColorGoText
}

// sellForCash hands the sale to the till, which shows it as ended with the change.
func (k *Kiosk) sellForCash(given int64) {
	if k.at != atCash {
		return
	}
	if given < k.due() {
		k.refresh()
		return
	}
	whole := k.bill.charged(k.keyedMinor(), k.book.Say("terminal.items.keyed"), k.KeyedTax, 0)
	err := k.Cash.SellForCash(whole, protocol.Amount(given))
	if err == nil {
		return
	}
	if k.at == atCash { // the till did not come so far as to show another screen
		k.trouble = k.sayTrouble(err)
		if errors.Is(err, sale.ErrGiven) || k.trouble == "" {
			k.trouble = k.book.Say("terminal.cash.failed")
		}
		k.build()
	}
}

// changeGiven is the numeric pad's key that takes the change off.
const changeGiven = '+'

// buildChange is the outcome of a sale for cash: the drawer is open, and what goes back
// is the largest thing there is. What took the money does not take the change off: a
// second touch or a held Enter is nobody's word that it was given. So the key lies at the
// other end of the bar, where nothing else was, and the keyboard's is another than Enter.
func (k *Kiosk) buildChange() {
	lang := k.book.Tag()
	cash := k.view.Cash
	word, text := "terminal.cash.give-change", "terminal.cash.drawer"
	if cash.Change == 0 {
		word = "terminal.cash.no-change"
	}
	detail := k.book.Say("terminal.cash.detail", "due", k.money().Format(lang), "given", k.of(int64(cash.Given)).Format(lang),
		"time", k.book.Time(k.view.Decided.Local()), "number", k.number(k.view.Number))
	words := stack(true,
		sized(widgets.NewOutcomeMark(widgets.Good, 112), 112, 56),
		soft(widgets.NewParagraph(k.book.Say(word), widgets.SizeHeading, widgets.ColorGoText, fyne.TextAlignCenter, 640)),
		sized(widgets.NewAmountDisplay(k.of(int64(cash.Change)).Parts(lang), fyne.TextAlignCenter), 184, 80),
		soft(widgets.NewParagraph(k.book.Say(text), widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 640)),
		space(widgets.Grid),
		soft(widgets.NewParagraph(detail, widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter, 640)))
	k.escape = k.do(k.intents.Dismiss)
	k.typed = func(r rune) {
		if r == changeGiven {
			k.escape()
		}
	}
	next := k.newKey(k.book.Say("terminal.cash.done")+"  "+string(changeGiven), widgets.PrimaryKey, k.escape)
	left, controls := []*widgets.TouchKey{next}, []widgets.Control{{ID: "new-sale", Object: next}}
	if k.Print != nil {
		print := k.printKey(k.view.Number, false)
		left, controls = append(left, print), append(controls, widgets.Control{ID: "print", Object: print})
	}
	body, more := k.withReceipt(words, k.view.Number, k.view.Receipt)
	k.page("change", body, bar(left, nil), append(controls, more...)...)
}

// amountOf is an amount as messages and the till have it.
func amountOf(a money.Amount) protocol.Amount { return protocol.Amount(a.Minor) }
