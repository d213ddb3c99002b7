package screens

import (
	"fmt"
	"image"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/wallet/client"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Intents are what the owner can ask of the phone.
type Intents interface {
	Scan() error
	Choose(account int) error
	Confirm() error
	Back() error
	Dismiss() error
	Show(request protocol.Hash) error
	Ask() error

	CardIntents
}

// Life is what the countdowns count: the longest life of a request.
const Life = protocol.MaxLife

// Handset is the phone's window.
type Handset struct {
	stage   *widgets.Stage
	intents Intents
	now     func() time.Time
	book    assets.Phrasebook

	view  client.View
	cards cards
	shown string // what the present screen was built from

	// Parts that change while a screen stays, or nil.
	camera    *widgets.CameraPreview
	countdown *widgets.Countdown
	ring      *widgets.FingerProgress
}

// newHandset builds the window on a stage. Until Show it shows a phone at rest.
func newHandset(stage *widgets.Stage, language string, now func() time.Time, intents Intents) (*Handset, error) {
	book, err := assets.Phrases(language)
	if err != nil {
		return nil, err
	}
	h := &Handset{stage: stage, intents: intents, now: now, book: book, view: client.View{Stage: client.Ready}}
	stage.Window().Canvas().SetOnTypedKey(h.typedKey)
	h.build()
	return h, nil
}

// Show shows what the phone is doing. It may be called from any goroutine and
// returns at once.
func (h *Handset) Show(v client.View) { h.stage.Do(func() { h.show(v) }) }

// ShowFrame shows what the camera sees; corners are those of a code in view, or
// nil. It may be called from any goroutine.
func (h *Handset) ShowFrame(frame *image.RGBA, corners []image.Point) {
	h.stage.Do(func() {
		if h.camera == nil || h.view.CameraLost {
			return
		}
		h.camera.SetFrame(frame)
		if len(corners) == 4 {
			h.camera.SetFound([4]image.Point(corners))
		} else {
			h.camera.ClearFound()
		}
	})
}

// Quit closes the window. It may be called from any goroutine.
func (h *Handset) Quit() { h.stage.Do(fyne.CurrentApp().Quit) }

// Tick moves the countdown. It may be called from any goroutine.
func (h *Handset) Tick() {
	h.stage.Do(func() {
		if h.countdown != nil {
			h.countdown.SetRemaining(h.view.Until.Sub(h.now()), Life)
		}
		h.tickCard()
	})
}

// show takes a view. The screen is built anew only when more than the parts above
// is another.
func (h *Handset) show(v client.View) {
	h.view = v
	if h.ring != nil {
		h.ring.SetFraction(v.Finger.Fraction)
	}
	if h.camera != nil && v.CameraLost {
		h.camera.SetFrame(nil)
	}
	if h.key() != h.shown {
		h.build()
	}
}

// key is what the present screen depends on.
func (h *Handset) key() string {
	v := h.view
	v.Chosen = 0 // the list marks it itself
	v.Finger.Fraction = 0
	card := ""
	if v.Stage == client.Ready {
		card = h.cards.key()
	}
	return fmt.Sprintf("%s %+v %s", h.book.Tag(), v, card)
}

// build makes the screen for the view.
func (h *Handset) build() {
	h.camera, h.countdown, h.ring = nil, nil, nil
	h.shown = h.key()
	h.stage.SetLanguage(h.book.Tag())
	if h.buildCard() {
		return
	}
	switch h.view.Stage {
	case client.Looking:
		h.buildLooking()
	case client.Confirm:
		h.buildConfirm()
	case client.Finger:
		h.buildFinger()
	case client.Signing:
		h.buildSigning()
	case client.Showing:
		h.buildShowing()
	case client.Waiting:
		h.buildWaiting()
	case client.Ended:
		h.buildEnded()
	default:
		h.buildReady()
	}
	h.Tick()
}

// switchLanguage goes on to the next language, in the middle of whatever goes on.
func (h *Handset) switchLanguage() {
	if book, err := assets.Phrases(h.otherLanguage().Tag); err == nil {
		h.book = book
		h.build()
	}
}

func (h *Handset) otherLanguage() assets.Language {
	all := assets.Languages()
	for i, l := range all {
		if l.Tag == h.book.Tag() {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// do carries out an intent; one that comes too late is no error for the owner:
// the screen has moved on already.
func (h *Handset) do(intent func() error) func() { return func() { _ = intent() } }

// typedKey serves a keyboard: Enter is the screen's primary action, Esc leaves.
func (h *Handset) typedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		switch h.view.Stage {
		case client.Ready:
			h.do(h.intents.Scan)()
		case client.Confirm:
			h.do(h.intents.Confirm)()
		case client.Waiting:
			h.do(h.intents.Ask)()
		case client.Ended:
			h.do(h.intents.Dismiss)()
		}
	case fyne.KeyEscape:
		h.do(h.intents.Back)()
	}
}

// format writes an amount in the screen's language.
func (h *Handset) format(amount protocol.Amount, currency protocol.Currency) string {
	return money.Amount{Minor: int64(amount), Currency: money.Currency(currency)}.Format(h.book.Tag())
}

func (h *Handset) parts() money.Parts {
	return money.Amount{Minor: int64(h.view.Amount), Currency: money.Currency(h.view.Currency)}.Parts(h.book.Tag())
}

// clock writes a time of day as the owner's wall shows it.
func clock(t time.Time) string { return t.Local().Format("15:04") }
