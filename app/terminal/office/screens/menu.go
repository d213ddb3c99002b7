package screens

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// menuPage is the first: problems on top, then a tile for each page that the role is offered.
type menuPage struct {
	*Office
	known    bool
	problems logbook.Problems
	err      error
}

func (p *menuPage) name() string  { return "menu" }
func (p *menuPage) title() string { return p.book.Say("office.menu.title") }

func (p *menuPage) shown() {
	if p.seesLog() {
		look(p.Office, p, "problems", p.Books.Problems, func(found logbook.Problems, err error) {
			p.problems, p.err, p.known = found, err, true
			if p.top() == p {
				p.refresh()
			}
		})
	}
}

func (p *menuPage) build() view {
	var tiles []fyne.CanvasObject
	var v view
	for _, page := range office.Pages(p.who.Role) {
		tile := p.tile(page)
		tiles = append(tiles, tile)
		v.controls = append(v.controls, widgets.Control{ID: "menu." + string(page), Object: tile})
	}
	columns := 4
	if len(tiles) <= 3 {
		columns = 3
	} else if len(tiles) > 8 {
		columns = 5
	}
	grid := evenlyIn(columns, 2, tiles...)
	v.body = grid
	if strip, control := p.strip(); strip != nil {
		v.body = down(2*widgets.Grid, fix(strip, scaled(80)), fill(grid))
		if control != nil {
			v.controls = append(v.controls, *control)
		}
	}
	return v
}

// strip says what a manager should look at, and leads there.
func (p *menuPage) strip() (fyne.CanvasObject, *widgets.Control) {
	found := p.found()
	switch {
	case !p.seesLog() || !p.known && len(found) == 0:
		return nil, nil
	case len(found) > 0: // before all sales: without the journal nothing is known of them
		return p.findingsStrip(found)
	case p.err != nil:
		return notice(widgets.Attention, p.book.Say("office.problems.unread"), p.book.Say(office.Trouble(p.err))), nil
	case !p.problems.Any():
		return notice(widgets.Good, p.book.Say("office.problems.none"), ""), nil
	}
	return p.leading(p.sayProblems(p.problems), p.book.Say("office.problems.look"), func() {
		p.Office.log = logState{query: logbook.Query{Problems: true}}
		p.push(&logPage{Office: p.Office})
	})
}

// findingsStrip says what the journal has found out about itself, and beside it how many sales are to be looked at.
func (p *menuPage) findingsStrip(found []journal.Finding) (fyne.CanvasObject, *widgets.Control) {
	heading := p.book.Say(office.SayFinding(found[0].Kind) + ".title")
	if more := len(found) - 1; more > 0 {
		heading += " (+" + p.book.Number(int64(more)) + ")"
	}
	text := p.book.Say("office.finding.look")
	if p.problems.Any() {
		text = p.sayProblems(p.problems)
	}
	return p.leading(heading, text, func() { p.push(&findingsPage{Office: p.Office, problems: p.problems}) })
}

// leading is a strip that leads to what it tells of.
func (p *menuPage) leading(heading, text string, to func()) (fyne.CanvasObject, *widgets.Control) {
	press := newPressable(heading, across(2*widgets.Grid,
		fix(middle(widgets.NewOutcomeMark(widgets.Attention, 40)), 40),
		fill(two(words(heading, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignLeading),
			words(text, widgets.SizeCaption, widgets.ColorText, fyne.TextAlignLeading))),
		fix(centred(picture("right", widgets.ColorText), 32, 32), 40)), to)
	return press, &widgets.Control{ID: "problems", Object: press}
}

// sayProblems counts them: "3 unknown, 1 reversal pending".
func (o *Office) sayProblems(p logbook.Problems) string {
	var said []string
	for _, kind := range []struct {
		many         int
		one, several string
	}{
		{p.Unknown, "office.problems.unknown", "office.problems.unknown"},
		{p.Reversals, "office.problems.reversals-one", "office.problems.reversals"},
		{p.Uncleared, "office.problems.uncleared-one", "office.problems.uncleared"},
		{p.Uncredited, "office.problems.uncredited-one", "office.problems.uncredited"},
	} {
		if kind.many > 0 {
			said = append(said, o.counted(kind.many, kind.one, kind.several))
		}
	}
	comma := ", "
	if o.book.Tag() == "zh" {
		comma = "，"
	}
	return strings.Join(said, comma)
}

// counted says how many there are, by one phrase for a single one and another for more.
func (o *Office) counted(many int, one, several string) string {
	phrase := several
	if many == 1 {
		phrase = one
	}
	return o.book.Say(phrase, "count", o.book.Number(int64(many)))
}

func (o *Office) seesLog() bool { return o.who.Role.May(staff.SeeLog) }

func (p *menuPage) tile(page office.Page) *pressable {
	title, detail := p.book.Say("office.menu."+string(page)), p.book.Say("office.menu-detail."+string(page))
	color := widgets.ColorQuiet
	switch page {
	case office.Shift:
		if s := p.Shift(); s.Open() {
			detail = p.book.Say("office.shift.since", "number", s.Number, "time", p.book.Time(s.Opened.In(p.Location)))
		} else {
			detail, color = p.book.Say("office.shift.none-open"), widgets.ColorAttentionText
		}
	case office.Devices:
		wrong := 0
		for _, d := range p.Devices() {
			if d.Word != "" && d.ID != office.Drawer { // open is how it is after a sale for cash
				wrong++
			}
		}
		detail = p.book.Say("office.devices.all-well")
		if wrong > 0 {
			detail, color = p.counted(wrong, "office.devices.wrong-one", "office.devices.wrong"), widgets.ColorAttentionText
		}
	}
	content := padded(down(widgets.Grid,
		share(padded(picture(string(page), widgets.ColorGoText), 8, 4), 1.2),
		share(down(0, share(words(title, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter), 1),
			share(words(detail, widgets.SizeCaption, color, fyne.TextAlignCenter), 1.3)), 1.5)), widgets.Grid, widgets.Grid)
	return newPressable(title+". "+detail, content, func() { p.openPage(page) })
}

func (p *menuPage) openPage(page office.Page) {
	switch page {
	case office.Log:
		p.Office.log = logState{}
		p.push(&logPage{Office: p.Office})
	case office.Shift:
		p.push(&shiftPage{Office: p.Office})
	case office.Reports:
		p.push(&reportsPage{Office: p.Office})
	case office.Takings:
		p.push(newChartsPage(p.Office))
	case office.Devices:
		p.push(&devicesPage{Office: p.Office})
	case office.Staff:
		p.push(&staffPage{Office: p.Office})
	case office.Settings:
		p.push(&settingsPage{Office: p.Office})
	case office.OwnPIN:
		p.changeOwnPIN()
	case office.Training:
		p.push(&trainingPage{Office: p.Office})
	}
}

// typedRune begins a search.
func (p *menuPage) typedRune(r rune) bool {
	if !p.seesLog() || r <= ' ' {
		return false
	}
	p.Office.log = logState{query: logbook.Query{Text: string(r)}}
	p.push(&logPage{Office: p.Office})
	return true
}

// nothing is for questions whose answer is only whether it worked.
type nothing struct{}

func only(do func(context.Context) error) func(context.Context) (nothing, error) {
	return func(ctx context.Context) (nothing, error) { return nothing{}, do(ctx) }
}
