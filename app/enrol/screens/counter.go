package screens

import (
	"fmt"

	"fyne.io/fyne/v2"

	"countersign/app/enrol/visit"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
)

// Intents are what the officer can ask of the desk; *visit.Desk has them.
type Intents interface {
	Begin(officer, wallet string)
	BeginErasing(officer, wallet string)
	Choose(finger protocol.Finger)
	Agree(name protocol.ID, text string)
	NoPrint()
	State(reason string)
	Retry()
	Back()
	Finish()
}

// Counter is the desk's window.
type Counter struct {
	stage   *widgets.Stage
	intents Intents
	book    assets.Phrasebook

	view  visit.View
	shown string // what the present screen was built from
	// What was typed, which another language must not lose.
	officer, wallet, reason string

	// Parts that change while a screen stays, or nil.
	ring    *widgets.FingerProgress
	primary func() // what Enter does
	leave   func() // what Esc does
}

// newCounter builds the window on a stage. Until Show it shows a desk at rest.
func newCounter(stage *widgets.Stage, language, officer string, intents Intents) (*Counter, error) {
	book, err := assets.Phrases(language)
	if err != nil {
		return nil, err
	}
	c := &Counter{stage: stage, intents: intents, book: book, officer: officer}
	stage.Window().Canvas().SetOnTypedKey(c.typedKey)
	c.build()
	return c, nil
}

// Show shows how a visit stands. It may be called from any goroutine and returns
// at once.
func (c *Counter) Show(v visit.View) { c.stage.Do(func() { c.show(v) }) }

// Tick is for widgets.Run: nothing here counts time.
func (c *Counter) Tick() {}

// show takes a view. The screen is built anew only when more than the ring is
// another.
func (c *Counter) show(v visit.View) {
	if v.Stage != c.view.Stage {
		c.reason = ""
		if v.Stage == visit.Home {
			c.wallet = ""
		}
	}
	c.view = v
	if c.ring != nil {
		c.ring.SetFraction(v.Fraction)
	}
	if c.key() != c.shown {
		c.build()
	}
}

// key is what the present screen depends on.
func (c *Counter) key() string {
	v := c.view
	v.Fraction = 0
	return fmt.Sprintf("%s %+v", c.book.Tag(), v)
}

// build makes the screen for the view.
func (c *Counter) build() {
	c.ring, c.primary, c.leave = nil, nil, nil
	c.shown = c.key()
	c.stage.SetLanguage(c.book.Tag())
	switch c.view.Stage {
	case visit.Choosing:
		c.buildChoosing()
	case visit.Consenting:
		c.buildConsenting()
	case visit.Taking:
		c.buildTaking()
	case visit.Sending:
		c.buildSending()
	case visit.Coded:
		c.buildCoded()
	case visit.Stating, visit.Erasing:
		c.buildStating()
	case visit.Erased:
		c.buildErased()
	case visit.Refused:
		c.buildRefused()
	default:
		c.buildHome()
	}
}

// switchLanguage goes on to the next language, in the middle of whatever goes on.
func (c *Counter) switchLanguage() {
	if book, err := assets.Phrases(c.otherLanguage().Tag); err == nil {
		c.book = book
		c.build()
	}
}

func (c *Counter) otherLanguage() assets.Language {
	all := assets.Languages()
	for i, l := range all {
		if l.Tag == c.book.Tag() {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// typedKey serves a keyboard: Enter is the screen's primary action, Esc leaves.
func (c *Counter) typedKey(e *fyne.KeyEvent) {
	var do func()
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		do = c.primary
	case fyne.KeyEscape:
		do = c.leave
	}
	if do != nil {
		do()
	}
}
