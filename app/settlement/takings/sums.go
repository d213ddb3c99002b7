package takings

import (
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Kept is how far back sums go: 31 days in any time zone, and some more.
const Kept = 33 * 24 * time.Hour

// quarter is the step of the sums, seconds: every time zone in use is off UTC by a
// multiple of it.
const quarter = 15 * 60

// Rail is how customers paid.
type Rail uint8

// The rails that settlement knows.
const (
	RailScan Rail = 1
	RailTap  Rail = 2
)

// String is the rail's key.
func (r Rail) String() string {
	if r == RailTap {
		return "tap"
	}
	return "scan"
}

// Sums are what moved, in minor units of the merchant's currency, and how often.
type Sums struct {
	Paid, Reversed, Refunded                int64
	PaidCount, ReversedCount, RefundedCount int
}

// Net is what stays with the merchant; it can be below zero when more was given
// back than paid.
func (s Sums) Net() int64 { return s.Paid - s.Reversed - s.Refunded }

// Zero says that nothing moved.
func (s Sums) Zero() bool { return s == Sums{} }

// Plus adds up.
func (s Sums) Plus(o Sums) Sums {
	return Sums{s.Paid + o.Paid, s.Reversed + o.Reversed, s.Refunded + o.Refunded,
		s.PaidCount + o.PaidCount, s.ReversedCount + o.ReversedCount, s.RefundedCount + o.RefundedCount}
}

// who took what, and how.
type who struct {
	terminal protocol.ID
	rail     Rail
}

// merchant is one merchant's sums. Its takers are numbered, so that a month is added up
// without looking at names.
type merchant struct {
	numbers map[who]int
	takers  []who
	// quarters are by their beginning, Unix seconds.
	quarters map[int64][]cell
}

// cell is what a taker took in a quarter of an hour.
type cell struct {
	taker int
	Sums
}

func newMerchant() *merchant {
	return &merchant{numbers: map[who]int{}, quarters: map[int64][]cell{}}
}

func (m *merchant) add(at protocol.Time, w who, s Sums) {
	n, known := m.numbers[w]
	if !known {
		n = len(m.takers)
		m.numbers[w], m.takers = n, append(m.takers, w)
	}
	begins := int64(at) - int64(at)%quarter
	cells := m.quarters[begins]
	for i := range cells {
		if cells[i].taker == n {
			cells[i].Sums = cells[i].Plus(s)
			return
		}
	}
	m.quarters[begins] = append(cells, cell{n, s})
}

// of says whose takings an entry changed, by how much; ok is false for an entry that
// is nobody's.
func of(e ledger.Entry) (account ledger.AccountID, w who, s Sums, ok bool) {
	w = who{e.Terminal(), RailScan}
	amount := int64(e.Amount)
	switch e.Kind {
	case ledger.EntryPayment:
		return e.Credit, w, Sums{Paid: amount, PaidCount: 1}, true
	case ledger.EntryReversal:
		return e.Debit, w, Sums{Reversed: amount, ReversedCount: 1}, true
	case ledger.EntryRefund:
		return e.Debit, w, Sums{Refunded: amount, RefundedCount: 1}, true
	case ledger.EntryTap:
		w.rail = RailTap
		return e.Credit, w, Sums{Paid: amount, PaidCount: 1}, true
	case ledger.EntryTapRefund:
		w.rail = RailTap
		return e.Debit, w, Sums{Refunded: amount, RefundedCount: 1}, true
	}
	return "", w, s, false
}
