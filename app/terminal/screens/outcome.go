package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// buildOutcome is step 15, or the end of a sale that never got there. It stays
// until somebody dismisses it.
func (k *Kiosk) buildOutcome() {
	if k.view.Cash != nil && k.view.Ending == sale.Paid {
		k.buildChange()
		return
	}
	meaning, heading, text := k.outcome()
	if k.view.ByPIN {
		text = k.book.Say("terminal.outcome.by-pin")
	}
	detail := k.book.Say("terminal.outcome.detail", "shop", k.Shop,
		"time", k.book.Time(k.view.Decided.Local()), "number", k.number(k.view.Number))
	if k.view.Card != "" {
		detail = k.book.Say("terminal.outcome.card", "shop", k.Shop, "ending", k.view.Card,
			"time", k.book.Time(k.view.Decided.Local()), "number", k.number(k.view.Number))
	}
	if k.view.Tip > 0 {
		detail += " · " + k.book.Say("terminal.tip.of", "amount", k.of(int64(k.view.Tip)).Format(k.book.Tag()))
	}
	size := float32(144)
	if k.oneScreen() {
		size = 200
	}
	words := stack(true,
		sized(widgets.NewOutcomeMark(meaning, size), size, 56),
		soft(widgets.NewParagraph(heading, widgets.SizeHeading, meaning.WordColor(), fyne.TextAlignCenter, 640)),
		sized(k.viewAmount(), 112, 56),
		soft(widgets.NewParagraph(text, k.lead(), widgets.ColorText, fyne.TextAlignCenter, 640)),
		space(widgets.Grid),
		soft(widgets.NewParagraph(detail, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter, 640)),
		soft(widgets.NewParagraph(k.managerLine(), widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter, 640)))
	actions, controls := k.outcomeActions()
	body, more := k.withReceipt(words, k.view.Number, k.view.Receipt)
	k.page("outcome", body, actions, append(controls, more...)...)
}

// outcomeActions are what can be done after a sale: the next one, and what belongs to
// this one.
func (k *Kiosk) outcomeActions() (*fyne.Container, []widgets.Control) {
	var left, right []*widgets.TouchKey
	var controls []widgets.Control
	dismiss := k.do(k.intents.Dismiss)
	k.enter, k.escape = dismiss, dismiss
	if k.Print != nil && k.printable() {
		print := k.printKey(k.view.Number, false)
		left, controls = append(left, print), append(controls, widgets.Control{ID: "print", Object: print})
	}
	if k.again() {
		again := k.newKey(k.book.Say("terminal.action.retry"), widgets.PlainKey, k.chargeAgain)
		right, controls = append(right, again), append(controls, widgets.Control{ID: "again", Object: again})
	}
	style := widgets.PrimaryKey
	if k.view.ByPIN { // what the customer waits for comes first
		style = widgets.PlainKey
	}
	next := k.newKey(k.book.Say("terminal.action.new-sale"), style, dismiss)
	right, controls = append(right, next), append(controls, widgets.Control{ID: "new-sale", Object: next})
	if k.view.ByPIN {
		k.enter = k.do(k.intents.BeginByPIN)
		byPIN := k.newKey(k.book.Say("terminal.action.by-pin"), widgets.PrimaryKey, k.enter)
		right, controls = append(right, byPIN), append(controls, widgets.Control{ID: "by-pin", Object: byPIN})
	}
	return bar(left, right), controls
}

// printable says whether there is something that a customer would keep.
func (k *Kiosk) printable() bool {
	return k.view.Ending == sale.Paid || k.view.Ending == sale.Refunded || k.view.Ending == sale.Reversed
}

// viewAmount is the amount of the sale in front.
func (k *Kiosk) viewAmount() *widgets.AmountDisplay {
	return widgets.NewAmountDisplay(k.money().Parts(k.book.Tag()), fyne.TextAlignCenter)
}

// lead is the type of what the customer is told to do: larger where nobody stands by,
// unless all text is large already.
func (k *Kiosk) lead() fyne.ThemeSizeName {
	if k.oneScreen() && roomy() {
		return widgets.SizeHeading
	}
	return widgets.SizeLead
}

// buildUnknown says what must not be done while nobody knows the outcome.
func (k *Kiosk) buildUnknown() {
	heading, text := k.book.Notice("terminal.outcome.unknown")
	words := stack(true,
		sized(widgets.NewOutcomeMark(widgets.Attention, 144), 144, 56),
		soft(widgets.NewParagraph(heading, widgets.SizeHeading, widgets.ColorAttentionText, fyne.TextAlignCenter, 760)),
		sized(k.viewAmount(), 120, 56),
		soft(widgets.NewParagraph(text, k.lead(), widgets.ColorText, fyne.TextAlignCenter, 760)))
	k.enter = k.do(k.intents.Dismiss)
	aside := k.newKey(k.book.Say("terminal.action.aside"), widgets.PrimaryKey, k.enter)
	k.page("unknown", container.New(sides{0.18}, words), bar(nil, []*widgets.TouchKey{aside}),
		widgets.Control{ID: "put-aside", Object: aside})
}

// outcome chooses mark and words for how the sale ended.
func (k *Kiosk) outcome() (meaning widgets.Meaning, heading, text string) {
	switch k.view.Ending {
	case sale.Paid:
		heading, text = k.book.Notice("terminal.outcome.paid", "amount", k.money().Format(k.book.Tag()))
		return widgets.Good, heading, text
	case sale.Cancelled:
		heading, text = k.book.Notice("error.cancelled")
		return widgets.Attention, heading, text
	case sale.GivenUp:
		heading, text = k.book.Notice("terminal.outcome.given-up")
		return widgets.Attention, heading, text
	case sale.Reversed:
		heading, text = k.book.Notice("terminal.outcome.reversed")
		return widgets.Attention, heading, text
	case sale.Expired:
		heading, text = k.reason(k.view.Reason)
		if k.view.Notice != sale.ReasonNone { // why it may have expired
			last, _ := k.reason(k.view.Notice)
			text += " " + k.book.Say("terminal.outcome.last-seen", "what", last)
		}
		return widgets.Refusal, heading, text
	}
	heading, text = k.reason(k.view.Reason)
	return widgets.Refusal, heading, text
}

// managerLine is what a manager may be asked for, small: settlement's number of
// a payment, or the code of a reason.
func (k *Kiosk) managerLine() string {
	if k.view.Reference != 0 {
		return k.book.Say("terminal.outcome.reference", "number", k.view.Reference)
	}
	if k.view.Ending == sale.Paid { // by tap
		return k.book.Say("terminal.tap.later")
	}
	code := string(k.view.Reason)
	if code == "" {
		code = string(k.view.Ending)
	}
	return k.book.Say("terminal.outcome.code", "code", code)
}
