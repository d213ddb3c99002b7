package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// buildOutcome is step 15, or the end of a sale that never got there. It stays
// until somebody dismisses it.
func (k *Kiosk) buildOutcome() {
	meaning, heading, text := k.outcome()
	if k.view.ByPIN {
		text = k.book.Say("terminal.outcome.by-pin")
	}
	detail := k.book.Say("terminal.outcome.detail", "shop", k.Shop,
		"time", k.view.Decided.Local().Format("15:04"), "number", fmt.Sprintf("%06d", k.view.Number))
	if k.view.Card != "" {
		detail = k.book.Say("terminal.outcome.card", "shop", k.Shop, "ending", k.view.Card,
			"time", k.view.Decided.Local().Format("15:04"), "number", fmt.Sprintf("%06d", k.view.Number))
	}
	amount := widgets.NewAmountDisplay(k.money().Parts(k.book.Tag()), fyne.TextAlignCenter)
	words := container.NewVBox(
		container.NewCenter(widgets.NewOutcomeMark(meaning, 144)),
		widgets.NewParagraph(heading, widgets.SizeHeading, meaning.WordColor(), fyne.TextAlignCenter, 640),
		fixed(amount, 480, 112),
		widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 640),
		gap(widgets.Grid),
		widgets.NewParagraph(detail, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter, 640))
	words.Add(widgets.NewParagraph(k.managerLine(), widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter, 640))
	next := widgets.NewPrimaryAction(k.book.Say("terminal.action.new-sale"), k.do(k.intents.Dismiss))
	controls := []widgets.Control{{ID: "new-sale", Object: next}}
	actions := widgets.NewActionBar(nil, next)
	if k.view.ByPIN { // what the customer waits for comes first
		next = widgets.NewTouchKey(k.book.Say("terminal.action.new-sale"), widgets.PlainKey, k.do(k.intents.Dismiss))
		byPIN := widgets.NewPrimaryAction(k.book.Say("terminal.action.by-pin"), k.do(k.intents.BeginByPIN))
		controls = []widgets.Control{{ID: "new-sale", Object: next}, {ID: "by-pin", Object: byPIN}}
		actions = widgets.NewActionBar(nil, byPIN, next)
	}

	var body fyne.CanvasObject = container.NewCenter(fixed(words, 760, 0))
	if k.view.Receipt != "" {
		code := widgets.NewExactQR()
		if err := code.SetText(k.view.Receipt); err == nil {
			receipt := container.NewBorder(widgets.NewParagraph(k.book.Say("terminal.outcome.receipt"), widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter, 400), nil, nil, nil, code)
			body = container.New(columns{left: 0.62, gap: 3 * widgets.Grid}, container.NewCenter(fixed(words, 660, 0)), receipt)
			controls = append(controls, widgets.Control{ID: "code", Object: code})
		}
	}
	k.page("outcome", body, actions, controls...)
}

// buildUnknown says what must not be done while nobody knows the outcome.
func (k *Kiosk) buildUnknown() {
	heading, text := k.book.Notice("terminal.outcome.unknown")
	amount := widgets.NewAmountDisplay(k.money().Parts(k.book.Tag()), fyne.TextAlignCenter)
	words := container.NewVBox(
		container.NewCenter(widgets.NewOutcomeMark(widgets.Attention, 144)),
		widgets.NewParagraph(heading, widgets.SizeHeading, widgets.ColorAttentionText, fyne.TextAlignCenter, 760),
		fixed(amount, 480, 120),
		widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 760))
	aside := widgets.NewPrimaryAction(k.book.Say("terminal.action.aside"), k.do(k.intents.Dismiss))
	k.page("unknown", container.NewCenter(fixed(words, 760, 0)), widgets.NewActionBar(nil, aside),
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
