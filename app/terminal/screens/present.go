package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// codeShare is how much of the width the code takes.
const codeShare = 0.54

// buildPresent is steps 3 to 9: the consumption QR code, large, with the amount,
// and what the camera sees.
// A preview that is on the screen already goes on.
func (k *Kiosk) buildPresent(seeing *widgets.CameraPreview) {
	code := widgets.NewExactQR()
	if err := code.SetText(k.view.Request); err != nil {
		k.trouble = err.Error() // cannot happen: the till's texts are alphanumeric
	}
	if k.camera = seeing; seeing == nil {
		k.camera = widgets.NewCameraPreview(k.book.Say("terminal.present.camera"))
	}
	k.countdown = widgets.NewCountdown(k.patient(k.Life))

	say := k.book.Say("terminal.present.hold")
	if k.view.ByPIN {
		say = k.book.Say("terminal.present.by-pin")
	}
	if k.view.Stage == sale.Opening {
		say = k.book.Say("terminal.present.reading")
	}
	controls := []widgets.Control{}
	parts := []part{sized(k.viewAmount(), 88, 48), firm(capped(k.steps(1), 1.4)), space(widgets.Grid), grow(k.camera, 120),
		space(widgets.Grid), soft(k.notice(k.centred(say)))}
	if row := k.tapRow(); row != nil {
		parts = append(parts, space(widgets.Grid), sized(row, 0, 56))
		controls = append(controls, widgets.Control{ID: "tap." + string(k.view.Tap), Object: row})
	}
	right := stack(false, parts...)
	scan := widgets.NewParagraph(k.book.Say("terminal.present.scan"), k.lead(), widgets.ColorText, fyne.TextAlignCenter, 560)
	left := stack(false, soft(scan), part{object: code, want: 440, least: code.MinSize().Height, grows: true})
	cancel := k.cancelKey()
	controls = append(controls, widgets.Control{ID: "cancel", Object: cancel}, widgets.Control{ID: "code", Object: code})
	k.page("present", columnsOf(codeShare, left, right), k.withCountdown(cancel), k.withNotice(right, controls...)...)
}

// centred is what the customer is told to do.
func (k *Kiosk) centred(text string) *widgets.Paragraph {
	return widgets.NewParagraph(text, k.lead(), widgets.ColorText, fyne.TextAlignCenter, 480)
}

// withCountdown puts the time that is left beside the key that leaves.
func (k *Kiosk) withCountdown(leave *widgets.TouchKey) fyne.CanvasObject {
	return columnsOf(codeShare, bar([]*widgets.TouchKey{leave}, nil), middle(k.countdown))
}

// buildFinger is step 11.
func (k *Kiosk) buildFinger() {
	k.ring = widgets.NewFingerProgress(200)
	k.ring.SetFraction(k.view.Finger.Fraction)
	k.countdown = widgets.NewCountdown(k.patient(k.FingerWait))
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
	parts := []part{
		sized(k.viewAmount(), 120, 56), firm(capped(k.steps(2), 1.4)), space(3 * widgets.Grid),
		soft(widgets.NewParagraph(title, widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter, 480)),
		space(widgets.Grid), soft(k.notice(k.centred(prompt))), space(widgets.Grid)}
	if k.view.Notice == sale.ReasonNone || k.view.Advice != "" { // a notice without advice says itself how many tries are left
		tries := k.book.Say("terminal.finger.tries", "tries", k.view.AttemptsLeft+1)
		parts = append(parts, soft(widgets.NewParagraph(tries, widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter, 480)), space(widgets.Grid))
	}
	parts = append(parts, sized(k.countdown, 0, 48))
	right := stack(true, parts...)
	body := columnsOf(0.46, container.New(within(fyne.NewSquareSize(200)), container.New(sides{0.1}, k.ring)), right)
	cancel := k.cancelKey()
	controls := []widgets.Control{{ID: "cancel", Object: cancel}}
	if k.view.Finger.Lift {
		controls = append(controls, widgets.Control{ID: "lift", Object: k.ring})
	}
	var others []*widgets.TouchKey
	if k.view.ByPIN {
		none := k.newKey(k.book.Say("terminal.action.no-finger"), widgets.PlainKey, k.do(k.intents.NoFinger))
		others, controls = append(others, none), append(controls, widgets.Control{ID: "no-finger", Object: none})
	}
	k.page("finger", body, bar([]*widgets.TouchKey{cancel}, others), k.withNotice(right, controls...)...)
}

// buildWait is a moment in which nobody has anything to do.
func (k *Kiosk) buildWait(name, title, text string) {
	parts := []part{sized(k.viewAmount(), 160, 64), space(widgets.Grid), soft(widgets.Heading(title))}
	if text != "" {
		parts = append(parts, soft(widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignCenter, 800)))
	}
	k.page(name, container.New(sides{0.1}, stack(true, parts...)), bar(nil, nil))
}

// notice puts what was wrong with the last code or finger in the place of what
// to do, with its mark.
func (k *Kiosk) notice(otherwise fyne.CanvasObject) fyne.CanvasObject {
	if k.view.Notice == sale.ReasonNone {
		return otherwise
	}
	return k.noticeBox()
}

func (k *Kiosk) noticeBox() fyne.CanvasObject {
	heading, text := k.reason(k.view.Notice)
	if k.view.Advice != "" {
		text = k.book.Say("finger.advice." + k.view.Advice)
	}
	words := stack(false,
		soft(widgets.NewParagraph(heading, widgets.SizeLead, widgets.ColorAttentionText, fyne.TextAlignLeading, 420)),
		soft(widgets.NewParagraph(text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading, 420)))
	return container.New(marked{}, widgets.NewOutcomeMark(widgets.Attention, 40), words)
}

// marked puts a small mark before words that wrap, at the height of their first line.
type marked struct{}

const markSide = 40

// Layout places mark and words.
func (marked) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSquareSize(markSide))
	objects[1].Move(fyne.NewPos(markSide+widgets.Grid, 0))
	objects[1].Resize(fyne.NewSize(size.Width-markSide-widgets.Grid, size.Height))
}

// MinSize is that of the words beside the mark.
func (marked) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[1].MinSize().Add(fyne.NewSize(markSide+widgets.Grid, 0)).Max(fyne.NewSquareSize(markSide))
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
	key := k.newKey(k.book.Say("terminal.action.cancel"), widgets.LeaveKey, k.do(k.intents.Cancel))
	if !k.view.Cancellable {
		key.Disable()
	}
	return key
}
