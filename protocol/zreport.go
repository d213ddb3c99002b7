package protocol

import (
	"errors"
	"fmt"
)

// Limits of a Z report.
const (
	MaxZRefusals    = 128  // reasons
	MaxZReason      = 32   // bytes of a reason
	MaxZOpen        = 1024 // sales whose end nobody knows
	MaxZDifferences = 64   // sentences
	MaxZDifference  = 240  // bytes of a sentence
)

// ZReport, by a terminal, is what was taken in a shift that is closed. It is kept in the
// terminal's journal and goes nowhere else; the journal's head, which settlement holds, stands
// for it. Zs are numbered without gaps, and each names the one before, so that one that is
// missing or was changed shows: VerifyZReport.
//
// Sums are minor units of Currency. A sale is in the Z in whose records its end lies.
type ZReport struct {
	// Number is 1, 2, 3 … for a terminal.
	Number   uint64 `cbor:"1,keyasint"`
	Terminal ID     `cbor:"2,keyasint"`
	Shift    ZShift `cbor:"3,keyasint"`
	// Records are those of the journal that the report is of. The first Z's begin with the
	// first, and every other's with the one after the last of the Z before.
	Records ZRecords `cbor:"4,keyasint"`
	// Previous is the hash of the Z before; zeros in the first.
	Previous Hash     `cbor:"5,keyasint"`
	Currency Currency `cbor:"6,keyasint"`
	// Scan, Tap and Cash are the ways to pay.
	Scan ZRail `cbor:"7,keyasint"`
	Tap  ZRail `cbor:"8,keyasint"`
	Cash ZRail `cbor:"9,keyasint"`
	// Taxes are those in the sales, by ascending rate, each once.
	Taxes []ZTax `cbor:"10,keyasint"`
	// Refusals count sales that came to nothing, by ascending reason, each once; at most
	// MaxZRefusals.
	Refusals []ZRefusal `cbor:"11,keyasint"`
	Drawer   ZDrawer    `cbor:"12,keyasint"`
	// Open are the sales and refunds whose end nobody knows, by ascending number; they are in
	// no sum. At most MaxZOpen.
	Open []ZOpen `cbor:"13,keyasint"`
	// Differences are sentences about what does not agree, with settlement or within the
	// terminal: at most MaxZDifferences of 1 to MaxZDifference bytes.
	Differences []string `cbor:"14,keyasint"`
	Grand       ZGrand   `cbor:"15,keyasint"`
	// Made is when the report was made, which may be long after the shift was closed.
	Made Time `cbor:"16,keyasint"`
}

// ZShift is the shift that was closed.
type ZShift struct {
	_                  struct{} `cbor:",toarray"`
	Number             uint64
	Opened, Closed     Time
	OpenedBy, ClosedBy ID
}

// ZRecords are records of the journal, First and Last included, and the chain's hash of the
// last.
type ZRecords struct {
	_           struct{} `cbor:",toarray"`
	First, Last uint64
	Head        Hash
}

// ZRail is how many sales one way of paying had, what they came to and what of it were tips;
// how many refunds, and what they came to.
type ZRail struct {
	_        struct{} `cbor:",toarray"`
	Count    uint64
	Sum      Sum
	Tips     Sum
	Refunds  uint64
	Refunded Sum
}

// ZTax is the tax of one rate, in basis points, in all sales: Net and Tax are their price.
type ZTax struct {
	_        struct{} `cbor:",toarray"`
	Rate     uint16
	Net, Tax Sum
}

// ZRefusal counts sales that came to nothing for one reason, a word of the terminal's; "" are
// those without one, which were cancelled.
type ZRefusal struct {
	_      struct{} `cbor:",toarray"`
	Reason string
	Count  uint64
}

// ZDrawer is the cash beside sales and refunds: what was in the drawer at the beginning, put
// in, taken out, counted at the end (nil where nobody has), and how often it was opened
// without a sale.
type ZDrawer struct {
	_              struct{} `cbor:",toarray"`
	Float, In, Out Sum
	Counted        *Sum
	Opened         uint64
}

// ZOpen is a sale or refund whose end nobody knows.
type ZOpen struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Refund bool
	Amount Amount
	Since  Time
}

// ZGrand are the sums of all sales and of all refunds of all Zs in one currency up to this one.
// Neither ever falls.
type ZGrand struct {
	_               struct{} `cbor:",toarray"`
	Sales, Refunded Sum
}

func (ZReport) context() string { return "cs1/z-report" }

func (z ZReport) validate() error {
	if err := errors.Join(validCount(z.Number, 1, "number"), z.Terminal.validate("terminal"), z.Shift.validate(), z.Records.validate(),
		z.Currency.validate(), z.Scan.validate(), z.Tap.validate(), z.Cash.validate(), z.Drawer.validate(), z.Made.validate("made")); err != nil {
		return err
	}
	if (z.Number == 1) != (z.Previous == Hash{}) || (z.Number == 1) != (z.Records.First == 1) {
		return outOfRange("the first has none before it, and every other one has")
	}
	if z.Taxes == nil {
		return outOfRange("taxes")
	}
	for i, t := range z.Taxes {
		if err := errors.Join(validSum(t.Net, "net"), validSum(t.Tax, "tax")); err != nil {
			return err
		}
		if t.Rate > 10_000 || i > 0 && z.Taxes[i-1].Rate >= t.Rate {
			return outOfRange("rate of tax, or their order")
		}
	}
	if z.Refusals == nil || len(z.Refusals) > MaxZRefusals {
		return outOfRange("refusals")
	}
	for i, r := range z.Refusals {
		if err := validCount(r.Count, 1, "count of refusals"); err != nil {
			return err
		}
		if r.Reason != "" && !validText(r.Reason, 1, MaxZReason) || i > 0 && z.Refusals[i-1].Reason >= r.Reason {
			return outOfRange("reason, or their order")
		}
	}
	return z.validateOpen()
}

