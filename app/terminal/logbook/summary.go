package logbook

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

// summary is what is known of a block without reading it: whether anything in it can
// be chosen, or all of it is, and what it comes to. Its fields have fixed sizes: it is
// stored as it is.
type summary struct {
	Used, Refunds                uint32
	MinAt, MaxAt                 int64
	MinAmount, MaxAmount         int64
	MinReference, MaxReference   uint64
	Rails, Endings               uint64 // a bit for each that occurs
	Cashiers, Reasons            uint64
	States                       [8]uint32
	Sum                          int64
	Currency                     uint16 // of all of its rows; 0: there are several
	_                            [6]byte
	MinOf, MaxOf, MinRef, MaxRef uint64 // of what its refunds are of
}

// summarise looks at all rows of a block.
func (x *index) summarise(b block) summary {
	var s summary
	several := false
	for n := range blockRows {
		if !b.used(n) {
			continue
		}
		at, amount, currency := b.i64(colAt, n), b.i64(colAmount, n), b.u16(colCurrency, n)
		if s.Used == 0 {
			s.MinAt, s.MaxAt, s.MinAmount, s.MaxAmount, s.Currency = at, at, amount, amount, currency
		}
		s.Used++
		s.MinAt, s.MaxAt = min(s.MinAt, at), max(s.MaxAt, at)
		s.MinAmount, s.MaxAmount = min(s.MinAmount, amount), max(s.MaxAmount, amount)
		spread(&s.MinReference, &s.MaxReference, b.u64(colReference, n))
		s.Rails |= bit(uint16(b.u8(colRail, n)))
		s.Endings |= bit(uint16(b.u8(colEnding, n)))
		s.Cashiers |= bit(b.u16(colCashier, n))
		s.Reasons |= bit(b.u16(colReason, n))
		s.States[b.u8(colState, n)%8]++
		s.Sum += x.worth(b, n)
		several = several || currency != s.Currency
		if b.u8(colFlags, n)&flagRefund != 0 {
			s.Refunds++
			spread(&s.MinOf, &s.MaxOf, b.u64(colOf, n))
			spread(&s.MinRef, &s.MaxRef, b.u64(colOfReference, n))
		}
	}
	if several {
		s.Currency = 0
	}
	return s
}

// spread widens a range by a number, unless that is 0.
func spread(least, most *uint64, v uint64) {
	if v != 0 {
		if *least == 0 || v < *least {
			*least = v
		}
		*most = max(*most, v)
	}
}

// worth is what a row adds to a sum: paid sales, less refunds that were made.
func (x *index) worth(b block, n int) int64 {
	refund := b.u8(colFlags, n)&flagRefund != 0
	switch ending := b.u8(colEnding, n); {
	case ending == x.paid && !refund:
		return b.i64(colAmount, n)
	case ending == x.refunded && refund:
		return -b.i64(colAmount, n)
	}
	return 0
}

func (s summary) encode() ([]byte, error) {
	var w bytes.Buffer
	err := binary.Write(&w, binary.LittleEndian, s)
	return w.Bytes(), err
}

func decodeSummary(b []byte) (s summary, err error) {
	if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, &s); err != nil {
		return s, fmt.Errorf("%w: summary: %v", store.ErrDamaged, err)
	}
	return s, nil
}

// The states by number, as a column keeps them.
const (
	stateOver = iota
	stateOpen
	stateUnknown
	stateReversal
	stateUncleared
	stateUncredited
)

// stateOf reads a state's number back.
func stateOf(n uint8) State {
	switch n {
	case stateOpen:
		return Underway
	case stateUnknown:
		return Unknown
	case stateReversal:
		return Reversal
	case stateUncleared:
		return Uncleared
	case stateUncredited:
		return Uncredited
	}
	return Over
}

// standing says what remains to be done after an entry, by number.
func standing(e sale.Entry) uint8 {
	switch e.Event {
	case sale.EventUnknown, sale.EventTapTorn, sale.EventRefundUnknown:
		return stateUnknown
	case sale.EventReversal:
		return stateReversal
	case sale.EventTapResult, sale.EventTapFound, sale.EventTapAbandoned:
		return stateUncleared
	case sale.EventTapUncleared:
		return stateUncredited
	case sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventFinger, sale.EventSubmission,
		sale.EventTapPay, sale.EventRefundAsked, sale.EventRefundSent:
		return stateOpen
	case sale.EventTapAnswered, sale.EventTapNever:
		if e.Ending == "" { // nothing was deducted: it is offered again
			return stateOpen
		}
	}
	return stateOver // also a tap that was given up and reported: nothing was sold, and settlement knows
}

// early says that a sale is open and nobody waits for its end: should the terminal
// stop, the sale has ended with this entry.
func early(e sale.Entry) bool { return standing(e) == stateOpen && e.Over() }
