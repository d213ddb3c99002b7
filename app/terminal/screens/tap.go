package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// tapRow is the other way to pay, beside the code: where to hold a phone, or why not
// now. It is nil where there is no reader.
func (k *Kiosk) tapRow() fyne.CanvasObject {
	mark, word, color := widgets.RadioWaiting, k.book.Say("terminal.tap.hold"), widgets.ColorText
	switch k.view.Tap {
	case "":
		return nil
	case sale.TapFound:
		mark, word, color = widgets.RadioFound, k.book.Say("terminal.tap.found"), widgets.ColorGoText
	case sale.TapOff:
		why, _ := k.reason(k.view.TapReason)
		mark, word, color = widgets.RadioOff, k.book.Say("terminal.tap.off", "why", why), widgets.ColorQuiet
	}
	size := widgets.SizeBody
	if k.oneScreen() {
		size = widgets.SizeLead
	}
	return container.NewBorder(nil, nil, container.NewHBox(widgets.NewRadioMark(mark, 56), gap(widgets.Grid)), nil,
		middle(widgets.NewParagraph(word, size, color, fyne.TextAlignLeading, 340)))
}

// buildTapping is S9: the phone has been asked to pay.
func (k *Kiosk) buildTapping() {
	heading, text := k.book.Notice("terminal.tap.paying")
	k.tapPage("tapping", widgets.RadioFound, 240, heading, text, widgets.ColorText, bar(nil, nil))
}

// buildConfirm is S9 where the owner is asked on the phone.
func (k *Kiosk) buildConfirm() {
	heading, text := k.book.Notice("terminal.tap.confirm")
	cancel := k.cancelKey()
	k.countdown = widgets.NewCountdown(k.patient(k.ConfirmFor))
	state, side := k.heldMark()
	k.tapPage("confirm", state, side, heading, text, widgets.ColorText, k.withCountdown(cancel), widgets.Control{ID: "cancel", Object: cancel})
}

// buildTorn waits for the same phone, and says what must not be done meanwhile.
func (k *Kiosk) buildTorn() {
	heading := k.book.Say("terminal.tap.torn.heading")
	text := k.book.Say("terminal.tap.torn.text", "ending", k.view.Card)
	giveUp := k.newKey(k.book.Say("terminal.action.give-up"), widgets.LeaveKey, k.do(k.intents.Cancel))
	if !k.view.Cancellable {
		giveUp.Disable()
	}
	state, side := k.heldMark()
	k.tapPage("torn", state, side, heading, text, widgets.ColorAttentionText, bar([]*widgets.TouchKey{giveUp}, nil), widgets.Control{ID: "give-up", Object: giveUp})
}

// heldMark is the large mark while a phone is waited for.
func (k *Kiosk) heldMark() (widgets.RadioState, float32) {
	state := widgets.RadioWaiting
	switch k.view.Tap {
	case sale.TapFound:
		state = widgets.RadioFound
	case sale.TapOff:
		state = widgets.RadioOff
	}
	if k.view.Notice != sale.ReasonNone { // which needs the room
		return state, 120
	}
	return state, 200
}

// tapPage is a screen whose one task is the phone: mark, what to do, amount, why, and
// what was wrong with the last phone.
func (k *Kiosk) tapPage(name string, state widgets.RadioState, side float32, heading, text string, color fyne.ThemeColorName, actions fyne.CanvasObject, controls ...widgets.Control) {
	parts := []part{
		sized(widgets.NewRadioMark(state, 56), side, 56),
		soft(widgets.NewParagraph(heading, widgets.SizeHeading, color, fyne.TextAlignCenter, 760)),
		sized(k.viewAmount(), 112, 56),
		soft(widgets.NewParagraph(text, k.lead(), widgets.ColorText, fyne.TextAlignCenter, 900)),
	}
	if k.view.Notice != sale.ReasonNone {
		parts = append(parts, space(widgets.Grid), soft(container.New(sides{0.15}, k.noticeBox())))
	}
	words := stack(true, parts...)
	k.page(name, container.New(sides{0.12}, words), actions, k.withNotice(words, controls...)...)
}

// unsent says how much has not reached settlement, for the row of marks.
func (k *Kiosk) unsent() []widgets.Status {
	u := k.view.Unsent
	if u.Count == 0 {
		return nil
	}
	sum := money.Amount{Minor: int64(u.Sum), Currency: k.Currency}
	return []widgets.Status{{ID: "unsent", Meaning: widgets.Attention,
		Word: k.book.Say("terminal.tap.unsent", "count", u.Count, "amount", sum.Format(k.book.Tag()))}}
}
