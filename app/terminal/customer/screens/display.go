package screens

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Setup is what the display is told once.
type Setup struct {
	Shop     string
	Language string // the one to begin with, and again after each customer
	// Life, FingerWait and ConfirmFor are what the countdowns count, as the till's.
	Life, FingerWait, ConfirmFor time.Duration
	Now                          func() time.Time // the terminal's clock
	Do                           widgets.Do       // how windows are changed from another goroutine
	// Switched is told of a language that the customer has chosen, until the end of the sale, and of the return; nil for nobody.
	Switched func(tag string)
	// Tipped is told of a tip that the customer has chosen, in minor units; 0 for none. nil for nobody.
	Tipped func(tip protocol.Amount)
}

// Tips is what the customer is asked who may add a tip.
type Tips struct {
	Due     money.Amount
	Choices []Tip // at most four
}

// Tip is one that a touch gives.
type Tip struct {
	Percent int
	Amount  money.Amount
}

// Display is the customer's window.
type Display struct {
	setup Setup
	stage *widgets.Stage
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}

	// What follows belongs to the windows' goroutine.
	book assets.Phrasebook
	own  bool // the customer has chosen the language
	view sale.View
	bill sale.Bill // while it is being keyed
	tips *Tips

	size      fyne.Size // of the window, when the page was made
	countdown *widgets.Countdown
	total     time.Duration
	ring      *widgets.FingerProgress
	shown     shown
}

// shown is what the page was made of; a view that differs in nothing of it moves only what moves.
type shown struct {
	stage            sale.Stage
	number           uint64
	amount, tip      protocol.Amount
	bill             protocol.Amount
	items, charged   int
	tips             *Tips
	request, receipt string
	notice           sale.Reason
	notices, attempt int
	left             int
	touching, read   bool
	lift             bool
	advice           string
	tap              sale.TapState
	byPIN, training  bool
	ending           sale.Ending
	interrupted      time.Time
	language         string
}

// tickEvery is how often the countdown is looked at.
const tickEvery = 250 * time.Millisecond

// Open makes the window and shows the idle page. It must be called on the goroutine that owns the windows, such as from widgets.Run's
// ready. Close must be called once.
func Open(app fyne.App, w Window, setup Setup) (*Display, error) {
	window := app.NewWindow("Countersign customer screen")
	window.SetCloseIntercept(func() {}) // the terminal's own window ends the program
	d, err := newDisplay(window, setup)
	if err != nil {
		return nil, err
	}
	w.place(app, window)
	return d, nil
}

// newDisplay fills a window and starts the clock.
func newDisplay(window fyne.Window, setup Setup) (*Display, error) {
	d := &Display{setup: setup, stop: make(chan struct{}), done: make(chan struct{})}
	book, err := assets.Phrases(setup.Language)
	if err != nil {
		return nil, err
	}
	d.book = book
	d.stage = widgets.NewStage(window, setup.Do)
	d.stage.SetLanguage(book.Tag())
	d.view = sale.View{Stage: sale.Idle}
	d.build()
	go d.accompany()
	return d, nil
}

// accompany moves the countdown until Close.
func (d *Display) accompany() {
	defer close(d.done)
	every := time.NewTicker(tickEvery)
	defer every.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-every.C:
			d.stage.Do(func() {
				if d.size != d.stage.Window().Canvas().Size() { // it became full screen, or its monitor another
					d.build()
				}
				d.tick()
			})
		}
	}
}

// Stage is the window's, for an announcer.
func (d *Display) Stage() *widgets.Stage { return d.stage }

// Show shows what the till is doing.
func (d *Display) Show(v sale.View) { d.stage.Do(func() { d.show(v) }) }

// ShowBill shows what is being keyed, between sales: items, and the amount so far. The zero Bill takes it away.
func (d *Display) ShowBill(b sale.Bill, currency protocol.Currency) {
	d.stage.Do(func() {
		d.bill = b
		if d.view.Stage == sale.Idle {
			d.view.Currency = currency
		}
		d.refresh()
	})
}

// AskTip asks for a tip, between sales; nil when the question is over. The answer goes to Setup.Tipped.
func (d *Display) AskTip(tips *Tips) {
	d.stage.Do(func() {
		d.tips = tips
		d.refresh()
	})
}

// Language follows the cashier's: it is shown unless the customer has chosen one, and after this customer.
func (d *Display) Language(tag string) {
	d.stage.Do(func() {
		d.setup.Language = tag
		if !d.own {
			d.speak(tag)
		}
	})
}

// Close takes the window away. It waits for the goroutine of the countdown, and is harmless when repeated.
func (d *Display) Close() {
	d.once.Do(func() {
		close(d.stop)
		<-d.done
		d.stage.Do(d.stage.Window().Close)
	})
}

// show takes a view.
func (d *Display) show(v sale.View) {
	if v.Stage == sale.Idle && d.view.Stage != sale.Idle {
		d.bill, d.tips = sale.Bill{}, nil
		if d.own { // the next customer may speak another language
			d.own = false
			d.speak(d.setup.Language)
			d.switched()
		}
	}
	d.view = v
	if d.ring != nil {
		d.ring.SetFraction(v.Finger.Fraction)
	}
	d.refresh()
}

// refresh makes the page anew where it is another one.
func (d *Display) refresh() {
	if d.key() != d.shown {
		d.build()
	}
}

func (d *Display) key() shown {
	v := d.view
	return shown{stage: v.Stage, number: v.Number, amount: v.Amount, tip: v.Tip, bill: d.bill.Amount, items: len(d.bill.Items), charged: len(v.Items),
		tips: d.tips, request: v.Request, receipt: v.Receipt, notice: v.Notice, notices: v.Notices, attempt: v.Attempt, left: v.AttemptsLeft,
		touching: v.Finger.Touching, read: v.Finger.Fraction >= 1, lift: v.Finger.Lift, advice: v.Advice + v.Finger.Advice, tap: v.Tap,
		byPIN: v.ByPIN, training: v.Training, ending: v.Ending, interrupted: v.Interrupted, language: d.book.Tag()}
}

func (d *Display) tick() {
	if d.countdown != nil {
		d.countdown.SetRemaining(d.view.Until.Sub(d.setup.Now()), d.total)
	}
}

// speak changes the language.
func (d *Display) speak(tag string) {
	book, err := assets.Phrases(tag)
	if err != nil {
		return // the one before stays
	}
	d.book = book
	d.stage.SetLanguage(book.Tag())
	d.build()
}

// switchLanguage is the customer's key.
func (d *Display) switchLanguage() {
	d.own = true
	d.speak(d.next().Tag)
	d.switched()
}

func (d *Display) switched() {
	if d.setup.Switched != nil {
		d.setup.Switched(d.book.Tag())
	}
}

// next is the language after this one.
func (d *Display) next() assets.Language {
	all := assets.Languages()
	for i, l := range all {
		if l.Tag == d.book.Tag() {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// of is an amount in the sale's currency.
func (d *Display) of(a protocol.Amount) money.Amount {
	return money.Amount{Minor: int64(a), Currency: money.Currency(d.view.Currency)}
}

// said is an amount in the customer's language.
func (d *Display) said(a protocol.Amount) string { return d.of(a).Format(d.book.Tag()) }
