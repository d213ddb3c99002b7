package screens

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// logState is what the log is narrowed to and where it stands.
type logState struct {
	query  logbook.Query // without Before and Limit
	events bool          // what happened beside sales
	before []uint64      // where each page up to the present one begins; empty on the first
}

// logPage lists every sale, or every event, newest first. Of the answer it holds one page.
type logPage struct {
	*Office
	known    bool
	err      error
	page     logbook.Page
	events   logbook.Events
	problems logbook.Problems
}

func (p *logPage) name() string { return "log" }

func (p *logPage) title() string {
	if p.Office.log.events {
		return p.book.Say("office.log.events")
	}
	return p.book.Say("office.log.title")
}

func (p *logPage) shown() {
	p.find()
	if p.seesLog() {
		look(p.Office, p, "problems", p.Books.Problems, func(found logbook.Problems, err error) {
			if err == nil && found != p.problems {
				p.problems = found
				p.refreshIfTop()
			}
		})
	}
}

func (p *logPage) refreshIfTop() {
	if p.top() == p {
		p.refresh()
	}
}

// narrowed is the query with what the role allows: who may not see the log sees today's sales.
func (p *logPage) narrowed() logbook.Query {
	q := p.Office.log.query
	if !p.seesLog() {
		q.From, q.To = office.Day.Of(p.now())
	}
	q.TextReasons = office.ReasonsThatSay(p.book, q.Text)
	return q
}

// find asks for the present page. What is shown stays until the answer is there.
func (p *logPage) find() {
	s := p.Office.log
	q := p.narrowed()
	q.Limit = p.rows()
	if len(s.before) > 0 {
		q.Before = s.before[len(s.before)-1]
	}
	if s.events {
		look(p.Office, p, "find", func(ctx context.Context) (logbook.Events, error) { return p.Books.EventPage(ctx, q) },
			func(found logbook.Events, err error) {
				p.events, p.err, p.known = found, err, true
				p.refreshIfTop()
			})
		return
	}
	look(p.Office, p, "find", func(ctx context.Context) (logbook.Page, error) { return p.Books.Find(ctx, q) },
		func(found logbook.Page, err error) {
			p.page, p.err, p.known = found, err, true
			p.refreshIfTop()
		})
}

// Room of the page above and below the rows.
const (
	logRow  = 76
	logHead = 48 + 2*widgets.Grid // what a page takes besides its parts
)

// rows is how many the window has room for.
func (p *logPage) rows() int {
	height := p.stage.Window().Canvas().Size().Height - 2*widgets.Margin - scaled(48) - 2*widgets.Touch - scaled(40) - 4*widgets.Grid
	if p.showsProblems() {
		height -= scaled(76) + widgets.Grid
	}
	return max(int((height+widgets.Grid/2)/(scaled(logRow)+widgets.Grid/2)), 1)
}

func (p *logPage) showsProblems() bool {
	s := p.Office.log
	return (p.problems.Any() && !s.query.Problems || len(p.found()) > 0) && !s.events
}

func (p *logPage) build() view {
	var v view
	filters, controls := p.filters()
	v.controls = controls
	var rows []fyne.CanvasObject
	if p.Office.log.events {
		for _, e := range p.events.Events {
			rows = append(rows, p.eventRow(e.Entry))
		}
	} else {
		for i, r := range p.page.Rows {
			row := p.saleRow(r, func() { p.push(&salePage{Office: p.Office, number: r.Sale}) })
			rows = append(rows, row)
			v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("row.%d", i), Object: row})
		}
	}
	var list fyne.CanvasObject
	switch {
	case p.err != nil:
		list = padded(notice(widgets.Refusal, p.book.Say("office.log.unread"), p.book.Say(office.Trouble(p.err))), 0, 2*widgets.Touch)
	case p.known && len(rows) == 0:
		list = empty(p.book.Say("office.log.nothing"))
	default:
		rows = rows[:min(len(rows), p.rows())]
		parts := make([]part, len(rows))
		for i, r := range rows {
			parts[i] = fix(r, scaled(logRow))
		}
		list = down(widgets.Grid/2, parts...)
	}
	parts := []part{fix(filters, widgets.Touch)}
	if p.showsProblems() {
		strip, control := (&menuPage{Office: p.Office, known: true, problems: p.problems}).strip()
		parts = append(parts, fix(strip, scaled(76)))
		if control != nil {
			if len(p.found()) == 0 { // it is this page that it leads to
				control.Object.(*pressable).press = func() { p.narrow(func(q *logbook.Query) { q.Problems = true }) }
			}
			v.controls = append(v.controls, *control)
		}
	}
	v.body = down(widgets.Grid, append(parts, fix(p.summary(), scaled(40)), fill(list))...)

	newer := key(p.book.Say("office.log.newer"), func() { p.turn(-1) })
	older := key(p.book.Say("office.log.older"), func() { p.turn(1) })
	enabled(newer, len(p.Office.log.before) > 0)
	enabled(older, p.more())
	switched := "office.log.show-events"
	if p.Office.log.events {
		switched = "office.log.show-sales"
	}
	if p.seesLog() {
		v.others = append(v.others, action{"events", key(p.book.Say(switched), p.switchKind)})
		if !p.Office.log.events {
			v.others = append(v.others, action{"export", enabled(key(p.book.Say("office.log.export"), func() {
				p.push(&exportPage{Office: p.Office, query: p.narrowed(), count: p.page.Count, format: logbook.CSV})
			}), p.page.Count > 0)})
		}
	}
	v.others = append(v.others, action{"newer", newer}, action{"older", older})
	return v
}