// validateOpen looks at the lists of what is not as it should be, and at the grand totals.
func (z ZReport) validateOpen() error {
	if z.Open == nil || len(z.Open) > MaxZOpen {
		return outOfRange("open")
	}
	for i, o := range z.Open {
		if err := errors.Join(validCount(o.Number, 1, "number"), o.Amount.validate(), o.Since.validate("since")); err != nil {
			return err
		}
		if i > 0 && z.Open[i-1].Number >= o.Number {
			return outOfRange("open sales are not in order")
		}
	}
	if z.Differences == nil || len(z.Differences) > MaxZDifferences {
		return outOfRange("differences")
	}
	for _, d := range z.Differences {
		if !validText(d, 1, MaxZDifference) {
			return outOfRange("difference")
		}
	}
	if err := errors.Join(validSum(z.Grand.Sales, "grand total"), validSum(z.Grand.Refunded, "grand total of refunds")); err != nil {
		return err
	}
	if sold, refunded := z.Sold(), z.Refunded(); z.Grand.Sales < sold || z.Grand.Refunded < refunded ||
		z.Number == 1 && (z.Grand.Sales != sold || z.Grand.Refunded != refunded) {
		return outOfRange("grand total is not that of the Zs")
	}
	return nil
}

// Sold is the sum of all sales of the report.
func (z ZReport) Sold() Sum { return z.Scan.Sum + z.Tap.Sum + z.Cash.Sum }

// Refunded is the sum of all its refunds.
func (z ZReport) Refunded() Sum { return z.Scan.Refunded + z.Tap.Refunded + z.Cash.Refunded }

// Expected is the cash that should be in the drawer; it may be less than nothing.
func (z ZReport) Expected() Sum {
	return z.Drawer.Float + z.Drawer.In - z.Drawer.Out + z.Cash.Sum - z.Cash.Refunded
}

func (s ZShift) validate() error {
	return errors.Join(validCount(s.Number, 1, "shift"), s.Opened.validate("opened"), s.Closed.validate("closed"),
		s.OpenedBy.validate("opened by"), s.ClosedBy.validate("closed by"))
}

func (r ZRecords) validate() error {
	if err := errors.Join(validCount(r.First, 1, "first record"), validCount(r.Last, 1, "last record")); err != nil {
		return err
	}
	if r.Last < r.First || r.Head == (Hash{}) {
		return outOfRange("records")
	}
	return nil
}

func (r ZRail) validate() error {
	for _, s := range [...]struct {
		count uint64
		sum   Sum
	}{{r.Count, r.Sum}, {r.Refunds, r.Refunded}} {
		// Each amount is 1 to MaxMinor, so count and sum bound each other.
		if err := errors.Join(validCount(s.count, 0, "count"), validSum(s.sum, "sum")); err != nil {
			return err
		}
		if s.count > uint64(s.sum) || (uint64(s.sum)+MaxMinor-1)/MaxMinor > s.count {
			return outOfRange("sum")
		}
	}
	if r.Tips < 0 || r.Tips > r.Sum {
		return outOfRange("tips")
	}
	return nil
}

func (d ZDrawer) validate() error {
	if err := errors.Join(validSum(d.Float, "float"), validSum(d.In, "cash in"), validSum(d.Out, "cash out"), validCount(d.Opened, 0, "opened")); err != nil {
		return err
	}
	if d.Counted != nil {
		return validSum(*d.Counted, "counted")
	}
	return nil
}

func validSum(s Sum, field string) error {
	if s < 0 || s > maxSum {
		return outOfRange(field)
	}
	return nil
}

// VerifyZReport checks that the Z was signed by the terminal's key and that it is the one
// after before (nil for the first): the next number, the hash, the records from where those
// end, and grand totals that are those of before and its own, or its own alone in another
// currency. ErrOtherRequest says that it is not.
func VerifyZReport(z *Signed[ZReport], terminal Key, before *Signed[ZReport]) (ZReport, error) {
	report, err := z.Verify(terminal)
	if err != nil {
		return ZReport{}, err
	}
	number, previous, first, grand := uint64(1), Hash{}, uint64(1), ZGrand{Sales: report.Sold(), Refunded: report.Refunded()}
	if before != nil {
		b := before.Unverified()
		number, previous, first = b.Number+1, before.Hash(), b.Records.Last+1
		if b.Currency == report.Currency {
			grand.Sales, grand.Refunded = grand.Sales+b.Grand.Sales, grand.Refunded+b.Grand.Refunded
		}
		if b.Terminal != report.Terminal {
			return ZReport{}, fmt.Errorf("%w: Z of terminal %q", ErrOtherRequest, report.Terminal)
		}
	}
	switch {
	case report.Number != number || report.Previous != previous:
		return ZReport{}, fmt.Errorf("%w: Z %d does not follow Z %d", ErrOtherRequest, report.Number, number-1)
	case report.Records.First != first:
		return ZReport{}, fmt.Errorf("%w: Z %d begins with record %d, not %d", ErrOtherRequest, report.Number, report.Records.First, first)
	case report.Grand != grand:
		return ZReport{}, fmt.Errorf("%w: Z %d has grand totals %d and %d, not %d and %d", ErrOtherRequest, report.Number,
			report.Grand.Sales, report.Grand.Refunded, grand.Sales, grand.Refunded)
	}
	return report, nil
}
