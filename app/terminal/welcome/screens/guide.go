package screens

import (
	"context"
	"image"
	"strings"
	"sync"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/assets"
)

// Setup is what the window shows and whom it tells.
type Setup struct {
	Wizard *welcome.Wizard
	// Language is the tag of the one to begin with, where none was chosen yet.
	Language string
	// Codes looks for codes that are wanted with whatever reads them until its context ends: it
	// shows what a camera sees, and tells what is read. Nil: there is nothing that reads.
	Codes func(ctx context.Context, wanted func(text string) bool, frame func(*image.RGBA, []image.Point), found func(text string))
}

// Guide is the window of a first run. Everything but [Guide.Tick] belongs to Fyne's
// goroutine.
type Guide struct {
	Setup
	stage *widgets.Stage
	book  assets.Phrasebook
	page  page
	keys  keys // of the page that is shown

	life    context.Context // of what runs behind the window
	end     context.CancelFunc
	running sync.WaitGroup
}

// page is one step.
type page interface {
	// build makes what is shown now. It is called again whenever that changes.
	build() view
	// left is told that the page is left.
	left()
}

// typer is a page that takes what is typed.
type typer interface {
	typed(rune)
	erased()
}

// view is what a page looks like now.
type view struct {
	name           string // of the screen
	body           fyne.CanvasObject
	controls       []widgets.Control
	leave, primary *widgets.TouchKey
	others         []widgets.Control
}

// keys are those that Enter and Esc press.
type keys struct{ enter, escape *widgets.TouchKey }

// Run opens the window and returns when the first run is finished, the window was closed
// or the context has ended. It must be called from the program's main goroutine.
func Run(ctx context.Context, w widgets.Window, setup Setup) (finished bool, err error) {
	w.ID, w.Title = "countersign.terminal", "Countersign terminal"
	var g *Guide
	err = widgets.Run(ctx, w, func(stage *widgets.Stage) (*Guide, error) {
		g, err = newGuide(ctx, stage, setup)
		return g, err
	}, func(*Guide) func() { return g.wait })
	return err == nil && setup.Wizard.At() == welcome.Done, err
}

// newGuide shows the page of the step where the first run is.
func newGuide(ctx context.Context, stage *widgets.Stage, setup Setup) (*Guide, error) {
	g := &Guide{Setup: setup, stage: stage}
	if chosen := setup.Wizard.Language(); chosen != "" {
		g.Language = chosen
	}
	if err := g.speak(g.Language); err != nil {
		return nil, err
	}
	g.life, g.end = context.WithCancel(ctx)
	canvas := stage.Window().Canvas()
	canvas.SetOnTypedRune(g.typedRune)
	canvas.SetOnTypedKey(g.typedKey)
	g.goOn()
	return g, nil
}

// Tick is called a few times a second; no page counts anything.
func (g *Guide) Tick() {}

// wait ends what runs behind the window, and waits for it.
func (g *Guide) wait() {
	g.end()
	g.running.Wait()
}

// speak changes the language.
func (g *Guide) speak(tag string) error {
	book, err := assets.Phrases(tag)
	if err != nil {
		return err
	}
	g.book, g.Language = book, book.Tag()
	g.stage.SetLanguage(book.Tag())
	return nil
}

// goOn shows the page of the step where the first run is now.
func (g *Guide) goOn() {
	if g.page != nil {
		g.page.left()
	}
	switch g.Wizard.At() {
	case welcome.AtLanguage:
		g.page = &languagePage{Guide: g}
	case welcome.AtAuthority:
		g.page = newReadingPage(g, g.aboutAuthority())
	case welcome.AtCode:
		g.page = newReadingPage(g, g.aboutCode())
	case welcome.AtEnrolment:
		g.page = newEnrolmentPage(g)
	case welcome.AtSettlement:
		g.page = newReadingPage(g, g.aboutSettlement())
	case welcome.AtMerchant:
		g.page = newReadingPage(g, g.aboutMerchant())
	case welcome.AtManager:
		g.page = &managerPage{Guide: g}
	case welcome.AtDevices:
		g.page = newDevicesPage(g)
	case welcome.Done:
		g.page = nil
		g.stage.Window().Close()
		return
	}
	g.show()
}

// back goes to the step before, where there is one to go to.
func (g *Guide) back() {
	if g.Wizard.Back() {
		g.goOn()
	}
}

