package screens

import (
	"fmt"

	"fyne.io/fyne/v2"

	"countersign/app/widgets"
	"countersign/protocol"
)

// rangePage asks from which amount to which.
type rangePage struct {
	*Office
	entries [2]amountEntry
	at      int
	done    func(least, most protocol.Amount)
}

func newRangePage(o *Office, least, most protocol.Amount, done func(least, most protocol.Amount)) *rangePage {
	return &rangePage{Office: o, entries: [2]amountEntry{newEntry(o, least), newEntry(o, most)}, done: done}
}

func (p *rangePage) name() string  { return "range" }
func (p *rangePage) title() string { return p.book.Say("office.filter.amount") }

func (p *rangePage) build() view {
	var v view
	var fields []part
	for i, label := range []string{"office.filter.from", "office.filter.to"} {
		text, color := p.entries[i].format(), widgets.ColorText
		if p.entries[i].amount() == 0 {
			text, color = p.book.Say("office.filter.any"), widgets.ColorQuiet
		}
		field := newPressable(p.book.Say(label)+" "+text, two(quiet(p.book.Say(label)), words(text, widgets.SizeKey, color, fyne.TextAlignLeading)),
			func() { p.at = i; p.refresh() }).chosen(p.at == i)
		fields = append(fields, fix(field, scaled(112)))
		v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("amount.%d", i), Object: field})
	}
	note := quiet("")
	if p.wrong() {
		note = words(p.book.Say("office.filter.wrong-range"), widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignLeading)
	}
	pad := widgets.NewKeypad(p.book.Say("office.key.backspace"), p.press)
	v.controls = append(v.controls, pad.Controls()...)
	v.body = across(4*widgets.Grid, share(down(2*widgets.Grid, append(fields, own(note), fill(space()))...), 1), share(pad, 1.2))
	v.primary = enabled(primary(p.book.Say("office.action.show"), func() { p.done(p.entries[0].amount(), p.entries[1].amount()) }), !p.wrong())
	v.others = []action{{"none", key(p.book.Say("office.filter.any"), func() { p.done(0, 0) })}}
	return v
}

func (p *rangePage) wrong() bool {
	least, most := p.entries[0].amount(), p.entries[1].amount()
	return most != 0 && least > most
}

func (p *rangePage) press(k widgets.Key) {
	p.entries[p.at].press(k)
	p.refresh()
}

func (p *rangePage) typedRune(r rune) bool { return typedInto(r, p.press) }

func (p *rangePage) typedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyBackspace:
		p.press(widgets.KeyBackspace)
	case fyne.KeyUp, fyne.KeyDown:
		p.at = 1 - p.at
		p.refresh()
	default:
		return false
	}
	return true
}
