package screens

import (
	"errors"
	"unicode/utf8"

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

// addressKeys are what an authority's address is written with.
var addressKeys = [...]string{"1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:/"}

// mostAddress is the longest address that is taken, characters.
const mostAddress = 200

// authorityPage asks for the authority's address.
type authorityPage struct {
	*Guide
	text    string
	trouble string
}

func (p *authorityPage) left() {}

func (p *authorityPage) build() view {
	v := view{name: "welcome-authority", leave: p.leaving()}
	board, controls := p.keyboard(addressKeys[:], false, p.typed, p.erased)
	v.controls = controls
	var note fyne.CanvasObject = middle(asked(p.book.Say("welcome.authority.ask")))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	v.body = down(widgets.Grid, fixed(note, 128), fixed(panel(middle(field(p.text))), 88), share(board, 1))
	v.others = []widgets.Control{{ID: "clear", Object: widgets.NewTouchKey(p.book.Say("welcome.action.clear"), widgets.PlainKey, func() { p.set("") })}}
	v.primary = p.going(p.book.Say("welcome.action.next"), p.next, p.text != "")
	return v
}

func (p *authorityPage) typed(r rune) {
	if utf8.RuneCountInString(p.text) < mostAddress {
		p.set(p.text + string(r))
	}
}

func (p *authorityPage) erased() { p.set(shorter(p.text)) }

func (p *authorityPage) set(text string) {
	p.text, p.trouble = text, ""
	p.show()
}

func (p *authorityPage) next() {
	switch err := p.Wizard.TellAuthority(p.text); {
	case errors.Is(err, welcome.ErrStep): // it was pressed twice
	case err != nil:
		p.trouble = welcome.TroubleOf(err).Phrase
		p.show()
	default:
		p.goOn()
	}
}

// shorter is a text without its last character.
func shorter(text string) string {
	_, size := utf8.DecodeLastRuneInString(text)
	return text[:len(text)-size]
}
