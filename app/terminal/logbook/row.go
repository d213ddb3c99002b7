package logbook

import (
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Row is a sale or a refund as the log lists it.
type Row struct {
	Sale uint64
	// At is when it began, Ended when it was decided; zero where it is not.
	At, Ended time.Time
	Amount    protocol.Amount
	Currency  protocol.Currency
	Rail      sale.Rail
	Ending    sale.Ending
	Reason    sale.Reason
	State     State
	Cashier   protocol.ID
	Shift     uint64
	// Refund says that it gives back; Of is the number of the sale it is of, 0 where
	// that is another terminal's.
	Refund bool
	Of     uint64
	// Card are the last four digits of a tap's card.
	Card string
	Tip  protocol.Amount
	// Reference is settlement's number for it, 0 where there is none.
	Reference uint64
}

// State is what is still to be done about a sale, or that nothing is.
type State string

// The states. The last four are problems.
const (
	Over State = ""
	// Underway: it is being sold or paid back.
	Underway State = "open"
	// Unknown: it was sent or tapped, and nobody knows the outcome.
	Unknown State = "unknown"
	// Reversal: it is to be taken back, and settlement has not confirmed that.
	Reversal State = "reversal"
	// Uncleared: a tap of which settlement has not heard yet.
	Uncleared State = "uncleared"
	// Uncredited: a tap of which settlement's answer is not what it should be, and
	// no manager has seen that.
	Uncredited State = "uncredited"
)

// Problem says whether a manager should look at it.
func (s State) Problem() bool { return s != Over && s != Underway }

// Query chooses sales, or events. The zero Query is all of them.
type Query struct {
	// From and To bound Row.At: From ≤ At < To; zero for no bound.
	From, To time.Time
	Cashier  protocol.ID
	Rail     sale.Rail
	Endings  []sale.Ending
	// Least and Most bound the amount, both inclusive; 0 for no bound.
	Least, Most protocol.Amount
	// Text is searched for: each of its words must be the number of the sale, with or
	// without zeros before it, the amount as a person writes it, settlement's
	// reference, the last four digits of a card, or part of a cashier's name, a
	// reason, an ending or a rail.
	Text string
	// TextReasons are reasons whose sentence in the reader's language holds Text: they
	// match too.
	TextReasons []sale.Reason
	// Problems keeps what a manager should look at.
	Problems bool
	// Before is the number of the sale, or of the record of an event, before which a
	// page begins; 0 for the newest.
	Before uint64
	// Limit is the most rows of a page, 0 for 50.
	Limit int
}

// Page is a part of an answer, newest first.
type Page struct {
	Rows []Row
	// More says that there are older ones.
	More bool
	// Count is how many sales and refunds the whole answer has, not only this page.
	Count int
	// Sum is what the whole answer comes to, paid less refunded, in Currency, which is
	// that of the newest; Sums has every currency.
	Sum      protocol.Sum
	Currency protocol.Currency
	Sums     map[protocol.Currency]protocol.Sum
}

// Problems counts what a manager should look at.
type Problems struct{ Unknown, Reversals, Uncleared, Uncredited int }

// Any says whether there are any.
func (p Problems) Any() bool { return p != Problems{} }

// Detail is one sale from its first entry to its last.
type Detail struct {
	Row   Row
	Steps []Step
	// Refunds are those of the sale, oldest first.
	Refunds []Row
	// Whys says why each of Refunds was given, in the words of whoever asked; "" where nothing was said.
	Whys []string
	// Entry is the last one.
	Entry sale.Entry
}

// Step is one entry of a sale.
type Step struct {
	// Record is its number in the journal.
	Record uint64
	At     time.Time
	Event  sale.Event
	// Took is the time since the step before.
	Took   time.Duration
	Reason sale.Reason
	Ending sale.Ending
	// Note is a short fact in no language: the attempt, a reference, last four digits.
	Note string
}

// Event is an entry that belongs to no sale, with the number of its record.
type Event struct {
	Record uint64
	Entry  sale.Entry
}

// Events is a part of an answer about events, newest first.
type Events struct {
	Events []Event
	// More says that there are older ones; Before the last Record is the next page.
	More bool
	// Count is how many the whole answer has.
	Count int
}

// Unit is how long a column of takings is.
type Unit int

// The units, in the shop's time zone.
const (
	ByHour Unit = iota
	ByDay
)

// Takings is what one hour or day brought.
type Takings struct {
	// From is its beginning, To its end, which is the next one's beginning.
	From, To time.Time
	// Rails has what was paid less what was refunded, in the currency of the newest
	// sale.
	Rails map[sale.Rail]protocol.Sum
	// Count is how many sales were paid.
	Count int
}

// Format is how an export is written.
type Format string

// The formats.
const (
	CSV Format = "csv"
	// CSVWithMark begins with a byte order mark, without which some spreadsheets take
	// UTF-8 for something else.
	CSVWithMark Format = "csv-bom"
	JSONLines   Format = "jsonl"
)
