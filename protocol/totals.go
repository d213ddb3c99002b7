package protocol

import (
	"fmt"
	"time"
)

// Limits of totals.
const (
	// MaxTotalsPeriod is the longest period that totals are asked about.
	MaxTotalsPeriod = 32 * 24 * time.Hour
	// MaxTotalsLines is how many lines a page has at most.
	MaxTotalsLines = 256
	// MaxTotalsSums is how many currencies totals have at most.
	MaxTotalsSums = 64
	// MaxTotalMinor is the largest sum, in minor units: 2^53, exact in every
	// spreadsheet.
	MaxTotalMinor = 1 << 53
)

// TotalsQuery, by a terminal, asks what settlement booked for it in a period, so
// that a day is compared sale by sale.
type TotalsQuery struct {
	// From and To bound the period, half open: From ≤ Decided < To, by the
	// Decided time of settlement's own answers, which both sides hold. At most
	// MaxTotalsPeriod.
	From Time `cbor:"1,keyasint"`
	To   Time `cbor:"2,keyasint"`
	// After is the sequence of the last line already seen; 0 begins.
	After uint64 `cbor:"3,keyasint"`
	Sent  Time   `cbor:"4,keyasint"`
}

func (TotalsQuery) context() string { return "cs1/totals-query" }

func (q TotalsQuery) validate() error {
	if err := validatePeriod(q.From, q.To); err != nil {
		return err
	}
	return q.Sent.validate("sent")
}

func validatePeriod(from, to Time) error {
	if err := to.validate("to"); err != nil {
		return err
	}
	if from >= to || to-from > Time(MaxTotalsPeriod/time.Second) {
		return outOfRange("period")
	}
	return nil
}

// TotalsKind says what a line of totals is.
type TotalsKind uint8

// The kinds of line.
const (
	TotalsPayment  TotalsKind = 2 // the money of a sale moved to the merchant
	TotalsReversal TotalsKind = 3 // all of it went back, because the sale was taken back
	TotalsRefund   TotalsKind = 4 // all or part of it was given back
)

// String returns the kind as lists show it.
func (k TotalsKind) String() string {
	switch k {
	case TotalsPayment:
		return "payment"
	case TotalsReversal:
		return "reversal"
	case TotalsRefund:
		return "refund"
	}
	return fmt.Sprintf("totals kind %d", uint8(k))
}

// TotalsLine is money that settlement moved at the terminal's word.
type TotalsLine struct {
	_ struct{} `cbor:",toarray"`
	// Sequence orders the lines; it is settlement's, from 1, with gaps.
	Sequence uint64
	Kind     TotalsKind
	// Reference is settlement's number for the sale, and Request the sale's
	// request. The sale of a refund may have been another terminal's of the same
	// merchant.
	Reference uint64
	Request   Hash
	Amount    Amount
	Currency  Currency
	Decided   Time
	// Refund is the refund's key; nil for all but refunds.
	Refund *Code
}

func (l TotalsLine) validate() error {
	if l.Sequence == 0 {
		return outOfRange("sequence")
	}
	if l.Kind < TotalsPayment || l.Kind > TotalsRefund {
		return outOfRange("kind")
	}
	if l.Reference == 0 {
		return outOfRange("reference")
	}
	if (l.Refund != nil) != (l.Kind == TotalsRefund) {
		return outOfRange("a refund's key belongs to a refund")
	}
	if err := l.Amount.validate(); err != nil {
		return err
	}
	return l.Currency.validate()
}

// TotalsSum is what moved in one currency: how many lines of each kind and their
// sum in minor units, 0 to MaxTotalMinor.
type TotalsSum struct {
	_                       struct{} `cbor:",toarray"`
	Currency                Currency
	PaidCount, Paid         uint64
	ReversedCount, Reversed uint64
	RefundedCount, Refunded uint64
}

func (s TotalsSum) validate() error {
	if err := s.Currency.validate(); err != nil {
		return err
	}
	for _, kind := range [...][2]uint64{{s.PaidCount, s.Paid}, {s.ReversedCount, s.Reversed}, {s.RefundedCount, s.Refunded}} {
		// Each amount is 1 to MaxMinor, so count and sum bound each other.
		count, minor := kind[0], kind[1]
		if minor > MaxTotalMinor || count > minor || (minor+MaxMinor-1)/MaxMinor > count {
			return outOfRange("sum")
		}
	}
	if s.PaidCount == 0 && s.ReversedCount == 0 && s.RefundedCount == 0 {
		return outOfRange("sum of nothing")
	}
	return nil
}

// Add returns the sum with one line more. It is for those who check sums; it
// does not look at the line's currency, nor at limits.
func (s TotalsSum) Add(l TotalsLine) TotalsSum {
	switch l.Kind {
	case TotalsPayment:
		s.PaidCount, s.Paid = s.PaidCount+1, s.Paid+uint64(l.Amount)
	case TotalsReversal:
		s.ReversedCount, s.Reversed = s.ReversedCount+1, s.Reversed+uint64(l.Amount)
	case TotalsRefund:
		s.RefundedCount, s.Refunded = s.RefundedCount+1, s.Refunded+uint64(l.Amount)
	}
	return s
}