// show builds the page anew.
func (g *Guide) show() {
	v := g.page.build()
	g.keys = keys{v.primary, v.leave}
	var others []*widgets.TouchKey
	controls := v.controls
	for _, o := range v.others {
		others = append(others, o.Object.(*widgets.TouchKey))
	}
	controls = append(controls, v.others...)
	if v.leave != nil {
		controls = append(controls, widgets.Control{ID: "leave", Object: v.leave})
	}
	if v.primary != nil {
		controls = append(controls, widgets.Control{ID: "primary", Object: v.primary})
	}
	g.stage.Show(v.name, widgets.NewPage(g.steps(), v.body, widgets.NewActionBar(v.leave, v.primary, others...)), controls...)
	g.stage.SetLanguage(g.book.Tag())
}

// steps is the row of steps on top.
func (g *Guide) steps() fyne.CanvasObject {
	row := widgets.NewStepRow(g.book.Say("welcome.step.language"), g.book.Say("welcome.step.authority"), g.book.Say("welcome.step.code"),
		g.book.Say("welcome.step.enrolment"), g.book.Say("welcome.step.shop"), g.book.Say("welcome.step.manager"), g.book.Say("welcome.step.devices"))
	at := int(g.Wizard.At())
	if g.Wizard.At() >= welcome.AtMerchant { // with settlement's address it is the shop's step
		at--
	}
	row.SetStep(at)
	return row
}

// later runs work away from Fyne's goroutine and tells its end on it, if the page that
// asked for it is still shown.
func (g *Guide) later(ctx context.Context, p page, work func(context.Context) error, done func(error)) {
	g.running.Go(func() {
		err := work(ctx)
		g.stage.Do(func() {
			if g.page == p && g.life.Err() == nil {
				done(err)
			}
		})
	})
}

// typedRune takes a character of a keyboard or numeric pad.
func (g *Guide) typedRune(r rune) {
	if p, takes := g.page.(typer); takes && r > ' ' {
		p.typed(r)
	}
}

// typedKey takes the other keys.
func (g *Guide) typedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		press(g.keys.enter)
	case fyne.KeyEscape:
		press(g.keys.escape)
	case fyne.KeyBackspace:
		if p, takes := g.page.(typer); takes {
			p.erased()
		}
	}
}

func press(k *widgets.TouchKey) {
	if k != nil {
		k.Tapped(nil)
	}
}

// leaving is the key that goes back a step.
func (g *Guide) leaving() *widgets.TouchKey {
	return widgets.NewLeaveAction(g.book.Say("welcome.action.back"), g.back)
}

// going is the page's bright key.
func (g *Guide) going(words string, do func(), can bool) *widgets.TouchKey {
	k := widgets.NewPrimaryAction(words, do)
	if !can {
		k.Disable()
	}
	return k
}

// trouble is a strip that says what went wrong and what to do.
func (g *Guide) trouble(phrase string) fyne.CanvasObject {
	heading, text := g.book.Notice(phrase)
	words := down(0, share(middle(said(heading, widgets.SizeLead, widgets.ColorAttentionText)), 2), share(middle(said(text, widgets.SizeBody, widgets.ColorText)), 3))
	return panel(across(2*widgets.Grid, fixed(middle(widgets.NewOutcomeMark(widgets.Attention, 48)), 48), share(words, 1)))
}

// field shows what was typed, with a mark where the next character goes.
func field(text string) *widgets.Paragraph {
	return said(text+"|", widgets.SizeLead, widgets.ColorText)
}

// keyboard is the one on the screen: rows of characters, and a key that erases at the end
// of the first.
func (g *Guide) keyboard(rows []string, upper bool, typed func(rune), erased func()) (fyne.CanvasObject, []widgets.Control) {
	var controls []widgets.Control
	var lines []part
	for i, row := range rows {
		var line []part
		for _, r := range row {
			label := string(r)
			if upper {
				label = strings.ToUpper(label)
			}
			k := widgets.NewTouchKey(label, widgets.PlainKey, func() { typed([]rune(label)[0]) })
			line = append(line, share(k, 1))
			controls = append(controls, widgets.Control{ID: "letter." + string(r), Object: k})
		}
		if i == 0 {
			k := widgets.NewTouchKey(g.book.Say("welcome.action.erase"), widgets.PlainKey, erased)
			line = append(line, share(k, 1.6))
			controls = append(controls, widgets.Control{ID: "erase", Object: k})
		}
		lines = append(lines, share(across(widgets.Grid, line...), 1))
	}
	return down(widgets.Grid, lines...), controls
}
