package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/client/tapping"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/widgets"
)

// buildCardWorking is while settlement is asked, or the trusted screen asks for the
// PIN.
func (h *Handset) buildCardWorking() {
	v := h.cards.view
	top, language := h.top(h.book.Say("wallet.card.title"))
	name, say := "card-working", "wallet.card.working."+string(v.Work)
	controls := []widgets.Control{language}
	var bottom fyne.CanvasObject
	if v.Stage == tapping.Unlocking {
		name, say = "card-unlocking", "wallet.card.unlocking"
		cancel := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.do(h.intents.Lift))
		controls = append(controls, widgets.Control{ID: "lift", Object: cancel})
		bottom = widgets.NewActionBar(cancel, nil)
	}
	h.stage.Show(name, newSheet(sheet{top: top, body: newStack(nil, gap(8*widgets.Grid), centred(h.book.Say(say), widgets.SizeLead, widgets.ColorText)), bottom: bottom}), controls...)
}

// buildCardHeld is while the phone is in the field.
func (h *Handset) buildCardHeld() {
	v := h.cards.view
	top, language := h.top(h.book.Say("wallet.card.title"))
	h.cards.countdown = widgets.NewCountdown(tapping.HeldFor)
	lift := widgets.NewLeaveAction(h.book.Say("wallet.card.lift"), h.do(h.intents.Lift))
	heading, text := h.book.Notice("wallet.card.held")
	h.stage.Show("card-held", newSheet(sheet{top: top, bottom: widgets.NewActionBar(lift, nil), body: newStack(nil,
		gap(4*widgets.Grid), centred(heading, widgets.SizeHeading, widgets.ColorText), centred(text, widgets.SizeLead, widgets.ColorQuiet), gap(2*widgets.Grid),
		atLeast(widgets.NewAmountDisplay(h.cardAmount(int64(v.Card.Balance)).Parts(h.book.Tag()), fyne.TextAlignCenter), 0, 104),
		centred(h.book.Say("wallet.card.ending", "last", v.Card.Ending, "date", v.Card.Expires.Local().Format("2006-01")), widgets.SizeBody, widgets.ColorQuiet),
		gap(2*widgets.Grid), h.cards.countdown,
	)}), language, widgets.Control{ID: "lift", Object: lift})
	h.tickCard()
}

// buildCardResult is what a tap came to.
func (h *Handset) buildCardResult() {
	v := h.cards.view
	key, meaning := "wallet.card.result.refused", widgets.Refusal
	name := "card-ended"
	switch {
	case v.Stage == tapping.Asked:
		key, meaning, name = "wallet.card.result.confirm", widgets.Attention, "card-asked"
	case v.Stage == tapping.Again:
		key, meaning, name = "wallet.card.result.again", widgets.Attention, "card-again"
	case v.Event.Kind == purse.ShowPaid, v.Event.Kind == purse.ShowRecovered:
		key, meaning = "wallet.card.result.paid", widgets.Good
	case v.Event.Kind == purse.ShowFunds:
		key = "wallet.card.result.funds"
	}
	balance := h.cardMoney(int64(v.Event.Balance))
	heading, text := h.book.Notice(key, "shop", v.Event.Other, "amount", h.cardMoney(int64(v.Event.Amount)), "balance", balance)
	top, language := h.top(h.book.Say("wallet.card.title"))
	rows := []fyne.CanvasObject{
		gap(2 * widgets.Grid), container.NewCenter(widgets.NewOutcomeMark(meaning, 140)),
		centred(heading, widgets.SizeHeading, meaning.WordColor()),
	}
	if v.Event.Amount > 0 {
		rows = append(rows, atLeast(widgets.NewAmountDisplay(h.cardAmount(int64(v.Event.Amount)).Parts(h.book.Tag()), fyne.TextAlignCenter), 0, 96))
	}
	rows = append(rows, centred(text, widgets.SizeLead, widgets.ColorText))
	done := widgets.NewLeaveAction(h.book.Say("wallet.action.done"), h.do(h.intents.DismissCard))
	controls := []widgets.Control{language, {ID: "done", Object: done}}
	var again *widgets.TouchKey
	if v.Stage != tapping.Asked {
		again = widgets.NewTouchKey(h.book.Say("wallet.card.again"), widgets.PlainKey, h.do(h.intents.Tap))
		if v.Stage == tapping.Again {
			again = widgets.NewPrimaryAction(h.book.Say("wallet.card.again"), h.do(h.intents.Tap))
		}
		controls = append(controls, widgets.Control{ID: "again", Object: again})
	}
	h.stage.Show(name, newSheet(sheet{top: top, body: newStack(nil, rows...), bottom: widgets.NewActionBar(done, again)}), controls...)
}

// cardReason puts what was wrong with the card into words.
func (h *Handset) cardReason(r tapping.Reason) (heading, text string) {
	return h.book.Notice("wallet.card.error." + string(r))
}
