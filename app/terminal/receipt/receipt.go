package receipt

import (
	"fmt"
	"slices"
	"time"

	"countersign/app/terminal/paper"
	"countersign/app/terminal/sale"
	"countersign/assets"
)

// Document is what is printed of a sale or a refund, in the book's language and the shop's zone (nil is UTC): a receipt, or
// a slip that says that nothing was paid, or that nobody knows yet.
func Document(f Facts, book assets.Phrasebook, where *time.Location) paper.Document {
	w := newWriter(book, where, f.Entry.Currency)
	e, training := f.Entry, f.Training || f.Entry.Training
	w.training(training)
	w.head(f.Shop)
	if f.Reprint {
		w.shout(book.Say("receipt.copy.heading"), book.Say("receipt.copy.text", "time", w.time(f.Printed)))
		w.add(paper.Space{})
	}
	title := ""
	switch {
	case e.Refund != nil:
		title = w.refund(f)
	case e.Ending == sale.Paid || e.Ending == sale.Uncredited: // the wallet has paid, whoever is credited
		title = book.Say("receipt.title")
		w.paid(f)
	case e.Ending != "":
		title = book.Say("receipt.unpaid.heading")
		w.unpaid(f)
	default:
		title = book.Say("receipt.unknown.heading")
		w.shout(title, book.Say("receipt.unknown.text"))
		w.add(paper.Space{})
		w.about(f)
		w.strong(book.Say("receipt.unpaid.amount"), w.amount(int64(e.Amount)))
	}
	if training {
		w.add(paper.Space{})
	}
	w.training(training)
	return w.document(title + " " + Number(e.Sale, training))
}

func (w *writer) training(on bool) {
	if on {
		w.shout(w.book.Say("receipt.training.heading"), w.book.Say("receipt.training.text"))
		w.add(paper.Space{})
	}
}

// about is the sale's number, when, where and by whom.
func (w *writer) about(f Facts) {
	e := f.Entry
	w.pair(w.book.Say("receipt.number", "number", Number(e.Sale, f.Training || e.Training)), w.time(e.At))
	cashier := ""
	if e.Cashier != "" {
		cashier = w.book.Say("receipt.cashier", "cashier", e.Cashier)
	}
	if f.Terminal != "" {
		w.pair(w.book.Say("receipt.terminal", "terminal", f.Terminal), cashier)
	} else if cashier != "" {
		w.pair(cashier, "")
	}
	w.add(paper.Rule{})
}

func (w *writer) paid(f Facts) {
	e, book := f.Entry, w.book
	w.about(f)
	w.items(e)
	if e.Tip > 0 {
		w.pair(book.Say("receipt.subtotal"), w.amount(int64(e.Amount-e.Tip)))
		w.pair(book.Say("receipt.tip"), w.amount(int64(e.Tip)))
	}
	if len(e.Items) > 0 || e.Tip > 0 {
		w.add(paper.Rule{Heavy: true})
	}
	w.add(paper.Text{Left: book.Say("receipt.total"), Right: w.amount(int64(e.Amount)), Size: 2, Bold: true})
	w.add(paper.Space{})
	for i, line := range e.Tax {
		w.pair(book.Say("receipt.tax", "mark", mark(i), "rate", w.rate(line.Rate), "net", w.amount(int64(line.Net))), w.amount(int64(line.Tax)))
	}
	if len(e.Tax) > 0 {
		w.add(paper.Space{})
	}
	w.rail(e)
	if f.Code {
		if code := Code(e); code != "" && !f.Training {
			w.add(paper.Space{}, paper.QR{Text: code})
			w.centre(book.Say("receipt.code"))
		}
	}
	w.given(f.Refunds, e)
	w.add(paper.Space{})
	if len(f.Shop.Footer) == 0 {
		w.centre(book.Say("receipt.thanks"))
	}
	for _, line := range f.Shop.Footer {
		w.centre(line)
	}
}

// mark ties an item to the line of its tax: A, B, C …
func mark(i int) string {
	if i >= 26 {
		return fmt.Sprintf("A%d", i)
	}
	return string(rune('A' + i))
}

// items are the bill's lines; several of one have their price below.
func (w *writer) items(e sale.Entry) {
	for _, item := range e.Items {
		sum := w.amount(int64(item.Sum()))
		if i := slices.IndexFunc(e.Tax, func(l sale.TaxLine) bool { return l.Rate == item.Tax }); i >= 0 {
			sum += " " + mark(i)
		}
		w.pair(item.Text, sum)
		if item.Quantity != 1 {
			w.add(paper.Text{Left: w.book.Number(item.Quantity) + " × " + w.amount(int64(item.Each)), Indent: 2})
		}
	}
}

