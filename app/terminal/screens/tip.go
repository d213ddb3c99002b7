package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// tipping is what the customer is asked who may add a tip.
type tipping struct {
	due   int64 // minor units; 0: nobody is asked
	free  bool  // the customer keys an amount
	entry money.Entry
}

// askTip asks the customer, before the sale begins.
func (k *Kiosk) askTip() {
	entry, _ := money.NewEntry(k.Currency) // newKiosk has made one of it
	k.tip = tipping{due: k.due(), entry: entry}
	if k.AskTip != nil {
		q := &TipQuestion{Due: k.of(k.tip.due)}
		for _, percent := range k.Tips {
			q.Choices = append(q.Choices, TipChoice{percent, k.of(tipOf(k.tip.due, percent))})
		}
		k.AskTip(q)
	}
	k.goTo(atTip)
}

// AnswerTip takes the answer from the customer's own window: the tip in minor units, 0
// for none. One that nobody is asked for any more changes nothing. It may be called from
// any goroutine.
func (k *Kiosk) AnswerTip(tip protocol.Amount) { k.stage.Do(func() { k.giveTip(int64(tip)) }) }

func (k *Kiosk) giveTip(tip int64) {
	if k.at != atTip || tip < 0 {
		return
	}
	_, err := money.Of(k.tip.due+tip, k.Currency)
	if err != nil {
		k.trouble = k.sayTrouble(err)
		k.build()
		return
	}
	k.stopAsking()
	k.trouble = k.sayTrouble(k.beginBill(tip))
	if k.at == atAmount && k.trouble != "" {
		k.build()
	}
}

// stopAsking goes back to the amount.
func (k *Kiosk) stopAsking() {
	k.at, k.tip, k.trouble = atAmount, tipping{}, ""
	if k.AskTip != nil {
		k.AskTip(nil)
	}
}

// buildTip asks in the customer's words: percentages, an amount of their own, or none.
func (k *Kiosk) buildTip() {
	lang := k.book.Tag()
	cancel := func() { k.stopAsking(); k.build() }
	k.escape = cancel
	back := k.newKey(k.book.Say("terminal.action.back"), widgets.LeaveKey, cancel)
	controls := []widgets.Control{{ID: "leave", Object: back}}
	heading := widgets.NewParagraph(k.book.Say("terminal.tip.ask"), widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter, 900)
	due := widgets.NewAmountDisplay(k.of(k.tip.due).Parts(lang), fyne.TextAlignCenter)
	if k.tip.free {
		k.buildFreeTip(back, heading, controls)
		return
	}
	var tiles []fyne.CanvasObject
	for i, percent := range k.Tips[:min(len(k.Tips), 6)] {
		tip := tipOf(k.tip.due, percent)
		key := k.newKey(fmt.Sprintf("%d %%\n%s", percent, k.of(tip).Format(lang)), widgets.PlainKey, func() { k.giveTip(tip) })
		tiles, controls = append(tiles, key), append(controls, widgets.Control{ID: fmt.Sprintf("tip.%d", i), Object: key})
	}
	other := k.newKey(k.book.Say("terminal.tip.other"), widgets.PlainKey, func() { k.tip.free = true; k.build() })
	none := k.newKey(k.book.Say("terminal.tip.none"), widgets.PrimaryKey, func() { k.giveTip(0) })
	k.enter = func() { k.giveTip(0) }
	controls = append(controls, widgets.Control{ID: "tip.other", Object: other}, widgets.Control{ID: "tip.none", Object: none})
	grid := container.New(cells{columns: min(len(tiles), 3), most: 160}, tiles...)
	body := stack(true, soft(heading), space(widgets.Grid), sized(due, 128, 64), space(3*widgets.Grid),
		sized(grid, float32((len(tiles)+2)/3)*168-8, grid.MinSize().Height), soft(k.troubleLine()))
	k.page("tip", container.New(sides{0.08}, body), bar([]*widgets.TouchKey{back}, []*widgets.TouchKey{other, none}), controls...)
}

// buildFreeTip has the customer key an amount.
func (k *Kiosk) buildFreeTip(back *widgets.TouchKey, heading fyne.CanvasObject, controls []widgets.Control) {
	lang := k.book.Tag()
	display := widgets.NewAmountDisplay(k.tip.entry.Parts(lang), fyne.TextAlignCenter)
	minor := func() int64 {
		a, err := k.tip.entry.Amount()
		if err != nil {
			return 0
		}
		return a.Minor
	}
	total := func() string {
		return k.book.Say("terminal.tip.total", "amount", k.of(min(k.tip.due+minor(), money.MaxMinor)).Format(lang))
	}
	k.said = widgets.NewParagraph(total(), widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignCenter, 560)
	press := func(key widgets.Key) {
		next, err := keyed(k.tip.entry, key)
		k.tip.entry, k.trouble = next, k.sayTrouble(err)
		display.SetParts(next.Parts(lang))
		k.said.SetText(total())
		if k.trouble != "" {
			k.said.SetText(k.trouble)
		}
	}
	pad := widgets.NewKeypad(k.book.Say("terminal.amount.backspace"), func(key widgets.Key) { k.touched = k.Now(); press(key) })
	k.digit = press
	k.enter = func() { k.giveTip(minor()) }
	give := k.newKey(k.book.Say("terminal.tip.give"), widgets.PrimaryKey, k.enter)
	controls = append(append(controls, pad.Controls()...), widgets.Control{ID: "tip.give", Object: give})
	left := stack(true, soft(heading), space(widgets.Grid), sized(display, 128, 72), soft(k.said))
	k.page("tip", columnsOf(0.5, left, yieldingPad(pad)), bar([]*widgets.TouchKey{back}, []*widgets.TouchKey{give}), controls...)
}

// troubleLine says what was wrong, where there was something.
func (k *Kiosk) troubleLine() *widgets.Paragraph {
	return widgets.NewParagraph(k.trouble, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignCenter, 760)
}