func (p *logPage) more() bool {
	if p.Office.log.events {
		return p.events.More
	}
	return p.page.More
}

// turn shows older or newer ones.
func (p *logPage) turn(n int) {
	s := &p.Office.log
	switch {
	case n < 0 && len(s.before) > 0:
		s.before = s.before[:len(s.before)-1]
	case n > 0 && p.more():
		var last uint64
		if s.events {
			last = p.events.Events[min(p.rows(), len(p.events.Events))-1].Record
		} else {
			last = p.page.Rows[min(p.rows(), len(p.page.Rows))-1].Sale
		}
		s.before = append(s.before, last)
	default:
		return
	}
	p.find()
}

func (p *logPage) switchKind() {
	p.Office.log.events, p.Office.log.before, p.known = !p.Office.log.events, nil, false
	p.page, p.events = logbook.Page{}, logbook.Events{}
	p.find()
	p.refresh()
}

// narrow changes what is looked for and begins at the newest.
func (p *logPage) narrow(change func(*logbook.Query)) {
	change(&p.Office.log.query)
	p.Office.log.before = nil
	if p.top() == p {
		p.find()
		p.refresh()
	} // else the page asks when it is shown again
}

// summary says how many were found and what they come to.
func (p *logPage) summary() fyne.CanvasObject {
	text, right := "", ""
	if p.known && p.err == nil {
		if p.Office.log.events {
			text = p.counted(p.events.Count, "office.log.events-found-one", "office.log.events-found")
		} else {
			text = p.counted(p.page.Count, "office.log.found-one", "office.log.found")
			if p.seesLog() {
				right = p.sums()
			}
		}
	}
	if _, long := p.looking(p, "find"); long {
		text = p.book.Say("office.looking")
	}
	return across(widgets.Grid, share(middle(words(text, widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), 2),
		share(middle(words(right, widgets.SizeLead, widgets.ColorText, fyne.TextAlignTrailing)), 3))
}

// sums is what the shop has of all that was found, in each currency.
func (p *logPage) sums() string {
	if len(p.page.Sums) < 2 {
		return p.signed(int64(p.page.Sum), money.Currency(p.page.Currency))
	}
	var said []string
	for c, sum := range p.page.Sums {
		said = append(said, p.signed(int64(sum), money.Currency(c)))
	}
	return strings.Join(said, " · ")
}

func (p *logPage) typedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyPageDown:
		p.turn(1)
	case fyne.KeyPageUp:
		p.turn(-1)
	case fyne.KeyBackspace:
		text := []rune(p.Office.log.query.Text)
		if len(text) == 0 {
			return true
		}
		p.narrow(func(q *logbook.Query) { q.Text = string(text[:len(text)-1]) })
	default:
		return false
	}
	return true
}

// mostText is how long what is searched for may be.
const mostText = 40

// typedRune searches as one types.
func (p *logPage) typedRune(r rune) bool {
	if r < ' ' || len([]rune(p.Office.log.query.Text)) >= mostText {
		return false
	}
	p.narrow(func(q *logbook.Query) { q.Text += string(r) })
	return true
}
