package receipt

import (
	"strconv"

	"countersign/app/terminal/report"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// Difference is a line of report.Report.Differences in a sentence of the language, with amounts of the report's currency. A
// line of a later program that is not known here is left as it is: a difference is never hidden.
func Difference(line string, currency protocol.Currency, book assets.Phrasebook) string {
	key, values := report.ParseDifference(line)
	r := reading{values: values}
	var said string
	switch key {
	case report.NotCompared:
		switch values["reason"] {
		case "later", "nobody", "no-answer":
			return book.Say("receipt.difference.not-compared." + values["reason"])
		}
		return book.Say("receipt.difference.not-compared.unknown")
	case report.OnlyHere:
		said = book.Say("receipt.difference.only-here", "kind", r.kind(book), "number", r.sale("number"), "amount", r.amount("amount", currency, book))
	case report.OnlyThere:
		said = book.Say("receipt.difference.only-there", "kind", r.kind(book), "reference", r.number("reference"), "amount", r.amount("amount", currency, book))
	case report.Different:
		if values["amount"] == values["there-amount"] {
			said = book.Say("receipt.difference.reference", "kind", r.kind(book), "number", r.sale("number"),
				"here", r.number("reference"), "there", r.number("there-reference"))
			break
		}
		said = book.Say("receipt.difference.amount", "kind", r.kind(book), "number", r.sale("number"),
			"here", r.amount("amount", currency, book), "there", r.amount("there-amount", currency, book))
	case report.Uncredited:
		said = book.Say("receipt.difference.uncredited", "number", r.sale("number"), "amount", r.amount("amount", currency, book))
	case report.OtherCurrency:
		other := r.number("currency")
		if other > uint64(^protocol.Currency(0)) {
			r.bad = true
		}
		said = book.Say("receipt.difference.other-currency", "number", r.sale("number"), "amount", r.amount("amount", protocol.Currency(other), book))
	case report.More:
		said = book.Say("receipt.difference.more", "count", r.number("count"))
	case report.MoreOpen:
		said = book.Say("receipt.difference.more-open", "count", r.number("count"))
	default:
		r.bad = true
	}
	if r.bad {
		return line
	}
	return said
}

// reading reads the values of one line.
type reading struct {
	values map[string]string
	bad    bool // one of them is not what it should be
}

func (r *reading) number(name string) uint64 {
	n, err := strconv.ParseUint(r.values[name], 10, 64)
	r.bad = r.bad || err != nil
	return n
}

func (r *reading) sale(name string) string { return Number(r.number(name), false) }

func (r *reading) amount(name string, currency protocol.Currency, book assets.Phrasebook) string {
	minor, err := strconv.ParseInt(r.values[name], 10, 64)
	r.bad = r.bad || err != nil || minor < 0
	return money.Amount{Minor: minor, Currency: money.Currency(currency)}.Format(book.Tag())
}

func (r *reading) kind(book assets.Phrasebook) string {
	switch kind := r.values["kind"]; kind {
	case "payment", "reversal", "refund":
		return book.Say("receipt.difference.kind." + kind)
	}
	r.bad = true
	return ""
}
