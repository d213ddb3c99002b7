package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// buildPresent is steps 3 to 9: the consumption QR code, large, with the amount,
// and what the camera sees.
// A preview that is on the screen already goes on.
func (k *Kiosk) buildPresent(seeing *widgets.CameraPreview) {
	lang := k.book.Tag()
	code := widgets.NewExactQR()
	if err := code.SetText(k.view.Request); err != nil {
		k.trouble = err.Error() // cannot happen: the till's texts are alphanumeric
	}
	if k.camera = seeing; seeing == nil {
		k.camera = widgets.NewCameraPreview(k.book.Say("terminal.present.camera"))
	}
	k.countdown = widgets.NewCountdown(k.Life)
	amount := widgets.NewAmountDisplay(k.money().Parts(lang), fyne.TextAlignCenter)

	say := k.book.Say("terminal.present.hold")
	if k.view.ByPIN {
		say = k.book.Say("terminal.present.by-pin")
	}
	step := 1
	if k.view.Stage == sale.Opening {
		say = k.book.Say("terminal.present.reading")
	}
	words := container.NewVBox(gap(widgets.Grid), k.notice(widgets.Lead(say)))
	controls := []widgets.Control{}
	if row := k.tapRow(); row != nil {
		words.Add(row)
		controls = append(controls, widgets.Control{ID: "tap." + string(k.view.Tap), Object: row})
	}
	right := container.NewBorder(
		container.NewVBox(fixed(amount, 420, 88), k.steps(step), gap(widgets.Grid)), words, nil, nil, k.camera)
	left := container.NewBorder(widgets.NewParagraph(k.book.Say("terminal.present.scan"), widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 560), nil, nil, nil, code)
	body := container.New(columns{left: 0.54, gap: 3 * widgets.Grid}, left, right)
	cancel := k.cancelKey()
	actions := container.New(columns{left: 0.54, gap: 3 * widgets.Grid}, container.NewHBox(fixed(cancel, 200, 0)), middle(k.countdown))
	controls = append(controls, widgets.Control{ID: "cancel", Object: cancel}, widgets.Control{ID: "code", Object: code})
	k.page("present", body, actions, k.withNotice(right, controls...)...)
}

// buildFinger is step 11.
func (k *Kiosk) buildFinger() {
	k.ring = widgets.NewFingerProgress(280)
	k.ring.SetFraction(k.view.Finger.Fraction)
	k.countdown = widgets.NewCountdown(k.FingerWait)
	prompt := k.book.Say("terminal.finger.prompt")
	if k.view.Finger.Touching {
		prompt = k.book.Say("terminal.finger.reading")
	}
	if k.view.Finger.Fraction >= 1 {
		prompt = k.book.Say("terminal.finger.lift")
	}
	title := k.book.Say("terminal.finger.title")
	if k.view.Finger.Lift {
		title, prompt = k.book.Say("terminal.finger.lift-first"), k.book.Say("terminal.finger.again")
	}
	if k.view.Finger.Advice != "" && k.view.Finger.Fraction < 1 {
		prompt = k.book.Say("finger.advice." + k.view.Finger.Advice)
	}
	amount := widgets.NewAmountDisplay(k.money().Parts(k.book.Tag()), fyne.TextAlignCenter)
	right := container.NewVBox(
		fixed(amount, 420, 120), k.steps(2), gap(3*widgets.Grid),
		widgets.NewParagraph(title, widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter, 480),
		gap(widgets.Grid), k.notice(widgets.Lead(prompt)), gap(widgets.Grid))
	if k.view.Notice == sale.ReasonNone || k.view.Advice != "" { // a notice without advice says itself how many tries are left
		right.Add(widgets.NewParagraph(k.book.Say("terminal.finger.tries", "tries", k.view.AttemptsLeft+1), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter, 480))
		right.Add(gap(widgets.Grid))
	}
	right.Add(k.countdown)
	body := container.New(columns{left: 0.46, gap: 3 * widgets.Grid}, container.NewCenter(k.ring), right)
	cancel := k.cancelKey()
	controls := []widgets.Control{{ID: "cancel", Object: cancel}}
	if k.view.Finger.Lift {
		controls = append(controls, widgets.Control{ID: "lift", Object: k.ring})
	}
	var others []*widgets.TouchKey
	if k.view.ByPIN {
		none := widgets.NewTouchKey(k.book.Say("terminal.action.no-finger"), widgets.PlainKey, k.do(k.intents.NoFinger))
		others, controls = append(others, none), append(controls, widgets.Control{ID: "no-finger", Object: none})
	}
	k.page("finger", body, widgets.NewActionBar(cancel, nil, others...), k.withNotice(right, controls...)...)
}

// buildWait is a moment in which nobody has anything to do.
func (k *Kiosk) buildWait(name, title, text string) {
	amount := widgets.NewAmountDisplay(k.money().Parts(k.book.Tag()), fyne.TextAlignCenter)
	body := container.NewVBox(gap(64), fixed(amount, 800, 160), gap(widgets.Grid), widgets.Heading(title))
	if text != "" {
		body.Add(widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignCenter, 800))
	}
	k.page(name, body, widgets.NewActionBar(nil, nil))
}

// notice puts what was wrong with the last code or finger in the place of what
// to do, with its mark.
func (k *Kiosk) notice(otherwise *widgets.Paragraph) fyne.CanvasObject {
	if k.view.Notice == sale.ReasonNone {
		return otherwise
	}
	heading, text := k.reason(k.view.Notice)
	if k.view.Advice != "" {
		text = k.book.Say("finger.advice." + k.view.Advice)
	}
	return container.NewBorder(nil, nil, container.NewVBox(widgets.NewOutcomeMark(widgets.Attention, 40)), nil, container.NewVBox(
		widgets.NewParagraph(heading, widgets.SizeLead, widgets.ColorAttentionText, fyne.TextAlignLeading, 420),
		widgets.NewParagraph(text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading, 420)))
}

// withNotice names a notice for whoever follows the announcements: each new one
// has a name of its own.
func (k *Kiosk) withNotice(where fyne.CanvasObject, controls ...widgets.Control) []widgets.Control {
	if k.view.Notice == sale.ReasonNone {
		return controls
	}
	return append(controls, widgets.Control{ID: fmt.Sprintf("notice.%d", k.view.Notices), Object: where})
}

// steps are the customer's three.
func (k *Kiosk) steps(at int) *widgets.StepRow {
	last := k.book.Say("terminal.step.finger")
	if k.view.ByPIN && k.view.Stage != sale.Finger {
		last = k.book.Say("terminal.step.pin")
	}
	row := widgets.NewStepRow(k.book.Say("terminal.step.show"), k.book.Say("terminal.step.scan"), last)
	row.SetStep(at)
	return row
}

func (k *Kiosk) cancelKey() *widgets.TouchKey {
	key := widgets.NewLeaveAction(k.book.Say("terminal.action.cancel"), k.do(k.intents.Cancel))
	if !k.view.Cancellable {
		key.Disable()
	}
	return key
}