// rail is how it was paid, and settlement's number.
func (w *writer) rail(e sale.Entry) {
	book := w.book
	switch {
	case e.Rail() == sale.RailCash:
		w.heading(book.Say("receipt.rail.cash"))
		if e.Cash != nil && e.Cash.Given > 0 {
			w.pair(book.Say("receipt.given"), w.amount(int64(e.Cash.Given)))
			w.pair(book.Say("receipt.change"), w.amount(int64(e.Cash.Change)))
		}
	case e.Rail() == sale.RailTap:
		w.heading(book.Say("receipt.rail.tap"))
		if e.Tap != nil && e.Tap.Ending != "" {
			w.pair(book.Say("receipt.card"), "…"+e.Tap.Ending)
		}
	case e.ByPIN:
		w.heading(book.Say("receipt.rail.pin"))
	default:
		w.heading(book.Say("receipt.rail.scan"))
	}
	w.reference(e)
}

func (w *writer) reference(e sale.Entry) {
	if e.Reference != 0 {
		w.pair(w.book.Say("receipt.reference"), fmt.Sprint(e.Reference))
	}
}

// given are the refunds of the sale that were made, and what remains of it.
func (w *writer) given(refunds []sale.Entry, e sale.Entry) {
	left, any := e.Amount, false
	for _, r := range refunds {
		if r.Ending != sale.Refunded {
			continue
		}
		if !any {
			w.add(paper.Rule{})
		}
		any, left = true, left-r.Amount
		w.pair(w.book.Say("receipt.refund.made", "number", Number(r.Sale, r.Training), "date", w.date(r.At)), w.amount(-int64(r.Amount)))
	}
	if any {
		w.strong(w.book.Say("receipt.refund.remaining"), w.amount(int64(max(left, 0))))
	}
}

// unpaid is a slip for who was refused, cancelled or too late.
func (w *writer) unpaid(f Facts) {
	e, book := f.Entry, w.book
	text := book.Say("receipt.unpaid.text")
	switch e.Ending {
	case sale.Reversed:
		text = book.Say("receipt.unpaid.reversed")
	case sale.GivenUp:
		text = book.Say("receipt.unpaid.given-up")
	}
	w.shout(book.Say("receipt.unpaid.heading"), text)
	w.add(paper.Space{})
	w.about(f)
	w.strong(book.Say("receipt.unpaid.amount"), w.amount(int64(e.Amount)))
	w.pair(book.Say("receipt.unpaid.reason"), Reason(e.Reason, book))
	w.reference(e)
}

// refund is the receipt of a refund, or says that there was none. It answers with its title.
func (w *writer) refund(f Facts) (title string) {
	e, book := f.Entry, w.book
	made := e.Ending == sale.Refunded
	title = book.Say("receipt.refund.title")
	if e.Refund.Void {
		title = book.Say("receipt.refund.void")
	}
	switch {
	case made:
		w.add(paper.Text{Left: title, Align: paper.Centre, Size: 2, Bold: true}, paper.Space{})
	case e.Over():
		title = book.Say("receipt.refund.unmade.heading")
		w.shout(title, book.Say("receipt.refund.unmade.text"))
		w.add(paper.Space{})
	default:
		title = book.Say("receipt.refund.open.heading")
		w.shout(title, book.Say("receipt.refund.open.text"))
		w.add(paper.Space{})
	}
	w.about(f)
	if e.Refund.Sale != 0 {
		w.pair(book.Say("receipt.refund.of"), Number(e.Refund.Sale, e.Training))
	}
	if e.Refund.Approver != "" {
		w.pair(book.Say("receipt.refund.approved"), string(e.Refund.Approver))
	}
	if e.Refund.Why != "" { // in the words of whoever asked for it
		w.pair(book.Say("receipt.refund.why"), e.Refund.Why)
	}
	if !made {
		w.strong(book.Say("receipt.unpaid.amount"), w.amount(int64(e.Amount)))
		if e.Over() {
			w.pair(book.Say("receipt.unpaid.reason"), Reason(e.Reason, book))
		}
		w.reference(e)
		return title
	}
	w.add(paper.Rule{Heavy: true}, paper.Text{Left: book.Say("receipt.refund.amount"), Right: w.amount(int64(e.Amount)), Size: 2, Bold: true}, paper.Space{})
	switch e.Rail() {
	case sale.RailCash:
		w.heading(book.Say("receipt.refund.rail.cash"))
	case sale.RailTap:
		w.heading(book.Say("receipt.refund.rail.tap"))
	default:
		w.heading(book.Say("receipt.refund.rail.scan"))
	}
	w.reference(e)
	return title
}
