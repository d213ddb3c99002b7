package screens

import (
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/money"
)

// bill is what has been touched so far; what is keyed beside it is a money.Entry.
// It is a value: each change is another bill.
type bill struct{ lines []sale.Item }

// mostOf is how many of one item a line takes.
const mostOf = 999

// add puts one more of an item on the bill: to its line, or as a new one at the end.
func (b bill) add(i sale.Item, keyed int64) (bill, error) {
	for n, l := range b.lines {
		if l.Text == i.Text && l.Each == i.Each && l.Tax == i.Tax {
			return b.change(n, 1, keyed)
		}
	}
	if len(b.lines) >= sale.MaxItems {
		return b, money.ErrTooLarge
	}
	next := bill{append(append([]sale.Item{}, b.lines...), i)}
	if !next.fits(keyed) {
		return b, money.ErrTooLarge
	}
	return next, nil
}

// change makes line n more or less; one of which nothing is left goes.
func (b bill) change(n int, by, keyed int64) (bill, error) {
	if n < 0 || n >= len(b.lines) {
		return b, nil
	}
	next := bill{append([]sale.Item{}, b.lines...)}
	next.lines[n].Quantity += by
	switch quantity := next.lines[n].Quantity; {
	case quantity > mostOf:
		return b, money.ErrTooLarge
	case quantity <= 0:
		next.lines = append(next.lines[:n], next.lines[n+1:]...)
	}
	if !next.fits(keyed) {
		return b, money.ErrTooLarge
	}
	return next, nil
}

// fits says whether the bill with what was keyed beside it is still an amount of money.
func (b bill) fits(keyed int64) bool { return b.sum()+keyed <= money.MaxMinor }

// sum is what the lines cost together, minor units. It is far from the end of 64 bits:
// 200 lines of 999 at most 10¹⁰ each.
func (b bill) sum() (sum int64) {
	for _, l := range b.lines {
		sum += int64(l.Sum())
	}
	return sum
}

func (b bill) empty() bool { return len(b.lines) == 0 }

// charged is the bill with what was keyed beside it and a tip, for the till. What was keyed
// alone and has no tax in it is just an amount.
func (b bill) charged(keyed int64, word string, tax int32, tip int64) sale.Bill {
	whole := sale.Bill{Amount: protocol.Amount(b.sum() + keyed + tip), Tip: protocol.Amount(tip)}
	if b.empty() && tax == 0 {
		return whole
	}
	whole.Items = append(whole.Items, b.lines...)
	if keyed > 0 {
		whole.Items = append(whole.Items, sale.Item{Text: word, Quantity: 1, Each: protocol.Amount(keyed), Tax: tax})
	}
	return whole
}

// tipOf is a share of an amount in whole minor units, halves up.
func tipOf(minor int64, percent int) int64 { return (minor*int64(percent) + 50) / 100 }
