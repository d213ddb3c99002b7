package screens

import (
	"context"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/widgets"
	"countersign/assets"
)

// Problem is one thing that is wrong with a terminal's settings.
type Problem struct {
	At   string // "terminal.toml:9:1"; empty for the file as a whole
	What string // and what would be right
}

// Complaint is the window of a terminal whose settings cannot be used: a list of what is
// wrong with them, for as long as it is. Everything but [Complaint.Tick] belongs to Fyne's
// goroutine.
type Complaint struct {
	ComplaintSetup
	stage *widgets.Stage
	book  assets.Phrasebook
	wrong []Problem
	retry *widgets.TouchKey

	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup
	asked   chan struct{} // by the key
}

// ComplaintSetup is what that window shows.
type ComplaintSetup struct {
	Language string // tag
	// Wrong is what is wrong now, nothing once all is right. It is called on one goroutine,
	// when the settings have changed and when the key is pressed.
	Wrong func(ctx context.Context) []Problem
	// Changed says whether the settings may have changed since it was called last.
	Changed func() bool
	// Every is how often it is asked.
	Every time.Duration
}

// Complain opens the window, and returns when the settings can be used, the window was
// closed or the context has ended. It must be called from the program's main goroutine.
func Complain(ctx context.Context, w widgets.Window, setup ComplaintSetup, wrong []Problem) (right bool, err error) {
	w.ID, w.Title = "countersign.terminal", "Countersign terminal"
	var c *Complaint
	err = widgets.Run(ctx, w, func(stage *widgets.Stage) (*Complaint, error) {
		c, err = newComplaint(ctx, stage, setup, wrong)
		return c, err
	}, func(c *Complaint) func() {
		c.running.Go(c.watch)
		return c.wait
	})
	return err == nil && len(c.wrong) == 0, err
}

func newComplaint(ctx context.Context, stage *widgets.Stage, setup ComplaintSetup, wrong []Problem) (*Complaint, error) {
	book, err := assets.Phrases(setup.Language)
	if err != nil {
		return nil, err
	}
	c := &Complaint{ComplaintSetup: setup, stage: stage, book: book, wrong: wrong, asked: make(chan struct{}, 1)}
	c.life, c.end = context.WithCancel(ctx)
	stage.SetLanguage(book.Tag())
	stage.Window().Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) {
		if event.Name == fyne.KeyReturn || event.Name == fyne.KeyEnter {
			press(c.retry)
		}
	})
	c.show()
	return c, nil
}

// Tick is called a few times a second; the window counts nothing.
func (c *Complaint) Tick() {}

// wait ends what runs behind the window, and waits for it.
func (c *Complaint) wait() {
	c.end()
	c.running.Wait()
}

// watch looks again when the settings have changed, or somebody wants it.
func (c *Complaint) watch() {
	round := time.NewTicker(c.Every)
	defer round.Stop()
	for {
		select {
		case <-c.asked:
		case <-round.C:
			if !c.Changed() {
				continue
			}
		case <-c.life.Done():
			return
		}
		wrong := c.Wrong(c.life)
		c.stage.Do(func() { c.found(wrong) })
	}
}

// found shows what is wrong now, or closes the window.
func (c *Complaint) found(wrong []Problem) {
	if c.life.Err() != nil {
		return
	}
	if same := slices.Equal(c.wrong, wrong); same && !c.retry.Disabled() {
		return
	}
	if c.wrong = wrong; len(wrong) == 0 {
		c.stage.Window().Close()
		return
	}
	c.show()
}

// mostProblems are shown; the others come when those are mended.
const mostProblems = 5

func (c *Complaint) show() {
	var rows []part
	for _, p := range c.wrong[:min(len(c.wrong), mostProblems)] {
		words := []part{share(middle(said(p.What, widgets.SizeBody, widgets.ColorText)), 2)}
		if p.At != "" {
			words = append([]part{share(middle(said(p.At, widgets.SizeCaption, widgets.ColorQuiet)), 1)}, words...)
		}
		rows = append(rows, share(panel(down(0, words...)), 1))
	}
	if more := len(c.wrong) - mostProblems; more > 0 {
		rows = append(rows, fixed(middle(said(c.book.Say("welcome.wrong.more", "count", more), widgets.SizeBody, widgets.ColorText)), 32))
	}
	for len(rows) < mostProblems-2 { // few are no larger than that
		rows = append(rows, share(space(), 1))
	}
	head := across(2*widgets.Grid, fixed(middle(widgets.NewOutcomeMark(widgets.Attention, 64)), 64),
		share(middle(said(c.book.Say("welcome.wrong.title"), widgets.SizeHeading, widgets.ColorAttentionText)), 1))
	body := down(widgets.Grid, fixed(head, 80), fixed(middle(said(c.book.Say("welcome.wrong.text"), widgets.SizeBody, widgets.ColorText)), 72), share(down(widgets.Grid, rows...), 1))
	c.retry = widgets.NewPrimaryAction(c.book.Say("welcome.action.retry"), c.again)
	c.stage.Show("settings-wrong", widgets.NewPage(nil, body, widgets.NewActionBar(nil, c.retry)), widgets.Control{ID: "primary", Object: c.retry})
}

// again has somebody's wish looked at.
func (c *Complaint) again() {
	if c.retry.Disabled() {
		return
	}
	c.retry.Disable() // until it was looked at
	select {
	case c.asked <- struct{}{}:
	default: // it will be
	}
}
