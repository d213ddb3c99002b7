package sale

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"countersign/protocol"
)

// Rail is a way to pay.
type Rail string

// The ways to pay. One whose holder is verified by the phone's PIN is RailScan.
const (
	RailScan Rail = "scan"
	RailTap  Rail = "tap"
	RailCash Rail = "cash"
)

// Limits of a bill.
const (
	MaxItems    = 200     // items
	MaxItemText = 80      // bytes of an item's text
	MaxQuantity = 100_000 // of one item
	MaxTax      = 10_000  // basis points: as much tax as price
)

// Item is a line of a bill.
type Item struct {
	// Text is 1 to MaxItemText bytes of UTF-8 without control characters.
	Text string `json:"text"`
	// Quantity is 1 to MaxQuantity.
	Quantity int64 `json:"quantity"`
	// Each is the price of one in minor units, its tax included; 0 for what is given away.
	Each protocol.Amount `json:"each"`
	// Tax is the rate in basis points, 0 to MaxTax: 1900 is 19 %.
	Tax int32 `json:"tax,omitzero"`
}

// Sum is the price of all of them.
func (i Item) Sum() protocol.Amount { return protocol.Amount(i.Quantity) * i.Each }

// TaxLine is the tax of one rate that is in an amount: Net and Tax are what the items of
// that rate cost together.
type TaxLine struct {
	Rate int32           `json:"rate,omitzero"` // basis points
	Net  protocol.Amount `json:"net"`
	Tax  protocol.Amount `json:"tax"`
}

// Bill is what is charged: Amount, of which Tip is one, for Items. A bill without items is
// for the amount alone, and says nothing of tax.
type Bill struct {
	Amount, Tip protocol.Amount
	Items       []Item
}

// Equal says whether two bills charge the same for the same items in the same order.
func (b Bill) Equal(other Bill) bool {
	return b.Amount == other.Amount && b.Tip == other.Tip && slices.Equal(b.Items, other.Items)
}

// ErrBill says that a bill is out of range, or does not add up.
var ErrBill = errors.New("bill does not add up")

// Check says whether the bill can be charged: an amount of 1 to protocol.MaxMinor, no tip
// greater than it, and the sum of the items with the tip just that amount. Errors:
// protocol.ErrRange for an amount or a tip, ErrBill.
func (b Bill) Check() error {
	switch {
	case b.Amount < 1 || b.Amount > protocol.MaxMinor:
		return fmt.Errorf("bill: %w: amount %d", protocol.ErrRange, b.Amount)
	case b.Tip < 0 || b.Tip > b.Amount:
		return fmt.Errorf("bill: %w: tip %d of %d", protocol.ErrRange, b.Tip, b.Amount)
	case len(b.Items) > MaxItems:
		return fmt.Errorf("%w: %d items", ErrBill, len(b.Items))
	case len(b.Items) == 0:
		return nil
	}
	sum := b.Tip
	for n, i := range b.Items {
		if err := i.check(); err != nil {
			return fmt.Errorf("%w: item %d: %w", ErrBill, n+1, err)
		}
		if sum += i.Sum(); sum > protocol.MaxMinor { // far from the end of 64 bits, at each step
			return fmt.Errorf("%w: the items are more than %d", ErrBill, int64(protocol.MaxMinor))
		}
	}
	if sum != b.Amount {
		return fmt.Errorf("%w: items and tip are %d, the amount is %d", ErrBill, sum, b.Amount)
	}
	return nil
}

func (i Item) check() error {
	switch {
	case i.Text == "" || len(i.Text) > MaxItemText || !utf8.ValidString(i.Text):
		return fmt.Errorf("text of %d bytes", len(i.Text))
	case slices.ContainsFunc([]rune(i.Text), unicode.IsControl):
		return errors.New("control characters in the text")
	case i.Quantity < 1 || i.Quantity > MaxQuantity:
		return fmt.Errorf("quantity %d", i.Quantity)
	case i.Each < 0 || i.Each > protocol.MaxMinor:
		return fmt.Errorf("price %d", i.Each)
	case i.Tax < 0 || i.Tax > MaxTax:
		return fmt.Errorf("tax %d", i.Tax)
	}
	return nil
}

// Tax is the tax in the bill, one line a rate, by rate; none without items. It is computed
// from what all items of a rate cost together: price × rate / (10000 + rate) in whole minor
// units, halves up; net is the rest, so that both are exactly the price. There is none in a
// tip. The bill must hold (Check).
func (b Bill) Tax() []TaxLine {
	prices := map[int32]protocol.Amount{}
	for _, i := range b.Items {
		prices[i.Tax] += i.Sum()
	}
	var lines []TaxLine
	for _, rate := range slices.Sorted(maps.Keys(prices)) {
		lines = append(lines, taxIn(prices[rate], rate))
	}
	return lines
}

// taxIn divides a price: at most MaxMinor × MaxTax × 2, which is far inside 64 bits.
func taxIn(price protocol.Amount, rate int32) TaxLine {
	divisor := protocol.Amount(10_000 + rate)
	tax := (price*protocol.Amount(rate)*2 + divisor) / (2 * divisor)
	return TaxLine{Rate: rate, Net: price - tax, Tax: tax}
}
