package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// build makes the page for what the till is doing.
func (d *Display) build() {
	d.countdown, d.ring = nil, nil
	d.shown, d.size = d.key(), d.stage.Window().Canvas().Size()
	switch d.view.Stage {
	case sale.Preparing:
		d.buildWait("preparing", d.book.Say("customer.sending.heading"), d.book.Say("customer.scan.preparing"))
	case sale.Presenting, sale.Opening:
		d.buildPresent()
	case sale.Finger:
		d.buildFinger()
	case sale.Tapping:
		heading, text := d.book.Notice("customer.tap.paying")
		d.buildPhone("tapping", widgets.RadioFound, heading, text, nil)
	case sale.Confirm:
		heading, text := d.book.Notice("customer.confirm")
		d.total = d.setup.ConfirmFor
		d.countdown = widgets.NewCountdown(d.total)
		d.buildPhone("confirm", d.held(), heading, text, d.countdown)
	case sale.Torn:
		heading, text := d.book.Notice("customer.torn")
		d.buildPhone("torn", d.held(), heading, text, nil)
	case sale.Sending:
		heading, text := d.book.Notice("customer.sending")
		d.buildWait("sending", heading, text)
	case sale.Unknown:
		heading, text := d.book.Notice("customer.unknown")
		d.buildOutcome("unknown", outcome{widgets.Attention, heading, text, d.view.Amount})
	case sale.Ended:
		d.buildOutcome("outcome", d.ended())
	default:
		d.buildBetween()
	}
	d.tick() // at once, so that no full time is seen first
}

// page shows a page: the shop and the key for another language over it, that it is a training, and that the sale was interrupted.
func (d *Display) page(name string, body fyne.CanvasObject, controls ...widgets.Control) {
	language := widgets.NewTouchKey(d.next().Name, widgets.PlainKey, d.switchLanguage)
	shop := widgets.NewParagraph(d.setup.Shop, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignLeading, 640)
	var bands []fyne.CanvasObject
	if d.view.Training {
		bands = append(bands, band(d.book.Say("customer.training.text"), widgets.ColorAttention, widgets.ColorOnAttention))
	}
	if at := d.view.Interrupted; !at.IsZero() {
		bands = append(bands, band(d.book.Say("customer.interrupted.text", "time", d.book.Time(at.Local())), widgets.ColorSurface, widgets.ColorAttentionText))
	}
	top := beside(0.78, under(shop), language)
	if d.high(1) < 1 && len(bands) > 0 { // in a low window they take the shop's place
		top, bands = beside(0.78, bands[0], language), bands[1:]
	}
	top = under(append([]fyne.CanvasObject{top}, bands...)...)
	d.stage.Show(name, widgets.NewPage(top, body, nil), append(controls, widgets.Control{ID: "language", Object: language})...)
}

// band is a sentence across the window, with a mark on both sides.
func band(text string, plate, color fyne.ThemeColorName) fyne.CanvasObject {
	words := widgets.NewParagraph(text, widgets.SizeLead, color, fyne.TextAlignCenter, 900)
	return container.NewStack(canvas.NewRectangle(theme.Color(plate)),
		container.NewBorder(nil, nil, widgets.NewOutcomeMark(widgets.Attention, 48), widgets.NewOutcomeMark(widgets.Attention, 48), under(words)))
}

// high is what of a window 800 high has a height, in this one.
func (d *Display) high(height float32) float32 {
	return height * min(max(d.size.Height/800, 0.5), 1)
}

// centred are words in the middle.
func centred(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, fyne.TextAlignCenter, 560)
}

// amount is what is to be paid.
func (d *Display) amount(height float32) fyne.CanvasObject {
	return highAs(d.high(height), widgets.NewAmountDisplay(d.of(d.view.Amount).Parts(d.book.Tag()), fyne.TextAlignCenter))
}

// buildBetween is the page between sales: a welcome, what is being keyed, or the question for a tip.
func (d *Display) buildBetween() {
	switch {
	case d.tips != nil:
		d.buildTips()
	case d.bill.Amount > 0 || len(d.bill.Items) > 0:
		total := under(centred(d.book.Say("customer.bill.total"), widgets.SizeTitle, widgets.ColorQuiet),
			highAs(d.high(160), widgets.NewAmountDisplay(d.of(d.bill.Amount).Parts(d.book.Tag()), fyne.TextAlignCenter)))
		if len(d.bill.Items) == 0 {
			d.page("bill", total)
			return
		}
		d.page("bill", beside(0.56, under(d.lines(d.bill.Items, 8)...), total))
	default:
		d.page("idle", under(
			container.NewCenter(container.NewHBox(widgets.NewRadioMark(widgets.RadioWaiting, d.high(160)))),
			centred(d.book.Say("customer.idle.welcome"), widgets.SizeHuge, widgets.ColorText),
			centred(d.setup.Shop, widgets.SizeTitle, widgets.ColorText),
			gap(widgets.Grid),
			centred(d.book.Say("customer.idle.text"), widgets.SizeTitle, widgets.ColorQuiet)))
	}
}

