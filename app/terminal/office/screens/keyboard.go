package screens

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// amountEntry is an amount that is being keyed.
type amountEntry struct {
	entry    money.Entry
	language string
}

// newEntry starts with an amount, which may be 0.
func newEntry(o *Office, amount protocol.Amount) amountEntry {
	e, err := money.NewEntry(o.Currency)
	if err == nil && amount > 0 {
		if filled, err := e.Replace(o.money(amount)); err == nil {
			e = filled
		}
	}
	return amountEntry{e, o.book.Tag()}
}

// press takes a key; one that makes the amount too large is not taken.
func (a *amountEntry) press(k widgets.Key) {
	var next money.Entry
	var err error
	switch k {
	case widgets.KeyBackspace:
		next = a.entry.Backspace()
	case widgets.KeyDoubleZero:
		next, err = a.entry.DoubleZero()
	default:
		next, err = a.entry.Digit(int(k))
	}
	if err == nil {
		a.entry = next
	}
}

func (a amountEntry) format() string     { return a.entry.Format(a.language) }
func (a amountEntry) parts() money.Parts { return a.entry.Parts(a.language) }
func (a amountEntry) amount() protocol.Amount {
	amount, err := a.entry.Amount()
	if err != nil {
		return 0
	}
	return protocol.Amount(amount.Minor)
}

// typedInto hands a digit of the keyboard to a pad.
func typedInto(r rune, press func(widgets.Key)) bool {
	k, ok := widgets.KeyOf(r)
	if ok {
		press(k)
	}
	return ok
}

// erasedIn hands the keyboard's backspace to a pad.
func erasedIn(event *fyne.KeyEvent, press func(widgets.Key)) bool {
	if event.Name != fyne.KeyBackspace {
		return false
	}
	press(widgets.KeyBackspace)
	return true
}

// writePage asks for a few words: by the keyboard on the screen, or by the real one.
type writePage struct {
	*Office
	asks   string
	text   string
	most   int  // characters
	none   bool // nothing is an answer too
	member bool // of a member: no spaces
	upper  bool
	done   func(string)
}

func (p *writePage) name() string  { return "write" }
func (p *writePage) title() string { return p.asks }

func (p *writePage) build() view {
	var v view
	field := panel(middle(words(p.text+"|", widgets.SizeLead, widgets.ColorText, fyne.TextAlignLeading)))
	rows := []part{fix(field, scaled(88)), fix(space(), widgets.Grid)}
	for i, line := range office.Letters(p.book.Tag()) {
		var keys []part
		for _, r := range line {
			if p.upper {
				r = unicode.ToUpper(r)
			}
			k := key(string(r), func() { p.typedRune(r) })
			keys = append(keys, fill(k))
			v.controls = append(v.controls, widgets.Control{ID: "letter." + strings.ToLower(string(r)), Object: k})
		}
		if i == 3 {
			shift := pictured("up", p.book.Say("office.key.capitals"), func() { p.upper = !p.upper; p.refresh() }).chosen(p.upper)
			keys = append([]part{share(shift, 1.2)}, keys...)
			v.controls = append(v.controls, widgets.Control{ID: "capitals", Object: shift})
		}
		if i == 0 {
			erase := pictured("backspace", p.book.Say("office.key.backspace"), p.erase)
			keys = append(keys, share(erase, 1.2))
			v.controls = append(v.controls, widgets.Control{ID: "backspace", Object: erase})
		}
		rows = append(rows, fill(across(widgets.Grid, keys...)))
	}
	if !p.member {
		bar := key(p.book.Say("office.key.space"), func() { p.typedRune(' ') })
		rows = append(rows, fill(across(widgets.Grid, share(space(), 1), share(bar, 3), share(space(), 1))))
		v.controls = append(v.controls, widgets.Control{ID: "space", Object: bar})
	}
	v.body = down(widgets.Grid, rows...)
	v.primary = enabled(primary(p.book.Say("office.action.done"), func() { p.done(p.text) }), p.none || strings.TrimSpace(p.text) != "")
	return v
}

func (p *writePage) erase() {
	if text := []rune(p.text); len(text) > 0 {
		p.text = string(text[:len(text)-1])
		p.refresh()
	}
}

func (p *writePage) typedRune(r rune) bool {
	if r < ' ' || p.member && r == ' ' || len([]rune(p.text)) >= p.most || p.member && len(p.text)+len(string(r)) > p.most {
		return false
	}
	p.text += string(r)
	p.upper = false
	p.refresh()
	return true
}

func (p *writePage) typedKey(event *fyne.KeyEvent) bool {
	if event.Name == fyne.KeyBackspace {
		p.erase()
		return true
	}
	return false
}
