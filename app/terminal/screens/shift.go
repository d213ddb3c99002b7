package screens

import (
	"errors"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// buildShift asks for the float, because no shift is open and nothing is sold without.
func (k *Kiosk) buildShift() {
	display := widgets.NewAmountDisplay(k.counted.Parts(k.book.Tag()), fyne.TextAlignTrailing)
	heading := widgets.NewParagraph(k.book.Say("terminal.shift.heading"), widgets.SizeHeading, widgets.ColorText, fyne.TextAlignLeading, 560)
	text := widgets.NewParagraph(k.book.Say("terminal.shift.text"), widgets.SizeLead, widgets.ColorText, fyne.TextAlignLeading, 560)
	k.said = widgets.NewParagraph("", widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignTrailing, 560)
	k.refresh = func() {
		display.SetParts(k.counted.Parts(k.book.Tag()))
		k.said.SetText(k.trouble)
	}
	key := func(key widgets.Key) {
		next, err := keyed(k.counted, key)
		k.counted, k.trouble = next, k.sayTrouble(err)
		k.refresh()
	}
	pad := widgets.NewKeypad(k.book.Say("terminal.amount.backspace"), func(p widgets.Key) { k.touched = k.Now(); key(p) })
	k.digit = key
	k.enter = k.openShift
	k.escape = func() { k.counted, k.trouble = k.counted.Clear(), ""; k.refresh() }

	left := stack(true, soft(heading), space(2*widgets.Grid), soft(text))
	right := stack(false, sized(display, 128, 72), sized(k.said, 32, 24), space(widgets.Grid), grow(yieldingPad(pad), padLeast))
	clear := k.newKey(k.book.Say("terminal.amount.clear"), widgets.LeaveKey, k.escape)
	open := k.newKey(k.book.Say("terminal.shift.open"), widgets.PrimaryKey, k.openShift)
	controls := append(pad.Controls(), widgets.Control{ID: "leave", Object: clear}, widgets.Control{ID: "open-shift", Object: open})
	lefts := []*widgets.TouchKey{clear}
	if k.office != nil {
		menu := k.newKey(k.book.Say("terminal.action.menu"), widgets.PlainKey, func() { k.openOffice(0) })
		lefts, controls = append(lefts, menu), append(controls, widgets.Control{ID: "menu", Object: menu})
	}
	k.page("shift", columnsOf(0.5, left, right), bar(lefts, []*widgets.TouchKey{open}), controls...)
}

// openShift opens it with what was counted; nothing in the drawer is a count too.
func (k *Kiosk) openShift() {
	var minor int64
	if a, err := k.counted.Amount(); err == nil {
		minor = a.Minor
	}
	err := k.Staff.OpenShift(protocol.Amount(minor))
	switch {
	case err == nil || errors.Is(err, staff.ErrShift): // another window was quicker
		k.counted = k.counted.Clear()
		k.goTo(atAmount)
		return
	case errors.Is(err, staff.ErrNotAllowed), errors.Is(err, staff.ErrNobody):
		k.trouble = k.book.Say("terminal.shift.not-allowed")
	default:
		k.trouble = k.book.Say("terminal.shift.failed")
	}
	k.refresh()
}

// keyed takes a key of an amount's pad.
func keyed(e money.Entry, key widgets.Key) (money.Entry, error) {
	switch key {
	case widgets.KeyBackspace:
		return e.Backspace(), nil
	case widgets.KeyDoubleZero:
		return e.DoubleZero()
	}
	return e.Digit(int(key))
}
