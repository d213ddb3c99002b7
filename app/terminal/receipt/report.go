package receipt

import (
	"fmt"
	"time"

	"countersign/app/terminal/paper"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol"
)

// Report is an X or Z report on paper. signature is that of a Z, as much of it as is to be printed ("" for none); the
// whole of it is in the journal.
func Report(r report.Report, shop Shop, signature string, book assets.Phrasebook, where *time.Location) paper.Document {
	w := newWriter(book, where, r.Currency)
	if shop.Name == "" {
		shop.Name = r.Shop
	}
	w.head(shop)
	title := book.Say("receipt.report.x")
	if r.Kind == report.KindZ {
		title = book.Say("receipt.report.z", "number", r.Number)
	}
	w.add(paper.Text{Left: title, Align: paper.Centre, Size: 2, Bold: true})
	if r.Kind != report.KindZ {
		w.centre(book.Say("receipt.report.interim"))
	}
	w.add(paper.Space{})
	w.span(r)
	w.takings(r)
	w.taxes(r)
	w.drawer(r)
	w.trouble(r)
	w.seals(r, signature)
	return w.document(title)
}

// span is whose report it is and of when.
func (w *writer) span(r report.Report) {
	w.pair(w.book.Say("receipt.terminal", "terminal", r.Terminal), "")
	if r.Shift != 0 {
		w.pair(w.book.Say("receipt.report.shift"), fmt.Sprint(r.Shift))
	}
	w.pair(w.book.Say("receipt.report.from"), w.time(r.From))
	w.pair(w.book.Say("receipt.report.to"), w.time(r.To))
	if r.OpenedBy != "" {
		w.pair(w.book.Say("receipt.report.opened"), string(r.OpenedBy))
	}
	if r.ClosedBy != "" {
		w.pair(w.book.Say("receipt.report.closed"), string(r.ClosedBy))
	}
}

func (w *writer) railName(r sale.Rail) string {
	switch r {
	case sale.RailTap:
		return w.book.Say("receipt.report.rail.tap")
	case sale.RailCash:
		return w.book.Say("receipt.report.rail.cash")
	}
	return w.book.Say("receipt.report.rail.scan")
}

// counted is "Sales × 12".
func (w *writer) counted(what string, count int) string {
	return w.book.Say("receipt.report.count", "what", what, "count", w.book.Number(int64(count)))
}

func (w *writer) sum(what string, sum protocol.Sum) { w.pair(what, w.amount(int64(sum))) }

func (w *writer) takings(r report.Report) {
	book, sales, refunds := w.book, 0, 0
	for _, l := range r.Rails {
		sales, refunds = sales+l.Count, refunds+l.Refunds
	}
	w.add(paper.Rule{Heavy: true})
	w.strong(w.counted(book.Say("receipt.report.sales"), sales), w.amount(int64(r.Taken())))
	for _, l := range r.Rails {
		w.add(paper.Text{Left: w.counted(w.railName(l.Rail), l.Count), Right: w.amount(int64(l.Sum)), Indent: 2})
	}
	w.strong(w.counted(book.Say("receipt.report.refunds"), refunds), w.amount(-int64(r.Refunded())))
	for _, l := range r.Rails {
		if l.Refunds > 0 {
			w.add(paper.Text{Left: w.counted(w.railName(l.Rail), l.Refunds), Right: w.amount(-int64(l.RefundSum)), Indent: 2})
		}
	}
	w.add(paper.Rule{})
	w.add(paper.Text{Left: book.Say("receipt.report.net"), Right: w.amount(int64(r.Taken() - r.Refunded())), Bold: true})
	w.sum(book.Say("receipt.report.tips"), r.Tips)
}

func (w *writer) taxes(r report.Report) {
	if len(r.Tax) == 0 {
		return
	}
	w.add(paper.Rule{})
	w.heading(w.book.Say("receipt.report.taxes"))
	for i, l := range r.Tax {
		w.pair(w.book.Say("receipt.tax", "mark", mark(i), "rate", w.rate(l.Rate), "net", w.amount(int64(l.Net))), w.amount(int64(l.Tax)))
	}
}

// drawer is the cash: what should be there, and what is.
func (w *writer) drawer(r report.Report) {
	c, book := r.Cash, w.book
	w.add(paper.Rule{})
	w.heading(book.Say("receipt.report.drawer"))
	w.sum(book.Say("receipt.report.float"), c.Float)
	w.sum(book.Say("receipt.report.cash-sales"), c.Sales)
	w.sum(book.Say("receipt.report.cash-refunds"), -c.Refunds)
	w.sum(book.Say("receipt.report.in"), c.In)
	w.sum(book.Say("receipt.report.out"), -c.Out)
	w.strong(book.Say("receipt.report.expected"), w.amount(int64(c.Expected)))
	if r.Kind == report.KindZ {
		if c.Uncounted {
			w.add(paper.Text{Left: book.Say("receipt.report.uncounted"), Bold: true, Reverse: true, Align: paper.Centre})
		} else {
			w.strong(book.Say("receipt.report.counted"), w.amount(int64(c.Counted)))
			w.add(paper.Text{Left: book.Say("receipt.report.difference"), Right: w.amount(int64(c.Difference)), Bold: true, Reverse: c.Difference != 0})
		}
	}
	w.pair(book.Say("receipt.report.no-sale"), book.Number(int64(c.Opened)))
}

// trouble is what was not paid, is not known, or does not agree.
func (w *writer) trouble(r report.Report) {
	book := w.book
	if len(r.Refusals) > 0 {
		w.add(paper.Rule{})
		w.heading(book.Say("receipt.report.refusals"))
		for _, l := range r.Refusals {
			w.pair(Reason(l.Reason, book), book.Number(int64(l.Count)))
		}
	}
	if len(r.Unknown) > 0 {
		w.add(paper.Rule{}, paper.Text{Left: book.Say("receipt.report.unknown"), Bold: true, Reverse: true, Align: paper.Centre})
		for _, l := range r.Unknown {
			what := book.Say("receipt.report.unknown-sale", "number", Number(l.Sale, false), "date", w.time(l.Since))
			if l.Refund {
				what = book.Say("receipt.report.unknown-refund", "number", Number(l.Sale, false), "date", w.time(l.Since))
			}
			w.pair(what, w.amount(int64(l.Amount)))
		}
	}
	if len(r.Differences) > 0 {
		w.add(paper.Rule{}, paper.Text{Left: book.Say("receipt.report.differences"), Bold: true, Reverse: true, Align: paper.Centre})
		for _, line := range r.Differences {
			w.add(paper.Text{Left: Difference(line, r.Currency, book)})
		}
	}
}

// seals are the totals kept for ever, and what ties the report to the journal and to the Z before.
func (w *writer) seals(r report.Report, signature string) {
	book := w.book
	w.add(paper.Rule{Heavy: true})
	w.strong(book.Say("receipt.report.grand"), w.amount(int64(r.GrandTotal)))
	w.strong(book.Say("receipt.report.grand-refunds"), w.amount(int64(r.GrandRefunds)))
	w.add(paper.Space{})
	w.pair(book.Say("receipt.report.records"), fmt.Sprintf("%d-%d", r.First, r.Last))
	w.pair(book.Say("receipt.report.head"), short(r.Head))
	if r.Previous != (protocol.Hash{}) {
		w.pair(book.Say("receipt.report.previous"), short(r.Previous))
	}
	if signature != "" {
		w.pair(book.Say("receipt.report.signature"), signature)
	}
}

// short is enough of a hash to compare by eye.
func short(h protocol.Hash) string { return fmt.Sprintf("%X-%X", h[:4], h[4:8]) }
