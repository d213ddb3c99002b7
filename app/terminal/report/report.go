package report

import (
	"encoding/json"
	"time"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Kind says which report it is.
type Kind string

// The kinds: X is read at any time and changes nothing, Z is the one of a closed shift.
const (
	KindX Kind = "x"
	KindZ Kind = "z"
)

// Report is what was taken from one record of the journal to another. Amounts are minor
// units of Currency.
type Report struct {
	Kind Kind `json:"kind"`
	// Number is the Z's; an X has the number that the next Z will have.
	Number   uint64      `json:"number"`
	Shop     string      `json:"shop,omitempty"`
	Terminal protocol.ID `json:"terminal"`
	// Shift is the one that was closed; of an X the open one, or the last; 0 where there is
	// no staff.
	Shift uint64 `json:"shift,omitzero"`
	// From is when the shift was opened, To when it was closed, or an X was read.
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	OpenedBy protocol.ID       `json:"opened_by,omitempty"`
	ClosedBy protocol.ID       `json:"closed_by,omitempty"`
	Currency protocol.Currency `json:"currency"`
	// Rails are scan, tap and cash, always all three and in this order.
	Rails []RailLine `json:"rails"`
	// Tips are the part of all sales that are tips; Tax is what is in the sales, by rate.
	Tips protocol.Sum `json:"tips"`
	Tax  []TaxLine    `json:"tax,omitempty"`
	// Refusals are the sales that came to nothing, by reason; those without a reason were
	// cancelled.
	Refusals []RefusalLine `json:"refusals,omitempty"`
	Cash     Drawer        `json:"cash"`
	// Unknown are the sales and refunds whose end nobody knows: they are in no sum.
	Unknown []OpenLine `json:"unknown,omitempty"`
	// Differences are sentences: what settlement has otherwise, or that it could not be
	// asked; a tap that it does not credit.
	Differences []string `json:"differences,omitempty"`
	// GrandTotal is the sum of all sales of all Zs up to this one, GrandRefunds that of all
	// refunds: neither ever falls. An X has them with its own added.
	GrandTotal   protocol.Sum `json:"grand_total"`
	GrandRefunds protocol.Sum `json:"grand_refunds"`
	// First and Last are the journal's records that it is about, Head the hash of the last.
	First uint64        `json:"first"`
	Last  uint64        `json:"last"`
	Head  protocol.Hash `json:"head"`
	// Previous is the hash of the signed Z before; zeros before the first.
	Previous protocol.Hash `json:"previous,omitzero"`
}

// RailLine is what came in and went out by one way of paying.
type RailLine struct {
	Rail      sale.Rail    `json:"rail"`
	Count     int          `json:"count"`
	Sum       protocol.Sum `json:"sum"`
	Refunds   int          `json:"refunds"`
	RefundSum protocol.Sum `json:"refund_sum"`
}

// TaxLine is the tax of one rate in the sales.
type TaxLine struct {
	Rate int32        `json:"rate"` // basis points
	Net  protocol.Sum `json:"net"`
	Tax  protocol.Sum `json:"tax"`
}

// RefusalLine counts sales that came to nothing.
type RefusalLine struct {
	Reason sale.Reason `json:"reason,omitempty"`
	Count  int         `json:"count"`
}

// OpenLine is a sale or refund whose end nobody knows.
type OpenLine struct {
	Sale   uint64          `json:"sale"`
	Refund bool            `json:"refund,omitzero"`
	Amount protocol.Amount `json:"amount"`
	Since  time.Time       `json:"since"`
}

// Drawer is the cash: a shift's, and what went in and out between. Expected is Float, Sales
// and In less Refunds and Out; it may be less than nothing. Difference is Counted less
// Expected. An X is Uncounted, and so is a Z whose cash nobody has counted.
type Drawer struct {
	staff.Drawer
	Sales    protocol.Sum `json:"sales"`
	Refunds  protocol.Sum `json:"refunds"`
	In       protocol.Sum `json:"in"`
	Out      protocol.Sum `json:"out"`
	Expected protocol.Sum `json:"expected"`
	// Opened is how often the drawer was opened without a sale.
	Opened int `json:"opened"`
}

// MarshalJSON has every sum, also of nothing: whoever reads a report wants to see it.
func (d Drawer) MarshalJSON() ([]byte, error) {
	type fields Drawer
	return json.Marshal(struct {
		fields
		Float      protocol.Sum `json:"float"`
		Counted    protocol.Sum `json:"counted"`
		Difference protocol.Sum `json:"difference"`
	}{fields(d), d.Float, d.Counted, d.Difference})
}

// Taken is the sum of all sales, Refunded of all refunds.
func (r Report) Taken() protocol.Sum {
	sum := protocol.Sum(0)
	for _, l := range r.Rails {
		sum += l.Sum
	}
	return sum
}

// Refunded is the sum of all refunds.
func (r Report) Refunded() protocol.Sum {
	sum := protocol.Sum(0)
	for _, l := range r.Rails {
		sum += l.RefundSum
	}
	return sum
}
