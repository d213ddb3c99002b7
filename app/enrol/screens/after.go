package screens

import (
	"strings"

	"fyne.io/fyne/v2/container"

	"countersign/app/enrol/visit"
	"countersign/app/widgets"
)

// codeLine is how many characters of an enrolment code are in a line.
const codeLine = 25

// buildCoded shows the wallet's enrolment code, as a symbol and as text.
func (c *Counter) buildCoded() {
	v := c.view
	top, language := c.top(c.book.Say("enrol.code.title"))
	symbol := widgets.NewExactQR()
	// Codes are alphanumeric, so that this cannot fail; the text stands beside it.
	_ = symbol.SetText(v.Code)
	words := newColumn(560, nil)
	if v.NoPrint {
		words.Add(leading(c.book.Say("enrol.code.without"), widgets.SizeLead, widgets.ColorText))
	} else {
		words.Add(leading(c.book.Say("enrol.finger.good.done", "finger", c.fingerName()), widgets.SizeLead, widgets.ColorText))
	}
	words.Add(leading(c.book.Say("enrol.code.scan", "time", v.Until.Local().Format("2006-01-02 15:04")), widgets.SizeBody, widgets.ColorText))
	words.Add(leading(lines(v.Code, codeLine), widgets.SizeBody, widgets.ColorText))
	c.primary = c.intents.Finish
	next := widgets.NewPrimaryAction(c.book.Say("enrol.action.finish"), c.primary)
	c.stage.Show("coded", widgets.NewPage(top, container.New(halves{0.5}, symbol, words), widgets.NewActionBar(nil, next)), language,
		widgets.Control{ID: "code", Object: symbol}, widgets.Control{ID: "finish", Object: next})
}

// lines breaks a text without spaces.
func lines(text string, length int) string {
	var b strings.Builder
	for i, r := range []rune(text) {
		if i > 0 && i%length == 0 {
			b.WriteByte('\n')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// buildStating asks for the reason of an order.
func (c *Counter) buildStating() {
	key, say := "enrol.state", "enrol.action.state"
	if c.view.Stage == visit.Erasing {
		key, say = "enrol.erase", "enrol.action.erase-now"
	}
	top, language := c.top(c.book.Say(key + ".title"))
	c.leave = c.intents.Back
	c.primary = func() { c.intents.State(c.reason) }
	order := widgets.NewPrimaryAction(c.book.Say(say), c.primary)
	enable := func() {
		if n := len(strings.TrimSpace(c.reason)); n >= 1 && n <= 200 {
			order.Enable()
		} else {
			order.Disable()
		}
	}
	enable()
	reason := newField(c.reason, func(text string) { c.reason = text; enable() }, c.primary, c.leave)
	body := newColumn(960, nil, leading(c.book.Say(key+".text"), widgets.SizeLead, widgets.ColorText), gap(widgets.Grid),
		labelled(c.book.Say(key+".reason"), reason))
	back := widgets.NewLeaveAction(c.book.Say("enrol.action.cancel"), c.leave)
	name := map[visit.Stage]string{visit.Stating: "stating", visit.Erasing: "erasing"}[c.view.Stage]
	c.stage.Show(name, widgets.NewPage(top, body, widgets.NewActionBar(back, order)), language,
		widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "reason", Object: reason}, widgets.Control{ID: "order", Object: order})
	c.stage.Window().Canvas().Focus(reason)
}

// buildErased says that it is done, and what comes of it.
func (c *Counter) buildErased() {
	top, language := c.top(c.book.Say("enrol.erase.title"))
	heading, text := c.book.Notice("enrol.erased", "wallet", c.view.Wallet)
	c.primary = c.intents.Finish
	next := widgets.NewPrimaryAction(c.book.Say("enrol.action.new"), c.primary)
	body := newColumn(960, nil, container.NewCenter(widgets.NewOutcomeMark(widgets.Good, 160)),
		centred(heading, widgets.SizeHeading, widgets.ColorGoText), centred(text, widgets.SizeLead, widgets.ColorText))
	c.stage.Show("erased", widgets.NewPage(top, body, widgets.NewActionBar(nil, next)), language, widgets.Control{ID: "finish", Object: next})
}

// buildRefused says what happened and what to do, and offers it.
func (c *Counter) buildRefused() {
	v := c.view
	top, language := c.top(c.book.Say("enrol.home.title"))
	heading, text := c.book.Notice("enrol.error." + string(v.Reason))
	meaning := widgets.Attention
	if v.Reason == visit.ReasonDesk || v.Reason == visit.ReasonEnrolled {
		meaning = widgets.Refusal
	}
	body := newColumn(960, nil, container.NewCenter(widgets.NewOutcomeMark(meaning, 160)),
		centred(heading, widgets.SizeHeading, meaning.WordColor()), centred(text, widgets.SizeLead, widgets.ColorText))
	if v.Advice != "" {
		body.Add(centred(c.book.Say("finger.advice."+string(v.Advice)), widgets.SizeLead, widgets.ColorText))
	}
	c.leave, c.primary = c.intents.Finish, c.intents.Retry
	leave := widgets.NewLeaveAction(c.book.Say("enrol.action.cancel"), c.leave)
	retry := widgets.NewPrimaryAction(c.book.Say("enrol.action.retry"), c.primary)
	controls := []widgets.Control{language, {ID: "cancel", Object: leave}, {ID: "retry", Object: retry}}
	var others []*widgets.TouchKey
	if v.Reason == visit.ReasonUnclear || v.Reason == visit.ReasonMismatch { // it was the finger
		other := widgets.NewTouchKey(c.book.Say("enrol.action.other-finger"), widgets.PlainKey, c.intents.Back)
		none := widgets.NewTouchKey(c.book.Say("enrol.finger.unreadable"), widgets.PlainKey, c.intents.NoPrint)
		others = []*widgets.TouchKey{none, other}
		controls = append(controls, widgets.Control{ID: "other-finger", Object: other}, widgets.Control{ID: "no-print", Object: none})
	}
	c.stage.Show("refused", widgets.NewPage(top, body, widgets.NewActionBar(leave, retry, others...)), controls...)
}
