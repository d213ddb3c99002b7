package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/enrol/consent"
	"countersign/app/enrol/visit"
	"countersign/app/widgets"
	"countersign/protocol"
)

// top is the row above every screen: what it is about, whose wallet, and the key
// for the other language.
func (c *Counter) top(title string) (fyne.CanvasObject, widgets.Control) {
	language := widgets.NewTouchKey(c.otherLanguage().Name, widgets.PlainKey, c.switchLanguage)
	if c.view.Wallet != "" {
		title += " · " + string(c.view.Wallet)
	}
	row := container.NewBorder(nil, nil, nil, language, container.New(middle{}, leading(title, widgets.SizeLead, widgets.ColorQuiet)))
	return row, widgets.Control{ID: "language", Object: language}
}

// buildHome asks who is at the desk and whose wallet it is.
func (c *Counter) buildHome() {
	top, language := c.top(c.book.Say("enrol.home.title"))
	c.primary = func() { c.intents.Begin(c.officer, c.wallet) }
	begin := widgets.NewPrimaryAction(c.book.Say("enrol.action.begin"), c.primary)
	erase := widgets.NewTouchKey(c.book.Say("enrol.action.erase"), widgets.PlainKey, func() { c.intents.BeginErasing(c.officer, c.wallet) })
	enable := func() {
		for _, key := range []*widgets.TouchKey{begin, erase} {
			if visit.Ready(c.officer, c.wallet) {
				key.Enable()
			} else {
				key.Disable()
			}
		}
	}
	officer := newField(c.officer, func(text string) { c.officer = text; enable() }, c.primary, nil)
	wallet := newField(c.wallet, func(text string) { c.wallet = text; enable() }, c.primary, nil)
	enable()
	body := newColumn(720, nil,
		widgets.NewParagraph(c.book.Say("enrol.home.text"), widgets.SizeLead, widgets.ColorText, fyne.TextAlignLeading, measure), gap(widgets.Grid),
		labelled(c.book.Say("enrol.home.officer"), officer), labelled(c.book.Say("enrol.home.wallet"), wallet))
	c.stage.Show("home", widgets.NewPage(top, body, widgets.NewActionBar(nil, begin, erase)), language,
		widgets.Control{ID: "officer", Object: officer}, widgets.Control{ID: "wallet", Object: wallet},
		widgets.Control{ID: "begin", Object: begin}, widgets.Control{ID: "erase", Object: erase})
	focus := wallet
	if c.officer == "" {
		focus = officer
	}
	c.stage.Window().Canvas().Focus(focus)
}

// buildChoosing asks for the finger: a hand a row.
func (c *Counter) buildChoosing() {
	top, language := c.top(c.book.Say("enrol.which.title"))
	controls := []widgets.Control{language}
	hand := func(first protocol.Finger, thumbLast bool) fyne.CanvasObject {
		var keys []fyne.CanvasObject
		for i := range protocol.Finger(5) {
			finger := first + i
			if thumbLast { // the left hand as it lies before its owner
				finger = first + 4 - i
			}
			key := widgets.NewTouchKey(c.book.Say(fmt.Sprintf("enrol.which.%d", finger)), widgets.PlainKey, func() { c.intents.Choose(finger) })
			controls = append(controls, widgets.Control{ID: fmt.Sprintf("finger.%d", finger), Object: key})
			keys = append(keys, container.New(sized(fyne.NewSize(0, 120)), key))
		}
		return container.NewGridWithColumns(5, keys...)
	}
	body := newColumn(1232, nil,
		leading(c.book.Say("enrol.which.text"), widgets.SizeLead, widgets.ColorText), gap(widgets.Grid),
		leading(c.book.Say("enrol.which.left"), widgets.SizeBody, widgets.ColorQuiet), hand(protocol.LeftThumb, true),
		leading(c.book.Say("enrol.which.right"), widgets.SizeBody, widgets.ColorQuiet), hand(protocol.RightThumb, false))
	c.leave = c.intents.Back
	back := widgets.NewLeaveAction(c.book.Say("enrol.action.cancel"), c.leave)
	none := widgets.NewTouchKey(c.book.Say("enrol.finger.unreadable"), widgets.PlainKey, c.intents.NoPrint)
	controls = append(controls, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "no-print", Object: none})
	c.stage.Show("choosing", widgets.NewPage(top, body, widgets.NewActionBar(back, nil, none)), controls...)
}

// fingerName is the finger in words.
func (c *Counter) fingerName() string {
	return c.book.Say(fmt.Sprintf("enrol.which.%d", c.view.Finger))
}

// buildConsenting shows the owner what there is to agree to.
func (c *Counter) buildConsenting() {
	top, language := c.top(c.book.Say("enrol.consent.title"))
	name, text := consent.Text(c.book)
	body := newColumn(1120, nil,
		leading(c.book.Say("enrol.consent.owner"), widgets.SizeLead, widgets.ColorText),
		panel(newColumn(1120, nil, leading(c.fingerName(), widgets.SizeLead, widgets.ColorText), leading(text, widgets.SizeBody, widgets.ColorText))))
	c.leave = c.intents.Back
	back := widgets.NewLeaveAction(c.book.Say("enrol.action.back"), c.leave)
	none := widgets.NewTouchKey(c.book.Say("enrol.action.state"), widgets.PlainKey, c.intents.NoPrint)
	// Enter does not agree: the owner's word is a press of this key.
	agree := widgets.NewPrimaryAction(c.book.Say("enrol.consent.agree"), func() { c.intents.Agree(name, text) })
	c.stage.Show("consenting", widgets.NewPage(top, body, widgets.NewActionBar(back, agree, none)), language,
		widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "no-print", Object: none}, widgets.Control{ID: "agree", Object: agree})
}
