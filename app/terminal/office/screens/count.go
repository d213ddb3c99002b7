package screens

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
	"countersign/protocol"
)

// countPage counts cash: piece by piece, or by its total where somebody has counted elsewhere.
type countPage struct {
	*Office
	asks, next string
	count      office.Count
	at         int
	fresh      bool // the next digit begins anew
	total      bool
	entry      amountEntry
	doing      bool
	trouble    string
	done       func(*countPage, protocol.Amount)
}

func newCountPage(o *Office, asks, next string, done func(*countPage, protocol.Amount)) *countPage {
	p := &countPage{Office: o, asks: asks, next: next, count: office.NewCount(o.Currency), entry: newEntry(o, 0), fresh: true, done: done}
	p.total = len(p.count.Pieces()) == 0
	return p
}

func (p *countPage) name() string  { return "count" }
func (p *countPage) title() string { return p.asks }
func (p *countPage) busy() bool    { return p.doing }

func (p *countPage) sum() protocol.Amount {
	if p.total {
		return p.entry.amount()
	}
	return p.count.Sum()
}

func (p *countPage) begin() { p.doing, p.trouble = true, ""; p.refresh() }

func (p *countPage) end(err error) {
	p.doing = false
	if err != nil {
		p.trouble = p.book.Say(office.Trouble(err))
	}
	if p.top() == p {
		p.refresh()
	}
}

func (p *countPage) build() view {
	var v view
	shown := p.money(p.sum()).Parts(p.book.Tag())
	right := []part{fix(widgets.NewAmountDisplay(shown, fyne.TextAlignTrailing), scaled(96))}
	if p.trouble != "" {
		right = append(right, own(words(p.trouble, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignTrailing)))
	}
	if len(p.count.Pieces()) > 0 {
		chosen := 0
		if p.total {
			chosen = 1
		}
		which, controls := switcher([]string{"pieces", "total"}, []string{p.book.Say("office.count.pieces"), p.book.Say("office.count.total")}, chosen,
			func(i int) { p.total = i == 1; p.refresh() })
		right = append(right, own(which))
		v.controls = append(v.controls, controls...)
	}
	pad := widgets.NewKeypad(p.book.Say("office.key.backspace"), p.press)
	v.controls = append(v.controls, pad.Controls()...)
	right = append(right, fill(pad))
	column := down(widgets.Grid, right...)
	if p.total {
		v.body = centred(column, 640, 1000)
	} else {
		v.body = across(3*widgets.Grid, share(p.pieces(&v), 1.35), share(column, 1))
	}
	v.primary = enabled(primary(p.next, func() { p.done(p, p.sum()) }), !p.doing)
	v.stay = p.doing
	return v
}

// pieces are the notes, then the coins.
func (p *countPage) pieces(v *view) fyne.CanvasObject {
	var cells []fyne.CanvasObject
	for i, piece := range p.count.Pieces() {
		many := p.count.Many(i)
		color := widgets.ColorText
		if many == 0 {
			color = widgets.ColorQuiet
		}
		worth := strings.TrimSuffix(piece.Worth.Format(p.book.Tag()), ".00")
		if p.book.Tag() == "de" {
			worth = strings.Replace(worth, ",00", "", 1)
		}
		kind := "office.count.note"
		if piece.Coin {
			kind = "office.count.coin"
		}
		c := newPressable(fmt.Sprintf("%s %s: %d", p.book.Say(kind), worth, many), across(widgets.Grid,
			share(two(body(worth), quiet(p.book.Say(kind))), 1),
			share(middle(words(fmt.Sprintf("× %d", many), widgets.SizeLead, color, fyne.TextAlignTrailing)), 1)), func() { p.mark(i) }).chosen(i == p.at)
		cells = append(cells, c)
		v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("piece.%d", piece.Worth.Minor) + map[bool]string{true: "c", false: ""}[piece.Coin], Object: c})
	}
	columns := 2
	if len(cells) > 12 {
		columns = 3
	}
	return evenlyIn(columns, 5, cells...)
}

func (p *countPage) mark(i int) {
	p.at, p.fresh = i, true
	p.refresh()
}

func (p *countPage) press(k widgets.Key) {
	switch many := int64(0); {
	case p.doing:
		return
	case p.total:
		p.entry.press(k)
	default:
		if !p.fresh {
			many = p.count.Many(p.at)
		}
		switch k {
		case widgets.KeyBackspace:
			p.count.Set(p.at, p.count.Many(p.at)/10)
		case widgets.KeyDoubleZero:
			p.count.Set(p.at, many*100)
		default:
			p.count.Set(p.at, many*10+int64(k))
		}
		p.fresh = false
	}
	p.refresh()
}

func (p *countPage) typedRune(r rune) bool { return typedInto(r, p.press) }

// typedKey walks through the pieces by the arrows, so that a count is keyed without touching the panel.
func (p *countPage) typedKey(event *fyne.KeyEvent) bool {
	many := len(p.count.Pieces())
	switch event.Name {
	case fyne.KeyBackspace:
		p.press(widgets.KeyBackspace)
	case fyne.KeyDown, fyne.KeyRight:
		if p.total || p.at+1 >= many {
			return false
		}
		p.mark(p.at + 1)
	case fyne.KeyUp, fyne.KeyLeft:
		if p.total || p.at == 0 {
			return false
		}
		p.mark(p.at - 1)
	default:
		return false
	}
	return true
}

// totalPage asks for one amount.
type totalPage struct {
	*Office
	asks  string
	entry amountEntry
	most  bool // it must be more than nothing
	done  func(protocol.Amount)
}

func (p *totalPage) name() string  { return "total" }
func (p *totalPage) title() string { return p.asks }

func (p *totalPage) build() view {
	pad := widgets.NewKeypad(p.book.Say("office.key.backspace"), p.press)
	v := view{controls: pad.Controls()}
	v.body = centred(down(widgets.Grid, fix(widgets.NewAmountDisplay(p.entry.parts(), fyne.TextAlignTrailing), scaled(112)), fill(pad)), 560, 1000)
	v.primary = enabled(primary(p.book.Say("office.action.next"), func() { p.done(p.entry.amount()) }), !p.most || p.entry.amount() > 0)
	return v
}

func (p *totalPage) press(k widgets.Key) { p.entry.press(k); p.refresh() }

func (p *totalPage) typedRune(r rune) bool { return typedInto(r, p.press) }

func (p *totalPage) typedKey(event *fyne.KeyEvent) bool {
	return erasedIn(event, p.press)
}

// newReasonPage asks why, by ready reasons or a few words.
func newReasonPage(o *Office, title string, keys []string, done func(string)) *choosePage {
	var options []option
	for i, k := range keys {
		options = append(options, option{id: fmt.Sprintf("why.%d", i), label: o.book.Say(k)})
	}
	options = append(options, option{id: "why.other", label: o.book.Say("office.why.other")})
	return &choosePage{Office: o, asks: title, options: options, chosen: map[int]bool{}, done: func(chosen []int) {
		if i := chosen[0]; i < len(keys) {
			done(o.book.Say(keys[i]))
			return
		}
		o.push(&writePage{Office: o, asks: o.book.Say("office.refund.why"), most: 40, done: func(text string) {
			o.back()
			done(strings.TrimSpace(text))
		}})
	}}
}
