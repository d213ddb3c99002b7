package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/enrol/visit"
	"countersign/app/widgets"
)

// buildTaking is a capture: where the owner stands, a ring that fills with the
// bytes that have come, what to do, and what to do better.
func (c *Counter) buildTaking() {
	v := c.view
	top, language := c.top(c.book.Say("enrol.finger.title") + " · " + c.fingerName())
	words := make([]string, visit.Captures)
	for i := range words {
		words[i] = c.book.Say("enrol.finger.step")
	}
	steps := widgets.NewStepRow(words...)
	at := v.Capture - 1
	if v.Prompt == visit.Good {
		at++
	}
	steps.SetStep(at)
	c.ring = widgets.NewFingerProgress(280)
	c.ring.SetFraction(v.Fraction)
	body := newColumn(960, nil, steps, gap(widgets.Grid), container.NewCenter(c.ring), gap(widgets.Grid),
		centred(c.book.Say(prompts[v.Prompt]), widgets.SizeHeading, widgets.ColorText), c.better())
	c.leave = c.intents.Back
	back := widgets.NewLeaveAction(c.book.Say("enrol.action.cancel"), c.leave)
	none := widgets.NewTouchKey(c.book.Say("enrol.finger.unreadable"), widgets.PlainKey, c.intents.NoPrint)
	c.stage.Show("taking", widgets.NewPage(top, body, widgets.NewActionBar(back, nil, none)), language,
		widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "no-print", Object: none}, widgets.Control{ID: "ring", Object: c.ring})
}

// prompts is read only.
var prompts = map[visit.Prompt]string{
	visit.Lift: "enrol.finger.lift", visit.Place: "enrol.finger.prompt", visit.Hold: "enrol.finger.reading",
	visit.Good: "enrol.finger.good", visit.Plug: "enrol.finger.away",
}

// better is what to do better, or nothing, in the same room.
func (c *Counter) better() fyne.CanvasObject {
	v := c.view
	var what, tries string
	switch {
	case v.Advice != "":
		what = c.book.Say("finger.advice." + string(v.Advice))
		if v.Prompt != visit.Plug && v.TriesLeft < 3 {
			tries = c.book.Say("enrol.finger.tries", "tries", v.TriesLeft)
		}
	case v.Mismatch > 0:
		what = c.book.Say("enrol.finger.again")
		tries = c.book.Say("enrol.finger.tries", "tries", 3-v.Mismatch)
	}
	room := sized(fyne.NewSize(0, 128))
	if what == "" {
		return container.New(room, gap(1))
	}
	words := newColumn(960, nil, leading(what, widgets.SizeLead, widgets.ColorAttentionText))
	if tries != "" {
		words.Add(leading(tries, widgets.SizeBody, widgets.ColorQuiet))
	}
	return container.New(room, container.New(beside{}, widgets.NewOutcomeMark(widgets.Attention, 56), words))
}

// buildSending is a moment in which nobody has anything to do.
func (c *Counter) buildSending() {
	top, language := c.top(c.book.Say("enrol.home.title"))
	body := newColumn(960, nil, centred(c.book.Say("enrol.sending.title"), widgets.SizeHeading, widgets.ColorText))
	c.stage.Show("sending", widgets.NewPage(top, body, nil), language)
}
