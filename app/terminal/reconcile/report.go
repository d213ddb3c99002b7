package reconcile

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"countersign/protocol"
)

// Line is money that moved, as one side has it.
type Line struct {
	// Number is the sale's or refund's on this terminal; 0 where only settlement
	// knows it.
	Number uint64 `json:"number,omitzero"`
	Kind   string `json:"kind"` // payment, reversal or refund
	// Reference is settlement's number for the sale.
	Reference uint64            `json:"reference,omitzero"`
	Amount    protocol.Amount   `json:"amount"`
	Currency  protocol.Currency `json:"currency"`
	Decided   time.Time         `json:"decided,omitzero"`

	key key
}

// key is what both sides know a line by.
type key struct {
	kind    protocol.TotalsKind
	request protocol.Hash // of a sale
	refund  protocol.Code // of a refund
}

// Pair is a line that both sides have, and not the same.
type Pair struct {
	Here  Line `json:"here"`
	There Line `json:"there"`
}

// Open is a sale or refund whose outcome is not known here.
type Open struct {
	Here Line `json:"here"`
	// There are settlement's lines about it in the period.
	There []Line `json:"there,omitempty"`
}

// Report is what came of it.
type Report struct {
	// From and To bound the period, half open. Closed says that it was over when
	// settlement answered.
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Closed bool      `json:"closed"`
	// Same counts the lines on which both sides agree.
	Same int `json:"same"`
	// What differs, in the order of time.
	OnlyHere  []Line `json:"-"`
	OnlyThere []Line `json:"-"`
	Different []Pair `json:"-"`
	Unknown   []Open `json:"-"`
	// There are settlement's signed sums.
	There []protocol.TotalsSum `json:"-"`
}

// Agrees says that both sides have the same, and that nothing is unknown.
func (r Report) Agrees() bool { return r.Differences() == 0 && len(r.Unknown) == 0 }

// Differences counts what is only here, only there, or different.
func (r Report) Differences() int { return len(r.OnlyHere) + len(r.OnlyThere) + len(r.Different) }

// Write prints a JSON object a line: each difference, each unknown one,
// settlement's sum for each currency, and at the end the summary.
func (r Report) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	var failed error
	put := func(v any) {
		if failed == nil {
			failed = encoder.Encode(v)
		}
	}
	for _, l := range r.OnlyHere {
		put(map[string]Line{"only_here": l})
	}
	for _, l := range r.OnlyThere {
		put(map[string]Line{"only_there": l})
	}
	for _, p := range r.Different {
		put(map[string]Pair{"different": p})
	}
	for _, o := range r.Unknown {
		put(map[string]Open{"unknown": o})
	}
	for _, s := range r.There {
		put(map[string]any{"settlement": map[string]any{
			"currency": s.Currency, "payments": s.PaidCount, "paid": s.Paid, "reversals": s.ReversedCount, "reversed": s.Reversed,
			"refunds": s.RefundedCount, "refunded": s.Refunded,
		}})
	}
	put(struct {
		Report
		OnlyHere  int  `json:"only_here"`
		OnlyThere int  `json:"only_there"`
		Different int  `json:"different"`
		Unknown   int  `json:"unknown"`
		Agrees    bool `json:"agrees"`
	}{r, len(r.OnlyHere), len(r.OnlyThere), len(r.Different), len(r.Unknown), r.Agrees()})
	if failed != nil {
		return fmt.Errorf("write report: %w", failed)
	}
	return nil
}