// lines are the last items of a bill, at most so many rows.
func (d *Display) lines(items []sale.Item, most int) (rows []fyne.CanvasObject) {
	first := 0
	if len(items) > most {
		first = len(items) - most + 1
		rows = append(rows, widgets.NewParagraph(d.book.Say("customer.bill.more", "count", d.book.Number(int64(first))), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading, 400))
	}
	for _, item := range items[first:] {
		text := item.Text
		if item.Quantity != 1 {
			text = fmt.Sprintf("%s × %s", d.book.Number(item.Quantity), item.Text)
		}
		rows = append(rows, beside(0.64,
			widgets.NewParagraph(text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignLeading, 360),
			widgets.NewParagraph(d.said(item.Sum()), widgets.SizeLead, widgets.ColorText, fyne.TextAlignTrailing, 200)))
	}
	return rows
}

// buildTips asks who may add a tip.
func (d *Display) buildTips() {
	answer := func(tip int64) func() {
		return func() {
			if d.setup.Tipped != nil {
				d.setup.Tipped(protocolAmount(tip))
			}
		}
	}
	var keys []fyne.CanvasObject
	var controls []widgets.Control
	for i, tip := range d.tips.Choices[:min(len(d.tips.Choices), 4)] {
		key := widgets.NewTouchKey(fmt.Sprintf("%d %%\n%s", tip.Percent, tip.Amount.Format(d.book.Tag())), widgets.PlainKey, answer(tip.Amount.Minor))
		key.SetSize(widgets.SizeLarge)
		keys, controls = append(keys, highAs(d.high(176), key)), append(controls, widgets.Control{ID: fmt.Sprintf("tip.%d", i), Object: key})
	}
	none := widgets.NewTouchKey(d.book.Say("customer.tip.none"), widgets.PrimaryKey, answer(0))
	none.SetSize(widgets.SizeLarge)
	controls = append(controls, widgets.Control{ID: "tip.none", Object: none})
	body := under(
		centred(d.book.Say("customer.tip.ask"), widgets.SizeTitle, widgets.ColorText),
		highAs(d.high(140), widgets.NewAmountDisplay(d.tips.Due.Parts(d.book.Tag()), fyne.TextAlignCenter)),
		container.New(widgets.NewRow(), keys...), gap(widgets.Grid),
		container.New(narrowed{0.5}, highAs(d.high(112), none)))
	d.page("tip", body, controls...)
}

// buildPresent is the request's code, large, and what to do with it.
func (d *Display) buildPresent() {
	code := widgets.NewExactQR()
	_ = code.SetText(d.view.Request) // the till's texts are alphanumeric, so that it cannot fail
	d.total = d.setup.Life
	d.countdown = widgets.NewCountdown(d.total)
	say := d.book.Say("customer.scan.text")
	switch {
	case d.view.Stage == sale.Opening:
		say = d.book.Say("customer.scan.found")
	case d.view.ByPIN:
		say = d.book.Say("customer.pin.text")
	}
	parts := []fyne.CanvasObject{d.amount(136)}
	if d.view.Tip > 0 {
		parts = append(parts, centred(d.book.Say("customer.tip.of", "amount", d.said(d.view.Tip)), widgets.SizeLead, widgets.ColorQuiet))
	}
	if textScale() < 1.5 && d.high(1) == 1 { // else the words of what to do have the room; the items were shown before
		parts = append(parts, d.lines(d.view.Items, 3)...)
	}
	parts = append(parts, gap(widgets.Grid), centred(d.book.Say("customer.scan.heading"), widgets.SizeTitle, widgets.ColorText))
	if notice := d.notice(); notice != nil {
		parts = append(parts, notice)
	} else {
		parts = append(parts, centred(say, widgets.SizeLarge, widgets.ColorText))
	}
	controls := []widgets.Control{{ID: "code", Object: code}}
	switch d.view.Tap {
	case sale.TapReady:
		row := phoneRow(widgets.RadioWaiting, d.book.Say("customer.tap.hold"), widgets.ColorText)
		parts, controls = append(parts, row), append(controls, widgets.Control{ID: "tap", Object: row})
	case sale.TapFound:
		row := phoneRow(widgets.RadioFound, d.book.Say("customer.tap.found"), widgets.ColorGoText)
		parts, controls = append(parts, row), append(controls, widgets.Control{ID: "tap", Object: row})
	}
	parts = append(parts, gap(widgets.Grid), d.countdown)
	d.page("present", beside(0.54, code, under(parts...)), controls...)
}

