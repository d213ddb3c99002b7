package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/widgets"
	"countersign/protocol/money"
)

// endPage says how something ended that was asked for, until it is dismissed.
type endPage struct {
	*Office
	meaning       widgets.Meaning
	heading, text string
	amount        money.Amount // none where the currency is 0
	number        uint64       // of a refund, 0 for none
	others        func() []action
	to            func(page) bool // where Done leads; nil to the page before what was asked
	said          string          // of what was asked for here
	doing         bool
}

func (p *endPage) name() string  { return "end" }
func (p *endPage) title() string { return p.book.Say("office.end.title") }
func (p *endPage) busy() bool    { return p.doing }

func (p *endPage) build() view {
	parts := []part{share(space(), 1), fix(centred(widgets.NewOutcomeMark(p.meaning, 128), 128, 128), 128),
		fix(middle(words(p.heading, widgets.SizeHeading, p.meaning.WordColor(), fyne.TextAlignCenter)), scaled(72))}
	if p.amount.Currency != 0 {
		parts = append(parts, fix(widgets.NewAmountDisplay(p.amount.Parts(p.book.Tag()), fyne.TextAlignCenter), 112))
	}
	parts = append(parts, own(words(p.text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter)))
	if p.number != 0 {
		parts = append(parts, own(words(p.book.Say("office.number", "number", number(p.number)), widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignCenter)))
	}
	if p.said != "" {
		parts = append(parts, own(words(p.said, widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignCenter)))
	}
	parts = append(parts, share(space(), 1))
	v := view{body: centred(down(widgets.Grid, parts...), 960, 1000), primary: primary(p.book.Say("office.action.done"), p.finish), final: true}
	if p.others != nil {
		v.others = p.others()
	}
	return v
}

// finish goes where it leads to.
func (p *endPage) finish() {
	is := p.to
	if is == nil {
		is = func(q page) bool {
			switch q.(type) {
			case *salePage, *shiftPage, *logPage, *staffPage:
				return true
			}
			return false
		}
	}
	p.home(is)
}

// typedKey finishes at Esc as well.
func (p *endPage) typedKey(event *fyne.KeyEvent) bool {
	if event.Name == fyne.KeyEscape {
		p.finish()
		return true
	}
	return false
}
