package screens

import (
	"image"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Kiosk is the terminal's window.
type Kiosk struct {
	Setup
	stage   *widgets.Stage
	intents Intents
	book    assets.Phrasebook

	view     sale.View
	statuses []Device

	// What the cashier does between sales.
	at    place
	entry money.Entry // keyed: the amount, or what is keyed beside the bill
	bill  bill
	group int // of items
	// itemPage and first are the page of its items and the line of the bill that are shown.
	itemPage, first int
	trouble         string // what was wrong with the last key, already in words
	sign            signing
	tender          tendering
	counted         money.Entry // for the float
	tip             tipping
	chosen          Recent // whose detail is shown
	kept            bool   // the bill outlives the sale that is in front
	printed         printing
	told            sale.Bill // what Keyed was told last

	office  OfficePages
	wand    wand
	before  entries           // as they were before the wand began to type
	touched time.Time         // when somebody touched or keyed something last
	drawn   fyne.CanvasObject // the manager's page that was seen last

	// What the keys of the keyboard mean on this screen.
	enter, escape func()
	digit         func(widgets.Key)
	typed         func(rune)
	controls      map[string]fyne.CanvasObject

	// Parts that change while a screen stays, or nil.
	camera    *widgets.CameraPreview
	countdown *widgets.Countdown
	ring      *widgets.FingerProgress
	amount    *widgets.AmountDisplay
	said      *widgets.Paragraph
	row       *widgets.StatusRow
	rowHolds  *fyne.Container // the row, in the middle of its room
	whole     *fyne.Container // the screen
	refresh   func()          // shows what was keyed
	shown     shown

	previewing atomic.Bool
	counting   atomic.Bool // a countdown is on the screen
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
	receipt  string
}

// newKiosk builds the kiosk on a stage and shows the first screen.
func newKiosk(stage *widgets.Stage, setup Setup, intents Intents) (*Kiosk, error) {
	entry, err := money.NewEntry(setup.Currency)
	if err != nil {
		return nil, err
	}
	k := &Kiosk{Setup: setup, stage: stage, intents: intents, entry: entry, counted: entry, touched: setup.Now()}
	if err := k.setLanguage(setup.Language); err != nil {
		return nil, err
	}
	if setup.Office != nil {
		k.office = setup.Office(stage)
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
		k.statuses = append(k.statuses[:0], devices...)
		k.refreshStatus()
		if pages, can := k.office.(DevicePages); can {
			pages.DevicesChanged()
		}
	})
}

// Tick moves the countdowns and locks the window that nobody uses. It may be called from
// any goroutine.
func (k *Kiosk) Tick() {
	k.stage.Do(func() {
		k.tick()
		k.autoLock()
	})
}

// Moving says whether a countdown is on the screen; see [widgets.Run]. It may be called
// from any goroutine.
func (k *Kiosk) Moving() bool { return k.counting.Load() }

func (k *Kiosk) tick() {
	if k.countdown != nil {
		k.countdown.SetRemaining(k.view.Until.Sub(k.Now()), k.total())
	}
	k.tickLocked()
}

func (k *Kiosk) total() time.Duration {
	switch k.view.Stage {
	case sale.Finger:
		return k.patient(k.FingerWait)
	case sale.Confirm:
		return k.patient(k.ConfirmFor)
	}
	return min(k.patient(k.Life), protocol.MaxLife)
}

// show takes a view. The screen is built anew only when it is another one.
func (k *Kiosk) show(v sale.View) {
	switch {
	case v.Stage == sale.Idle && k.view.Stage != sale.Idle:
		k.newSale()
	case v.Stage != sale.Idle && k.view.Stage == sale.Idle:
		k.leaveOffice()
		k.at, k.tip, k.tender = atAmount, tipping{}, tendering{}
		k.printed = printing{trouble: k.printed.trouble}
		k.kept = false
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

// newSale forgets what was keyed, unless it is to be charged again.
func (k *Kiosk) newSale() {
	k.at, k.trouble = atAmount, ""
	if !k.kept {
		k.entry, k.bill, k.group, k.first = k.entry.Clear(), bill{}, 0, 0
		k.itemPage = 0
	}
	k.kept = false
}

func (k *Kiosk) key() shown {
	v := k.view
	return shown{
		stage: v.Stage, number: v.Number, notice: v.Notice, notices: v.Notices, attempt: v.Attempt,
		touching: v.Finger.Touching, read: v.Finger.Fraction >= 1, lift: v.Finger.Lift, advice: v.Advice + v.Finger.Advice, ending: v.Ending, reason: v.Reason, language: k.book.Tag(), alerts: k.alertsKey(),
		tap: v.Tap, why: v.TapReason, request: v.Request, leave: v.Cancellable, byPIN: v.ByPIN, receipt: v.Receipt,
	}
}

// build makes the screen for the view.
func (k *Kiosk) build() {
	seeing := k.camera
	k.camera, k.countdown, k.ring, k.amount, k.said, k.refresh = nil, nil, nil, nil, nil, nil
	k.enter, k.escape, k.digit, k.typed = nil, k.do(k.intents.Cancel), nil, nil
	k.shown = k.key()
	switch k.view.Stage {
	case sale.Idle:
		k.buildBetween()
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
	k.tellKeyed()
	k.previewing.Store(k.camera != nil)
	k.counting.Store(k.countdown != nil)
	k.tick() // at once, so that no full time is seen first
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

// of is an amount in the till's currency.
func (k *Kiosk) of(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: k.Currency} }

// do carries out an intent; one that comes too late is not an error for the
// cashier, the screen has moved on already.
func (k *Kiosk) do(intent func() error) func() { return func() { _ = intent() } }
