package receipt

import (
	"fmt"
	"image"
	"time"

	"countersign/app/terminal/paper"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Shop is what stands at the head and foot of everything a shop prints.
type Shop struct {
	Name string
	// Address is lines as they are to be printed: street, town, telephone.
	Address []string
	// TaxNumber is printed where the shop has one.
	TaxNumber string
	// Footer is lines in place of "Thank you!".
	Footer []string
	// Logo stands above the name; one dot a pixel, 576 wide at most.
	Logo image.Image
}

// Facts are what a receipt is made of.
type Facts struct {
	Shop     Shop
	Terminal protocol.ID
	// Entry is the last one of the sale or refund, as sale.Sold and the journal have it.
	Entry sale.Entry
	// Refunds are the last entries of the refunds of this sale: those that were made are listed.
	Refunds []sale.Entry
	// Reprint says that it was printed before; Printed is when this copy is made.
	Reprint bool
	Printed time.Time
	// Training marks it as such also where the entry does not say so.
	Training bool
	// Code has the receipt's code for the phone printed, where there is one.
	Code bool
}

// writer gathers blocks in one language.
type writer struct {
	book     assets.Phrasebook
	where    *time.Location
	currency money.Currency
	blocks   []paper.Block
}

func newWriter(book assets.Phrasebook, where *time.Location, currency protocol.Currency) *writer {
	if where == nil {
		where = time.UTC
	}
	return &writer{book: book, where: where, currency: money.Currency(currency)}
}

func (w *writer) add(b ...paper.Block) { w.blocks = append(w.blocks, b...) }

// pair is a line with something at both edges.
func (w *writer) pair(left, right string) { w.add(paper.Text{Left: left, Right: right}) }

func (w *writer) strong(left, right string) {
	w.add(paper.Text{Left: left, Right: right, Bold: true})
}

func (w *writer) heading(text string) { w.add(paper.Text{Left: text, Bold: true}) }

func (w *writer) centre(text string) { w.add(paper.Text{Left: text, Align: paper.Centre}) }

// shout is white on black: heading and, below, what it means.
func (w *writer) shout(heading, text string) {
	w.add(paper.Text{Left: heading, Align: paper.Centre, Size: 2, Bold: true, Reverse: true})
	if text != "" {
		w.add(paper.Text{Left: text, Align: paper.Centre, Bold: true})
	}
}

// amount is money in the language; less than nothing has its sign before the currency's.
func (w *writer) amount(minor int64) string {
	a := money.Amount{Minor: minor, Currency: w.currency}
	if minor < 0 {
		a.Minor = -minor
		return "-" + a.Format(w.book.Tag())
	}
	return a.Format(w.book.Tag())
}

func (w *writer) time(t time.Time) string { return w.book.DateTime(t.In(w.where)) }
func (w *writer) date(t time.Time) string { return w.book.Date(t.In(w.where)) }

// Number is a sale's number as it is printed and shown: at least six digits; those of training, which count for
// themselves, begin with T.
func Number(number uint64, training bool) string {
	if training {
		return fmt.Sprintf("T%06d", number)
	}
	return fmt.Sprintf("%06d", number)
}

// rate is basis points in per cent, with no more decimals than there are: 19 %, 7.25 %.
func (w *writer) rate(basis int32) string {
	s := fmt.Sprintf("%d", basis/100)
	if rest := basis % 100; rest != 0 {
		mark := "."
		if w.book.Tag() == "de" {
			mark = ","
		}
		s += mark + fmt.Sprintf("%02d", rest)
		if rest%10 == 0 {
			s = s[:len(s)-1]
		}
	}
	if w.book.Tag() == "de" {
		return s + "\u00a0%"
	}
	return s + "%"
}

// head is the shop, and a line of when and where.
func (w *writer) head(s Shop) {
	if s.Logo != nil {
		w.add(paper.Image{Image: s.Logo}, paper.Space{})
	}
	w.add(paper.Text{Left: s.Name, Align: paper.Centre, Size: 2, Bold: true})
	for _, line := range s.Address {
		w.centre(line)
	}
	if s.TaxNumber != "" {
		w.centre(w.book.Say("receipt.tax-number", "number", s.TaxNumber))
	}
	w.add(paper.Space{})
}

func (w *writer) document(title string) paper.Document {
	w.add(paper.Cut{})
	return paper.Document{Title: title, Blocks: w.blocks}
}
