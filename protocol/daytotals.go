package protocol

import (
	"fmt"
	"slices"
	"time"
)

// DayTotals is settlement's signed answer to a TotalsQuery: one page of what it
// booked for the terminal in the period, and the sums of all pages. Signed, it
// is evidence: of every sale, and of there being no other.
type DayTotals struct {
	Terminal ID     `cbor:"1,keyasint"`
	From     Time   `cbor:"2,keyasint"`
	To       Time   `cbor:"3,keyasint"`
	After    uint64 `cbor:"4,keyasint"`
	// Lines are those after After, by ascending sequence, at most
	// MaxTotalsLines.
	Lines []TotalsLine `cbor:"5,keyasint"`
	// More says that the period has lines after the last one here.
	More bool `cbor:"6,keyasint"`
	// Sums are those of the whole period, not of the page, by ascending currency,
	// one for each currency that moved.
	Sums    []TotalsSum `cbor:"7,keyasint"`
	Decided Time        `cbor:"8,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"9,keyasint"`
}

func (DayTotals) context() string { return "cs1/totals" }

func (d DayTotals) validate() error {
	if err := d.Terminal.validate("terminal"); err != nil {
		return err
	}
	if err := validatePeriod(d.From, d.To); err != nil {
		return err
	}
	if d.Lines == nil || len(d.Lines) > MaxTotalsLines || d.More && len(d.Lines) == 0 {
		return outOfRange("lines")
	}
	last := d.After
	for _, l := range d.Lines {
		if err := l.validate(); err != nil {
			return err
		}
		if l.Sequence <= last {
			return outOfRange("lines are not in order")
		}
		if l.Decided < d.From || l.Decided >= d.To {
			return outOfRange("line is not of the period")
		}
		last = l.Sequence
	}
	if d.Sums == nil || len(d.Sums) > MaxTotalsSums {
		return outOfRange("sums")
	}
	for i, s := range d.Sums {
		if err := s.validate(); err != nil {
			return err
		}
		if i > 0 && d.Sums[i-1].Currency >= s.Currency {
			return outOfRange("sums are not in order")
		}
	}
	if d.After == 0 && !d.More && !slices.Equal(SumTotals(d.Lines), d.Sums) {
		return outOfRange("sums are not those of the lines")
	}
	return d.Decided.validate("decided")
}

// Closed says whether the period was over when settlement answered. Totals of a
// period that is not can still grow.
func (d DayTotals) Closed() bool { return d.Decided >= d.To }

// Next returns the cursor of the page after this one.
func (d DayTotals) Next() uint64 {
	if len(d.Lines) == 0 {
		return d.After
	}
	return d.Lines[len(d.Lines)-1].Sequence
}

// SumTotals adds lines up, in the order and form of DayTotals.Sums; without
// lines it is empty and not nil. Amounts are expected to be valid.
func SumTotals(lines []TotalsLine) []TotalsSum {
	sums := []TotalsSum{}
	for _, l := range lines {
		i, found := slices.BinarySearchFunc(sums, l.Currency, func(s TotalsSum, c Currency) int { return int(s.Currency) - int(c) })
		if !found {
			sums = slices.Insert(sums, i, TotalsSum{Currency: l.Currency})
		}
		sums[i] = sums[i].Add(l)
	}
	return sums
}

// VerifyDayTotals checks that the page was signed under the settlement
// certificate, which must itself be trusted now, and that it is the one that
// this terminal asked for (ErrOtherRequest).
func VerifyDayTotals(d *Signed[DayTotals], settlement *Signed[Certificate], terminal ID, query TotalsQuery, t Trust, now time.Time) (DayTotals, error) {
	totals, err := verifyAnswer(d, d.Unverified().Signer, settlement, t, now)
	if err != nil {
		return DayTotals{}, err
	}
	if totals.Terminal != terminal || totals.From != query.From || totals.To != query.To || totals.After != query.After {
		return DayTotals{}, fmt.Errorf("%w: totals of another terminal, period or page", ErrOtherRequest)
	}
	return totals, nil
}