// textScale is what the theme multiplies type by.
func textScale() float32 {
	if t, is := fyne.CurrentApp().Settings().Theme().(*widgets.Theme); is {
		return t.Appearance().TextScale
	}
	return 1
}

// phoneRow is where to hold a phone.
func phoneRow(state widgets.RadioState, words string, color fyne.ThemeColorName) fyne.CanvasObject {
	return container.NewBorder(nil, nil, widgets.NewRadioMark(state, widgets.Touch), nil,
		under(widgets.NewParagraph(words, widgets.SizeLarge, color, fyne.TextAlignLeading, 320)))
}

// notice is what was wrong with the last code, phone or finger, or nil.
func (d *Display) notice() fyne.CanvasObject {
	words := d.wrong()
	if words == "" {
		return nil
	}
	return container.NewBorder(nil, nil, widgets.NewOutcomeMark(widgets.Attention, 64), nil,
		under(widgets.NewParagraph(words, widgets.SizeLarge, widgets.ColorAttentionText, fyne.TextAlignLeading, 340)))
}

// buildFinger asks for the finger and shows how far it is read.
func (d *Display) buildFinger() {
	f := d.view.Finger
	d.ring = widgets.NewFingerProgress(d.high(280))
	d.ring.SetFraction(f.Fraction)
	d.total = d.setup.FingerWait
	d.countdown = widgets.NewCountdown(d.total)
	heading, text := d.book.Say("customer.finger.title"), d.book.Say("customer.finger.prompt")
	switch {
	case f.Lift:
		heading, text = d.book.Say("customer.finger.lift.heading"), d.book.Say("customer.finger.again")
	case f.Fraction >= 1:
		heading, text = d.book.Notice("customer.finger.lift")
	case f.Touching:
		text = d.book.Say("customer.finger.reading")
	}
	parts := []fyne.CanvasObject{d.amount(120), centred(heading, widgets.SizeTitle, widgets.ColorText)}
	notice := d.notice()
	if notice != nil && !f.Touching && f.Fraction < 1 {
		parts = append(parts, notice)
	} else {
		parts = append(parts, centred(text, widgets.SizeLarge, widgets.ColorText))
	}
	parts = append(parts, centred(d.book.Say("customer.finger.tries", "tries", d.view.AttemptsLeft+1), widgets.SizeLead, widgets.ColorQuiet),
		gap(widgets.Grid), d.countdown)
	d.page("finger", beside(0.46, d.ring, under(parts...)), widgets.Control{ID: "ring", Object: d.ring})
}

// held is the mark while a phone is waited for.
func (d *Display) held() widgets.RadioState {
	if d.view.Tap == sale.TapFound {
		return widgets.RadioFound
	}
	return widgets.RadioWaiting
}

// buildPhone is a page whose one task is the phone.
func (d *Display) buildPhone(name string, mark widgets.RadioState, heading, text string, below fyne.CanvasObject) {
	parts := []fyne.CanvasObject{d.amount(120), centred(heading, widgets.SizeTitle, widgets.ColorText)}
	if notice := d.notice(); notice != nil {
		parts = append(parts, notice)
	}
	parts = append(parts, centred(text, widgets.SizeLarge, widgets.ColorText))
	if below != nil {
		parts = append(parts, gap(widgets.Grid), below)
	}
	d.page(name, beside(0.46, widgets.NewRadioMark(mark, d.high(240)), under(parts...)))
}

// buildWait is a page that the customer only waits on.
func (d *Display) buildWait(name, heading, text string) {
	d.page(name, under(d.amount(136), centred(heading, widgets.SizeTitle, widgets.ColorText), centred(text, widgets.SizeLarge, widgets.ColorText)))
}

// buildOutcome says what became of it, so that it is seen from across the counter.
func (d *Display) buildOutcome(name string, o outcome) {
	words := under(
		container.NewCenter(widgets.NewOutcomeMark(o.meaning, d.high(200))),
		centred(o.heading, widgets.SizeHuge, o.meaning.WordColor()),
		highAs(d.high(136), widgets.NewAmountDisplay(d.of(o.amount).Parts(d.book.Tag()), fyne.TextAlignCenter)),
		centred(o.text, widgets.SizeLarge, widgets.ColorText))
	if d.view.Receipt == "" || name != "outcome" {
		d.page(name, words)
		return
	}
	code := widgets.NewExactQR()
	_ = code.SetText(d.view.Receipt) // as above
	receipt := filled(centred(d.book.Say("customer.paid.receipt"), widgets.SizeLead, widgets.ColorText), code)
	d.page(name, beside(0.6, words, receipt), widgets.Control{ID: "code", Object: code})
}
