package screens

import (
	"image"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Intents are what the cashier can ask of the till.
type Intents interface {
	Begin(protocol.Amount) error
	Cancel() error
	Dismiss() error
	// NoFinger says that the customer has no finger that can be read, BeginByPIN has
	// the ended sale paid by PIN; both only where View.ByPIN offers it.
	NoFinger() error
	BeginByPIN() error
	// SeeAlert takes an alert off that says how it was resolved.
	SeeAlert(number uint64) error
}

// Recent is a sale that has ended, for the list beside the amount.
type Recent struct {
	Number uint64
	At     time.Time
	Amount money.Amount
	Ending sale.Ending
	// Refund says that the amount goes back to a customer.
	Refund bool
}

// Setup is what a kiosk shows besides its sales.
type Setup struct {
	Shop     string
	Currency money.Currency
	// Quick are the amounts that one key charges; at most six.
	Quick []money.Amount
	// Language is the one to begin with.
	Language string
	// Life is the time to live of a request, FingerWait the time for a finger and
	// ConfirmFor the time to confirm on the phone: what the countdowns count.
	Life, FingerWait, ConfirmFor time.Duration
	// Recent returns the last sales, newest first.
	Recent func(most int) []Recent
	// Now is the terminal's clock.
	Now func() time.Time
}

// Kiosk is the terminal's window.
type Kiosk struct {
	Setup
	stage   *widgets.Stage
	intents Intents
	book    assets.Phrasebook

	view     sale.View
	entry    money.Entry
	trouble  string // what was wrong with the last key, already in words
	statuses []widgets.Status

	// Parts that change while a screen stays, or nil.
	camera    *widgets.CameraPreview
	countdown *widgets.Countdown
	ring      *widgets.FingerProgress
	amount    *widgets.AmountDisplay
	said      *widgets.Paragraph
	row       *widgets.StatusRow
	rowHolds  *fyne.Container // the row, in the middle of its room
	shown     shown

	previewing atomic.Bool
}

// shown is what the present screen was built from; a view that differs only in
// what the parts above show does not build it anew.
type shown struct {
	stage    sale.Stage
	number   uint64
	notice   sale.Reason
	notices  int
	attempt  int
	touching bool
	read     bool
	ending   sale.Ending
	reason   sale.Reason
	language string
	alerts   string
	tap      sale.TapState
	why      sale.Reason
	request  string
	leave    bool
	byPIN    bool
	lift     bool
	advice   string
}

// newKiosk builds the kiosk on a stage and shows the amount screen.
func newKiosk(stage *widgets.Stage, setup Setup, intents Intents) (*Kiosk, error) {
	entry, err := money.NewEntry(setup.Currency)
	if err != nil {
		return nil, err
	}
	k := &Kiosk{Setup: setup, stage: stage, intents: intents, entry: entry}
	if err := k.setLanguage(setup.Language); err != nil {
		return nil, err
	}
	canvas := stage.Window().Canvas()
	canvas.SetOnTypedRune(k.typedRune)
	canvas.SetOnTypedKey(k.typedKey)
	k.view = sale.View{Stage: sale.Idle}
	k.build()
	return k, nil
}

// Show shows what the till is doing. It may be called from any goroutine and
// returns at once.
func (k *Kiosk) Show(v sale.View) { k.stage.Do(func() { k.show(v) }) }

// ShowFrame shows what the camera sees; corners are those of a code in view, or
// nil. It may be called from any goroutine.
func (k *Kiosk) ShowFrame(frame *image.RGBA, corners []image.Point) {
	k.stage.Do(func() {
		if k.camera == nil {
			return
		}
		k.camera.SetFrame(frame)
		if len(corners) == 4 {
			k.camera.SetFound([4]image.Point(corners))
		} else {
			k.camera.ClearFound()
		}
	})
}

// WantsFrames says whether a camera preview is on the screen, so that nobody
// converts pictures that are not shown. It may be called from any goroutine.
func (k *Kiosk) WantsFrames() bool { return k.previewing.Load() }

// Quit closes the window. It may be called from any goroutine.
func (k *Kiosk) Quit() { k.stage.Do(k.stage.Window().Close) }

// ShowDevices shows how the devices are. It may be called from any goroutine.
func (k *Kiosk) ShowDevices(devices []Device) {
	k.stage.Do(func() {
		k.statuses = k.statuses[:0]
		for _, d := range devices {
			k.statuses = append(k.statuses, widgets.Status{ID: d.ID, Meaning: d.meaning(), Word: k.book.Say(d.Word)})
		}
		k.refreshStatus()
	})
}

// Device is a part of the terminal for the row of marks.
type Device struct {
	ID string
	// Word is the key of the phrase that names what is wrong; empty when all is
	// well.
	Word string
	// Bad says that no sale is possible without it.
	Bad bool
}

func (d Device) meaning() widgets.Meaning {
	switch {
	case d.Word == "":
		return widgets.Quiet
	case d.Bad:
		return widgets.Refusal
	}
	return widgets.Attention
}

// Tick moves the countdowns. It may be called from any goroutine.
func (k *Kiosk) Tick() {
	k.stage.Do(k.tick)
}

func (k *Kiosk) tick() {
	if k.countdown != nil {
		k.countdown.SetRemaining(k.view.Until.Sub(k.Now()), k.total())
	}
}

func (k *Kiosk) total() time.Duration {
	switch k.view.Stage {
	case sale.Finger:
		return k.FingerWait
	case sale.Confirm:
		return k.ConfirmFor
	}
	return k.Life
}

// show takes a view. The screen is built anew only when it is another one.
func (k *Kiosk) show(v sale.View) {
	if v.Stage == sale.Idle && k.view.Stage != sale.Idle {
		k.entry, k.trouble = k.entry.Clear(), ""
	}
	k.view = v
	if k.ring != nil && v.Stage == sale.Finger {
		k.ring.SetFraction(v.Finger.Fraction)
	}
	k.refreshStatus()
	if k.key() != k.shown {
		k.build()
	}
}

func (k *Kiosk) key() shown {
	v := k.view
	return shown{
		stage: v.Stage, number: v.Number, notice: v.Notice, notices: v.Notices, attempt: v.Attempt,
		touching: v.Finger.Touching, read: v.Finger.Fraction >= 1, lift: v.Finger.Lift, advice: v.Advice + v.Finger.Advice, ending: v.Ending, reason: v.Reason, language: k.book.Tag(), alerts: k.alertsKey(),
		tap: v.Tap, why: v.TapReason, request: v.Request, leave: v.Cancellable, byPIN: v.ByPIN,
	}
}

// build makes the screen for the view.
func (k *Kiosk) build() {
	seeing := k.camera
	k.camera, k.countdown, k.ring, k.amount, k.said = nil, nil, nil, nil, nil
	k.shown = k.key()
	switch k.view.Stage {
	case sale.Idle:
		k.buildAmount()
	case sale.Preparing:
		k.buildWait("preparing", k.book.Say("terminal.present.preparing"), "")
	case sale.Presenting, sale.Opening:
		k.buildPresent(seeing)
	case sale.Finger:
		k.buildFinger()
	case sale.Tapping:
		k.buildTapping()
	case sale.Confirm:
		k.buildConfirm()
	case sale.Torn:
		k.buildTorn()
	case sale.Sending:
		k.buildWait("sending", k.book.Say("terminal.settle.title"), k.book.Say("terminal.settle.text"))
	case sale.Unknown:
		k.buildUnknown()
	case sale.Ended:
		k.buildOutcome()
	}
	k.previewing.Store(k.camera != nil)
	k.tick() // at once, so that no full time is seen first
}

// page puts a body under the quiet row of shop, devices and language, and over
// the actions.
func (k *Kiosk) page(name string, body fyne.CanvasObject, actions fyne.CanvasObject, controls ...widgets.Control) {
	k.row = widgets.NewStatusRow()
	k.rowHolds = middle(k.row)
	language := widgets.NewTouchKey(k.otherLanguage().Name, widgets.PlainKey, k.switchLanguage)
	shop := widgets.NewParagraph(k.Shop, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignLeading, 560)
	top := container.NewBorder(nil, nil, nil, container.NewHBox(gap(widgets.Grid), language),
		container.New(columns{left: 0.5, gap: widgets.Grid}, middle(shop), k.rowHolds))
	above := fyne.CanvasObject(top)
	if banner, more := k.banner(); banner != nil {
		above = container.NewVBox(top, banner)
		controls = append(controls, more...)
	}
	k.stage.SetLanguage(k.book.Tag())
	k.stage.Show(name, widgets.NewPage(above, body, actions), append(controls, widgets.Control{ID: "language", Object: language})...)
	k.refreshStatus()
}

func (k *Kiosk) refreshStatus() {
	if k.row == nil {
		return
	}
	list := append([]widgets.Status(nil), k.statuses...)
	if k.view.Unresolved > 0 {
		list = append(list, widgets.Status{ID: "unresolved", Meaning: widgets.Attention,
			Word: k.book.Say("terminal.outcome.unanswered", "count", k.view.Unresolved)})
	}
	k.row.SetStatuses(append(list, k.unsent()...)...)
	k.rowHolds.Refresh() // it may have another number of lines, and stays beside the language key
}

// setLanguage opens a phrasebook.
func (k *Kiosk) setLanguage(tag string) error {
	book, err := assets.Phrases(tag)
	if err != nil {
		return err
	}
	k.book = book
	return nil
}

// otherLanguage is the one that the language key switches to.
func (k *Kiosk) otherLanguage() assets.Language {
	all := assets.Languages()
	for i, l := range all {
		if l.Tag == k.book.Tag() {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// switchLanguage changes the language in the middle of whatever goes on.
func (k *Kiosk) switchLanguage() {
	if err := k.setLanguage(k.otherLanguage().Tag); err == nil {
		k.trouble = ""
		k.build()
	}
}

// money writes an amount of the view.
func (k *Kiosk) money() money.Amount {
	return money.Amount{Minor: int64(k.view.Amount), Currency: money.Currency(k.view.Currency)}
}

// do carries out an intent; one that comes too late is not an error for the
// cashier, the screen has moved on already.
func (k *Kiosk) do(intent func() error) func() { return func() { _ = intent() } }

// typedKey serves keyboard and numeric pad: Enter is the screen's primary
// action, Esc leaves it.
func (k *Kiosk) typedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		switch k.view.Stage {
		case sale.Idle:
			k.charge()
		case sale.Ended, sale.Unknown:
			if k.view.ByPIN {
				k.do(k.intents.BeginByPIN)()
				return
			}
			k.do(k.intents.Dismiss)()
		}
	case fyne.KeyEscape:
		switch k.view.Stage {
		case sale.Idle:
			k.clear()
		case sale.Ended:
			k.do(k.intents.Dismiss)()
		default:
			k.do(k.intents.Cancel)()
		}
	case fyne.KeyBackspace:
		if k.view.Stage == sale.Idle {
			k.press(widgets.KeyBackspace)
		}
	}
}

func (k *Kiosk) typedRune(r rune) {
	if key, ok := widgets.KeyOf(r); ok && k.view.Stage == sale.Idle {
		k.press(key)
	}
}
