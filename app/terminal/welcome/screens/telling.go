package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/assets"
)

// languagePage asks for the language, each in its own words.
type languagePage struct {
	*Guide
	trouble string
}

func (p *languagePage) left() {}

func (p *languagePage) build() view {
	v := view{name: "welcome-language"}
	var choices []part
	for _, l := range assets.Languages() {
		style := widgets.PlainKey
		if l.Tag == p.book.Tag() {
			style = widgets.PrimaryKey
		}
		k := widgets.NewTouchKey(l.Name, style, func() { p.choose(l.Tag) })
		k.SetSize(widgets.SizeKey)
		choices = append(choices, share(k, 1))
		v.controls = append(v.controls, widgets.Control{ID: "language." + l.Tag, Object: k})
	}
	var note fyne.CanvasObject = middle(asked(p.book.Say("welcome.language.ask")))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	v.body = down(2*widgets.Grid, share(middle(widgets.Heading(p.book.Say("welcome.language.title"))), 1), fixed(note, 112),
		fixed(within(across(widgets.Grid, choices...), 960, 144), 144), share(space(), 1))
	v.primary = p.going(p.book.Say("welcome.action.next"), p.next, true)
	return v
}

func (p *languagePage) choose(tag string) {
	if p.speak(tag) == nil {
		p.show()
	}
}

func (p *languagePage) next() {
	if err := p.Wizard.ChooseLanguage(p.book.Tag()); err != nil {
		p.trouble = welcome.TroubleOf(err).Phrase
		p.show()
		return
	}
	p.goOn()
}
