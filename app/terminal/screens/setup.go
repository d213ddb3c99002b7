package screens

import (
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
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

// Biller is what Intents can be besides: a till that is told what the amount is for.
// Without it items and tips are charged as one amount.
type Biller interface {
	BeginBill(sale.Bill) error
}

// Cash sells for notes and coins. The sale that it has made is then shown to the kiosk as
// ended, with View.Cash. given is at least the bill's amount.
type Cash interface {
	SellForCash(bill sale.Bill, given protocol.Amount) error
}

// Staff is who may stand at the counter. Its methods but SignIn return at once, or as
// soon as the journal has written.
type Staff interface {
	// Members are those who can sign in, in the order in which they are shown; none where
	// names are not to be seen and everybody keys a number.
	Members() []staff.Member
	Duty() staff.Duty
	// SignIn puts a member on duty in place of whoever was. It returns at once and calls
	// done once, from any goroutine, with nil, staff.ErrRefused, a *staff.LockedError or
	// another error. The PIN is its own from then on; it overwrites it.
	SignIn(id protocol.ID, pin []byte, done func(error))
	SignOut() error
	// OpenShift opens the next shift with that much in the drawer.
	OpenShift(float protocol.Amount) error
}

// OfficePages are the manager's pages. They show themselves on the stage that they were
// made for.
type OfficePages interface {
	// Open shows the menu; leave is called when it is left.
	Open(book assets.Phrasebook, who staff.Member, leave func())
	// Close takes the pages off, because a sale or a lock comes first.
	Close()
	TypedKey(*fyne.KeyEvent)
	TypedRune(rune)
	Language(assets.Phrasebook)
}

// RefundPages is what OfficePages can be besides: pages that begin at a sale's refund.
type RefundPages interface {
	OpenRefund(book assets.Phrasebook, who staff.Member, number uint64, leave func())
}

// WatchedPages is what OfficePages can be besides: pages that know when they were
// touched last, so that nobody is locked out who is only reading.
type WatchedPages interface {
	Touched() time.Time
}

// DevicePages is what OfficePages can be besides: pages that show how the devices are.
type DevicePages interface {
	// DevicesChanged is called on the windows' goroutine whenever a device may be another
	// way than before.
	DevicesChanged()
}

// Training plays the customer.
type Training interface {
	// Acts are what the customer could do now, in the order of the keys. It is asked
	// whenever another view is shown.
	Acts(sale.View) []Act
	// Play has the customer do it. It returns at once.
	Play(Act)
}

// Act is something that the customer of a training sale does.
type Act string

// The acts; each is the end of a phrase's key, "terminal.training.show".
const (
	ActShow   Act = "show"    // holds a good payment code to the camera
	ActWrong  Act = "wrong"   // holds the code of another sale
	ActFinger Act = "finger"  // places the right finger, and all goes well
	ActPoor   Act = "poor"    // places it so that it cannot be read
	ActOther  Act = "other"   // places somebody else's
	ActFunds  Act = "funds"   // pays from an account that does not hold the amount
	ActSilent Act = "silence" // pays, and settlement does not answer
)

// Recent is a sale that has ended, for the list beside the amount and its detail.
type Recent struct {
	Number uint64
	At     time.Time
	Amount money.Amount
	Ending sale.Ending
	// Refund says that the amount goes back to a customer.
	Refund bool
	// Rail is how it was paid, Cashier who sold, Reason why it ended as it did; empty
	// where they are not known.
	Rail    sale.Rail
	Cashier protocol.ID
	Reason  sale.Reason
	// State is what remains to be done; empty when it is over.
	State State
}

// State is how a sale stands that is not over, as the logbook has it.
type State string

// The states; each is in the middle of two phrases' keys.
const (
	StateUnknown    State = "unknown"    // sent, and nobody knows the outcome
	StateReversal   State = "reversal"   // is being taken back
	StateUncleared  State = "uncleared"  // a tap that settlement has not heard of
	StateUncredited State = "uncredited" // a tap that settlement does not credit
)

// Group is a page of the list of items.
type Group struct {
	Name  string
	Items []Item
}

// Item is something that the shop sells.
type Item struct {
	Name  string
	Price money.Amount
	Tax   int32 // basis points, included in the price
	// Code is what is printed on it as bars, if anything; a wand adds the item.
	Code string
}

// Layout is where the customer looks.
type Layout string

// The layouts. The empty one is LayoutCounter.
const (
	LayoutCounter   Layout = "counter"    // at a window of their own, or over at the cashier's
	LayoutOneScreen Layout = "one-screen" // at this one, and nobody else does: larger words
)

// TipQuestion is what a customer is asked who may add a tip.
type TipQuestion struct {
	Due     money.Amount
	Choices []TipChoice
}

// TipChoice is a tip that one touch gives.
type TipChoice struct {
	Percent int
	Tip     money.Amount
}

// Setup is what a kiosk shows besides its sales. All that is empty or nil is not
// offered.
type Setup struct {
	Shop     string
	Currency money.Currency
	// Quick are the amounts that one key charges; at most six.
	Quick []money.Amount
	// Language is the one to begin with.
	Language string
	// Life is the time to live of a request, FingerWait the time for a finger and
	// ConfirmFor the time to confirm on the phone: what the countdowns count. LockAfter
	// is how long nobody touches or keys anything between sales before the window locks;
	// 0 for never. Patience multiplies all four for people who need longer, and so must
	// it those of the till; 0 counts as 1.
	Life, FingerWait, ConfirmFor, LockAfter time.Duration
	Patience                                float64
	// Recent returns the last sales, newest first.
	Recent func(most int) []Recent
	// Now is the terminal's clock.
	Now func() time.Time

	Layout Layout
	Staff  Staff
	Cash   Cash
	// Notes are the bank notes that customers hand over; none: 1, 2 and 5 of each power of
	// ten.
	Notes []money.Amount
	// Items are what can be touched instead of keying a price. KeyedTax is the tax that
	// is in a price that was keyed beside them, basis points.
	Items    []Group
	KeyedTax int32
	// Tips are the percentages that the customer is offered; none: nobody is asked. AskTip
	// hands the question to a customer's own window, nil when it is over; the answer comes
	// by Kiosk.AnswerTip, or from the keys of this window.
	Tips   []int
	AskTip func(*TipQuestion)
	// Keyed is told what the bill comes to while it is made, for the customer's own window;
	// the zero Bill when there is none. It must return at once.
	Keyed func(sale.Bill)
	// Wand takes the text of a payment code that a hand-held reader has typed.
	Wand func(text string)
	// Receipt is the text of a receipt's code for the phone, in place of View.Receipt;
	// empty for a sale that has none. It asks for nothing that waits.
	Receipt func(number uint64) string
	// Print hands a receipt to the printer's queue and returns at once.
	Print  func(number uint64) error
	Office func(*widgets.Stage) OfficePages
	// Training is set while nothing that happens here is true.
	Training Training
	// EndTraining has the till sell again, between sales; nil where it cannot from here.
	EndTraining func() error
}

// oneScreen says that customers have this window for themselves.
func (s Setup) oneScreen() bool { return s.Layout == LayoutOneScreen }

// patient is a wait for people who need longer.
func (s Setup) patient(d time.Duration) time.Duration {
	if s.Patience <= 0 {
		return d
	}
	return time.Duration(float64(d) * s.Patience)
}
