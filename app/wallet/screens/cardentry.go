package screens

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// cardDigits is the length of a virtual card's number.
const cardDigits = 16

// enterAmount opens a page on which an amount is keyed.
func (h *Handset) enterAmount(page cardPage) func() {
	return func() {
		entry, err := money.NewEntry(money.Currency(h.cards.view.Card.Terms.Currency))
		if err != nil {
			return // a card in a currency that this version does not know
		}
		h.cards.entry = entry
		h.openCard(page)()
	}
}

// buildCardAmount is how much is topped up, or given.
func (h *Handset) buildCardAmount() {
	page := h.cards.page
	title, action := "wallet.card.load", "wallet.card.load"
	if page == transferSome {
		title, action = "wallet.card.transfer", "wallet.card.give"
	}
	top, language := h.top(h.book.Say(title))
	h.cards.amount = widgets.NewAmountDisplay(h.cards.entry.Parts(h.book.Tag()), fyne.TextAlignCenter)
	hint := h.book.Say("wallet.card.balance", "amount", h.cardMoney(int64(h.cards.view.Card.Balance)))
	if page == transferSome {
		hint = h.book.Say("wallet.card.to", "number", grouped(h.cards.number))
	}
	pad := widgets.NewKeypad(h.book.Say("trusted.pin.backspace"), func(key widgets.Key) {
		e, err := h.cards.entry, error(nil)
		switch key {
		case widgets.KeyBackspace:
			e = e.Backspace()
		case widgets.KeyDoubleZero:
			e, err = e.DoubleZero()
		default:
			e, err = e.Digit(int(key))
		}
		if err == nil {
			h.cards.entry = e
			h.cards.amount.SetParts(e.Parts(h.book.Tag()))
		}
	})
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.openCard(cardHome))
	do := widgets.NewPrimaryAction(h.book.Say(action), func() {
		amount, err := h.cards.entry.Amount()
		if err != nil {
			return // nothing was keyed yet
		}
		number := protocol.CardNumber(h.cards.number)
		h.cards.page = cardHome
		if page == loadAmount {
			h.do(func() error { return h.intents.LoadCard(protocol.Amount(amount.Minor), false) })()
		} else {
			h.do(func() error { return h.intents.TransferCard(number, protocol.Amount(amount.Minor)) })()
		}
	})
	h.stage.Show(string(page), newSheet(sheet{top: top, bottom: widgets.NewActionBar(back, do), body: newStack(pad,
		atLeast(h.cards.amount, 0, 104), centred(hint, widgets.SizeBody, widgets.ColorQuiet), pad)}),
		append(pad.Controls(), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "do", Object: do})...)
}

// buildCardNumber is whose card it goes to.
func (h *Handset) buildCardNumber() {
	top, language := h.top(h.book.Say("wallet.card.transfer"))
	said := centred(grouped(h.cards.number), widgets.SizeHeading, widgets.ColorText)
	next := widgets.NewPrimaryAction(h.book.Say("wallet.card.next"), h.enterAmount(transferSome))
	if len(h.cards.number) < cardDigits {
		next.Disable()
	}
	pad := widgets.NewPINPad(h.book.Say("trusted.pin.backspace"), func(key widgets.Key) {
		n := h.cards.number
		switch {
		case key == widgets.KeyBackspace && n != "":
			n = n[:len(n)-1]
		case key >= 0 && key <= 9 && len(n) < cardDigits:
			n += string('0' + rune(key))
		}
		h.cards.number = n
		said.SetText(grouped(n))
		if len(n) == cardDigits {
			next.Enable()
		} else {
			next.Disable()
		}
	})
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.openCard(cardHome))
	h.stage.Show("card-number", newSheet(sheet{top: top, bottom: widgets.NewActionBar(back, next), body: newStack(pad,
		centred(h.book.Say("wallet.card.number"), widgets.SizeBody, widgets.ColorQuiet), atLeast(said, 0, 64), pad)}),
		append(pad.Controls(), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "next", Object: next})...)
}

// grouped writes as much of a card's number as there is, in fours.
func grouped(number string) string {
	var groups []string
	for group := range slices.Chunk([]byte(number), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}
