package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/widgets"
)

// option is one of a [choosePage].
type option struct {
	id, label, detail string
	meaning           widgets.Meaning
	marked            bool // has the meaning's mark
	alone             bool // goes with no other
}

// choosePage has one option chosen, at a press, or many.
type choosePage struct {
	*Office
	asks    string
	options []option
	chosen  map[int]bool
	many    bool
	none    string // said when there is nothing to choose
	first   int
	done    func(chosen []int)
}

func (p *choosePage) name() string  { return "choose" }
func (p *choosePage) title() string { return p.asks }

func (p *choosePage) build() view {
	var v view
	var cells []fyne.CanvasObject
	for i, o := range p.options {
		parts := []part{fill(two(body(o.label), quiet(o.detail)))}
		if o.marked {
			parts = append([]part{fix(dot(o.meaning), 28)}, parts...)
		}
		cell := newPressable(o.label+" "+o.detail, padded(across(2*widgets.Grid, parts...), widgets.Grid, 0), func() { p.choose(i) }).chosen(p.chosen[i])
		cells = append(cells, cell)
		v.controls = append(v.controls, widgets.Control{ID: "option." + o.id, Object: cell})
	}
	height := scaled(80)
	var rows []fyne.CanvasObject
	for i := 0; i < len(cells); i += 2 {
		rows = append(rows, evenly(2, cells[i:min(i+2, len(cells))]...))
	}
	list := newRoll(p.Office, rows, height, &p.first)
	v.controls = append(v.controls, list.controls()...)
	v.body = list.box
	if len(cells) == 0 {
		v.body = empty(p.none)
	}
	if p.many {
		v.primary = primary(p.book.Say("office.action.show"), p.finish)
		v.others = []action{{"none", key(p.book.Say("office.filter.any"), func() { p.chosen = map[int]bool{}; p.finish() })}}
	}
	return v
}

func (p *choosePage) choose(i int) {
	if !p.many {
		p.done([]int{i})
		return
	}
	now := !p.chosen[i]
	if now && p.options[i].alone {
		p.chosen = map[int]bool{}
	}
	for j := range p.options {
		if now && p.options[j].alone {
			delete(p.chosen, j)
		}
	}
	p.chosen[i] = now
	p.refresh()
}

func (p *choosePage) finish() {
	var list []int
	for i := range p.options {
		if p.chosen[i] {
			list = append(list, i)
		}
	}
	p.done(list)
}
