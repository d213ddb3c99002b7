package screens

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/assets"
)

// Setup is what the office shows, Intents what it can ask for; see package office.
type (
	Setup   = office.Setup
	Intents = office.Intents
)

// Office is the back office on a stage. Everything but [Office.Wait] belongs to Fyne's goroutine.
type Office struct {
	Setup
	stage   *widgets.Stage
	intents Intents
	book    assets.Phrasebook
	who     staff.Member
	leave   func()
	open    bool

	pages    []page
	log      logState // how the log was left, for the next time
	controls []widgets.Control
	primary  *widgets.TouchKey
	steered  bool // the focus was moved by the arrows
	telling  bool // what is drawn now was not asked for by a hand
	touched  time.Time

	asks    map[ask]*asked
	life    context.Context // of what the office does, ended by Wait
	end     context.CancelFunc
	running sync.WaitGroup
}

// page is one page of the office. The same page is built anew whenever something on it changes.
type page interface {
	name() string // of the stage's screen, after "office."
	title() string
	build() view
}

// view is what a page looks like now.
type view struct {
	body     fyne.CanvasObject
	controls []widgets.Control
	primary  *widgets.TouchKey
	others   []action
	stay     bool // it cannot be left now
	final    bool // it is left by its bright key alone
}

// action is a key of the action bar.
type action struct {
	id  string
	key *widgets.TouchKey
}

// What a page may do besides.
type (
	// shower is told that it is on the stage, for the first time or again.
	shower interface{ shown() }
	// leaver is told that it is left for good.
	leaver interface{ left() }
	// keyer takes keys first, typer characters; they say whether they did.
	keyer interface{ typedKey(*fyne.KeyEvent) bool }
	typer interface{ typedRune(rune) bool }
)

// New makes an office that is not open.
func New(stage *widgets.Stage, setup Setup, intents Intents) *Office {
	if setup.Location == nil {
		setup.Location = time.Local
	}
	o := &Office{Setup: setup, stage: stage, intents: intents, asks: map[ask]*asked{}}
	o.life, o.end = context.WithCancel(context.Background())
	return o
}

// Open shows the menu to a member; leave is called when it was left by its own keys.
func (o *Office) Open(book assets.Phrasebook, who staff.Member, leave func()) {
	o.Close()
	o.begin(book, who, leave)
	o.push(&menuPage{Office: o})
}

// OpenRefund shows a sale and at once begins its refund; leave is called when the sale was left.
func (o *Office) OpenRefund(book assets.Phrasebook, who staff.Member, number uint64, leave func()) {
	o.Close()
	o.begin(book, who, leave)
	o.push(&salePage{Office: o, number: number, refunds: true})
}

func (o *Office) begin(book assets.Phrasebook, who staff.Member, leave func()) {
	o.book, o.who, o.leave, o.open = book, who, leave, true
	o.log = logState{}
	o.touched = o.Now()
}

// Touched is when somebody last pressed or typed something here.
func (o *Office) Touched() time.Time { return o.touched }

// tell draws something that no hand has asked for.
func (o *Office) tell(draw func()) {
	before := o.telling
	o.telling = true
	draw()
	o.telling = before
}

// Close takes the office off without calling leave: a sale or a lock comes first. What it was asked to do goes on; what it
// only looked for does not. The caller shows a screen of its own.
func (o *Office) Close() {
	for len(o.pages) > 0 {
		o.drop()
	}
	o.open, o.leave, o.controls, o.primary = false, nil, nil, nil
}

// Showing says whether the office is open.
func (o *Office) Showing() bool { return o.open }

// Language shows the same page in another language, or in another appearance.
func (o *Office) Language(book assets.Phrasebook) {
	o.book = book
	o.tell(o.refresh)
}

// Wait ends what is under way and returns when it has ended. It must not be called on Fyne's goroutine; the office is not to
// be opened again.
func (o *Office) Wait() {
	o.end()
	o.running.Wait()
}

func (o *Office) top() page {
	if len(o.pages) == 0 {
		return nil
	}
	return o.pages[len(o.pages)-1]
}

// push shows a page over the present one.
func (o *Office) push(p page) {
	o.pages = append(o.pages, p)
	o.appear()
}

// swap shows a page in the place of the present one.
func (o *Office) swap(p page) {
	o.drop()
	o.push(p)
}

// back shows the page before; from the first it leaves the office.
func (o *Office) back() {
	if len(o.pages) == 0 {
		return
	}
	if v, built := o.top().(interface{ busy() bool }); built && v.busy() {
		return // what is being done ends on this page
	}
	o.drop()
	if len(o.pages) > 0 {
		o.appear()
		return
	}
	leave := o.leave
	o.Close()
	if leave != nil {
		leave()
	}
}

// home goes back to the first page of a kind, or to the menu.
func (o *Office) home(is func(page) bool) {
	for len(o.pages) > 1 && !is(o.top()) {
		o.drop()
	}
	o.appear()
}

func (o *Office) drop() {
	p := o.top()
	o.pages = o.pages[:len(o.pages)-1]
	o.forget(p)
	if l, is := p.(leaver); is {
		l.left()
	}
}

func (o *Office) appear() {
	o.steered = false
	o.draw("")
	if p, is := o.top().(shower); is {
		p.shown()
	}
}

// refresh builds the present page anew; the mark stays where it is.
func (o *Office) refresh() {
	if !o.open || len(o.pages) == 0 {
		return
	}
	marked := ""
	focused := o.stage.Window().Canvas().Focused()
	for _, c := range o.controls {
		if f, is := c.Object.(fyne.Focusable); is && f == focused {
			marked = c.ID
		}
	}
	o.draw(marked)
}

func (o *Office) draw(marked string) {
	if !o.telling {
		o.touched = o.Now()
	}
	p := o.top()
	v := p.build()
	back := "office.action.back"
	if len(o.pages) == 1 {
		back = "office.action.leave"
	}
	leave := widgets.NewLeaveAction(o.book.Say(back), o.back)
	if v.stay {
		leave.Disable()
	}
	controls := v.controls
	if v.final {
		leave = nil
	} else {
		controls = append(controls, widgets.Control{ID: "back", Object: leave})
	}
	var others []*widgets.TouchKey
	for _, a := range v.others {
		others = append(others, a.key)
		controls = append(controls, widgets.Control{ID: a.id, Object: a.key})
	}
	if v.primary != nil {
		controls = append(controls, widgets.Control{ID: "primary", Object: v.primary})
	}
	o.controls, o.primary = controls, v.primary
	page := widgets.NewPage(o.header(p.title()), v.body, keyBar(leave, v.primary, others))
	o.stage.SetLanguage(o.book.Tag())
	o.stage.Show("office."+p.name(), roomy(page), controls...)
	for _, c := range controls {
		if f, is := c.Object.(fyne.Focusable); is && marked != "" && c.ID == marked {
			o.stage.Window().Canvas().Focus(f)
			return
		}
	}
	o.steered = false
}

// header names the page, and who is signed in.
func (o *Office) header(title string) fyne.CanvasObject {
	who := o.book.Say(office.SayRole(o.who.Role))
	if o.who.ID != "" { // there may be no staff
		who = string(o.who.ID) + " · " + who
	}
	return fixedHeight(across(2*widgets.Grid,
		share(middle(widgets.NewParagraph(title, widgets.SizeKey, widgets.ColorText, fyne.TextAlignLeading, 800)), 3),
		share(middle(widgets.NewParagraph(who, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignTrailing, 400)), 1)), scaled(48))
}
