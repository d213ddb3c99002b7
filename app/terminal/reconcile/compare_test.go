package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// The day that is compared.
var (
	day  = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	from = protocol.At(day)
	to   = protocol.At(day.AddDate(0, 0, 1))
	noon = from + 12*3600
)

// books are both sides of a day.
type books struct {
	t       *testing.T
	party   protocoltest.Sale
	entries []sale.Entry
	lines   []protocol.TotalsLine
}

func newBooks(t *testing.T) *books { return &books{t: t, party: protocoltest.NewSale(t, 120, false)} }

// sold is a sale in the journal with settlement's signed result, decided then.
func (b *books) sold(number uint64, result protocol.Result, decided protocol.Time) sale.Entry {
	b.t.Helper()
	e := sale.Entry{
		Sale: number, Event: sale.EventAcknowledged, At: decided.Time(), Amount: protocol.Amount(1000 * number), Currency: 156,
		Request: protocol.Hash{byte(number)}, Payment: protocol.Hash{1}, Scramble: protocol.Code{byte(number)}, Attempt: 1,
		Ending: sale.Refused, Reference: 4000 + number,
	}
	switch result {
	case protocol.ResultPaid:
		e.Ending = sale.Paid
	case protocol.ResultReversed:
		e.Ending = sale.Reversed
	}
	e.Outcome = protocoltest.Sign(b.t, b.party.Settlement.Key, protocol.Outcome{
		Request: e.Request, Payment: e.Payment, Attempt: 1, Result: result, Reference: e.Reference, Amount: e.Amount, Currency: e.Currency, Decided: decided,
	}).Bytes()
	b.entries = append(b.entries, e)
	return e
}

// gave is a refund in the journal.
func (b *books) gave(number uint64, of sale.Entry, result protocol.RefundResult, decided protocol.Time) sale.Entry {
	b.t.Helper()
	e := sale.Entry{
		Sale: number, Event: sale.EventRefundOutcome, At: decided.Time(), Amount: 300, Currency: 156, Ending: sale.Refunded, Reference: 9000 + number,
		Refund: &sale.RefundOf{Sale: of.Sale, Reference: of.Reference, Key: protocol.Code{byte(number)}, Approver: "A-01"},
	}
	o := protocol.RefundOutcome{Reference: of.Reference, Key: e.Refund.Key, Result: result, Amount: e.Amount, Currency: e.Currency, Decided: decided}
	if result == protocol.RefundMade {
		o.Number, o.Refunded = e.Reference, e.Amount
	} else {
		e.Ending, e.Reference = sale.Refused, 0
	}
	e.Outcome = protocoltest.Sign(b.t, b.party.Settlement.Key, o).Bytes()
	b.entries = append(b.entries, e)
	return e
}

// tapped is a sale by tap in the journal, at an event, with settlement's answer.
func (b *books) tapped(number uint64, event sale.Event, result protocol.ClearingResult, decided protocol.Time) sale.Entry {
	b.t.Helper()
	tap := b.party.Tap()
	tap.Amount = protocol.Amount(1000 * number)
	get := tap.Get(b.t)
	pay := tap.Pay(b.t, get, tap.Answer(b.t, get).Bytes)
	said := tap.ClearedClaims(pay, result)
	said.Decided = decided
	e := sale.Entry{
		Sale: number, Event: event, At: decided.Time(), Amount: tap.Amount, Currency: 156, Ending: sale.Paid, Reference: said.Reference,
		Tap: &sale.TapOf{Pay: pay.Bytes(), Card: tap.Card.Mark(), Ending: tap.Card.Number().Ending()},
	}
	if event == sale.EventTapResult {
		e.Reference = 0
	} else {
		e.Tap.Cleared = protocoltest.Sign(b.t, b.party.Settlement.Key, said).Bytes()
	}
	b.entries = append(b.entries, e)
	e.Request = pay.Hash() // as settlement has it
	return e
}

// booked is a line of settlement's about an entry.
func (b *books) booked(kind protocol.TotalsKind, e sale.Entry, decided protocol.Time) *protocol.TotalsLine {
	l := protocol.TotalsLine{
		Sequence: uint64(len(b.lines) + 1), Kind: kind, Reference: e.Reference, Request: e.Request, Amount: e.Amount, Currency: e.Currency, Decided: decided,
	}
	if e.Refund != nil {
		l.Reference, l.Refund = e.Refund.Reference, &e.Refund.Key
	}
	b.lines = append(b.lines, l)
	return &b.lines[len(b.lines)-1]
}

func (b *books) compare() Report {
	b.t.Helper()
	r, err := Compare(from, to, func(visit func(sale.Entry) error) error {
		for _, e := range b.entries {
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	}, Totals{Lines: b.lines, Sums: protocol.SumTotals(b.lines), Closed: true})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// said is the report in short: how many lines agree, then what does not.
func said(r Report) string {
	var words []string
	word := func(what string, l Line) {
		words = append(words, what+" "+l.Kind+" "+time.Duration(l.Amount).String())
	}
	words = append(words, time.Duration(r.Same).String())
	for _, l := range r.OnlyHere {
		word("here", l)
	}
	for _, l := range r.OnlyThere {
		word("there", l)
	}
	for _, p := range r.Different {
		word("different", p.Here)
	}
	for _, o := range r.Unknown {
		word("unknown", o.Here)
		for _, l := range o.There {
			word("has", l)
		}
	}
	return strings.ReplaceAll(strings.Join(words, ", "), "ns", "")
}

func TestCompare(t *testing.T) {
	const (
		payment, reversal, refund  = protocol.TotalsPayment, protocol.TotalsReversal, protocol.TotalsRefund
		paid, reversed, funds, dec = protocol.ResultPaid, protocol.ResultReversed, protocol.ResultFunds, protocol.ResultDeclined
	)
	for name, test := range map[string]struct {
		do   func(*books)
		want string
	}{
		"nothing": {func(b *books) {}, "0s"},
		"taps agree": {func(b *books) {
			b.booked(payment, b.tapped(1, sale.EventTapCleared, protocol.ClearingCredited, noon), noon)
			b.tapped(2, sale.EventTapSeen, protocol.ClearingUncovered, noon)
			b.tapped(3, sale.EventTapNever, protocol.ClearingGivenBack, noon)
		}, "1"},
		"a tap that settlement does not have": {func(b *books) {
			b.tapped(1, sale.EventTapUncleared, protocol.ClearingCredited, noon)
		}, "0s, here payment 1µs"},
		"a tap without an answer": {func(b *books) {
			e := b.tapped(1, sale.EventTapResult, protocol.ClearingCredited, noon)
			e.Reference = 4711
			b.booked(payment, e, noon)
		}, "0s, unknown payment 1µs, has payment 1µs"},
		"all agree": {func(b *books) {
			b.booked(payment, b.sold(1, paid, noon), noon)
			b.sold(2, funds, noon)
			b.sold(3, dec, noon)
			b.booked(refund, b.gave(4, b.entries[0], protocol.RefundMade, noon+60), noon+60)
			b.gave(5, b.entries[0], protocol.RefundExceeds, noon+60)
		}, "2"},
		"only here": {func(b *books) { b.sold(1, paid, noon) }, "0s, here payment 1µs"},
		"only there": {func(b *books) {
			b.booked(payment, sale.Entry{Request: protocol.Hash{9}, Reference: 1, Amount: 1000, Currency: 156}, noon)
		}, "0s, there payment 1µs"},
		"for cash, of which settlement knows nothing": {func(b *books) {
			b.entries = append(b.entries,
				sale.Entry{Sale: 1, Event: sale.EventCashSold, At: noon.Time(), Amount: 1000, Currency: 156, Ending: sale.Paid, Cash: &sale.CashOf{Given: 1000}},
				sale.Entry{Sale: 2, Event: sale.EventCashRefunded, At: noon.Time(), Amount: 300, Currency: 156, Ending: sale.Refunded, Cash: &sale.CashOf{}, Refund: &sale.RefundOf{Sale: 1, Rail: sale.RailCash}},
				sale.Entry{Event: sale.EventCashOut, At: noon.Time(), Amount: 300, Currency: 156, Cash: &sale.CashOf{Reason: "bank"}})
		}, "0s"},
		"the same sum is not the same sale": {func(b *books) {
			b.sold(1, paid, noon)
			b.booked(payment, sale.Entry{Request: protocol.Hash{9}, Reference: 1, Amount: 1000, Currency: 156}, noon)
		}, "0s, here payment 1µs, there payment 1µs"},
		"booked twice": {func(b *books) {
			e := b.sold(1, paid, noon)
			b.booked(payment, e, noon)
			b.booked(payment, e, noon)
		}, "1, there payment 1µs"},
		"reversed there, paid here": {func(b *books) {
			e := b.sold(1, paid, noon)
			b.booked(payment, e, noon)
			b.booked(reversal, e, noon+1)
		}, "1, there reversal 1µs"},
		"paid there, refused here": {func(b *books) { b.booked(payment, b.sold(1, funds, noon), noon) }, "0s, there payment 1µs"},
		"other amount":             {func(b *books) { b.booked(payment, b.sold(1, paid, noon), noon).Amount++ }, "0s, different payment 1µs"},
		"other currency":           {func(b *books) { b.booked(payment, b.sold(1, paid, noon), noon).Currency++ }, "0s, different payment 1µs"},
		"other reference":          {func(b *books) { b.booked(payment, b.sold(1, paid, noon), noon).Reference++ }, "0s, different payment 1µs"},
		"other time":               {func(b *books) { b.booked(payment, b.sold(1, paid, noon), noon+1) }, "0s, different payment 1µs"},
		"taken back, never moved":  {func(b *books) { b.sold(1, reversed, noon); b.entries[0].Reference = 0 }, "0s"},
		"taken back, paid the day before, and not returned": {func(b *books) { b.sold(1, reversed, noon) }, "0s, here reversal 1µs"},
		"taken back, to and fro": {func(b *books) {
			e := b.sold(1, reversed, noon)
			b.booked(payment, e, noon-60)
			b.booked(reversal, e, noon)
		}, "2"},
		"taken back, only to": {func(b *books) { b.booked(payment, b.sold(1, reversed, noon), noon-60) }, "1, here reversal 1µs"},
		"taken back the next day": {func(b *books) {
			b.booked(payment, b.sold(1, reversed, to), to-1)
		}, "1"},
		"taken back, paid the day before": {func(b *books) { b.booked(reversal, b.sold(1, reversed, from), from) }, "1"},
		"at the edges": {func(b *books) {
			b.sold(1, paid, from-1)
			b.booked(payment, b.sold(2, paid, from), from)
			b.booked(payment, b.sold(3, paid, to-1), to-1)
			b.sold(4, paid, to)
		}, "2"},
		"refund only here": {func(b *books) { b.gave(2, b.sold(1, reversed, from-1), protocol.RefundMade, noon) }, "0s, here refund 300"},
		"refund only there": {func(b *books) {
			b.booked(refund, b.gave(2, sale.Entry{Reference: 1}, protocol.RefundExceeds, noon), noon)
		}, "0s, there refund 300"},
		"refund of another sale": {func(b *books) {
			b.booked(refund, b.gave(2, sale.Entry{Reference: 1}, protocol.RefundMade, noon), noon).Reference = 2
		}, "0s, different refund 300"},
		"unknown": {func(b *books) {
			b.sold(1, paid, noon)
			b.entries[0].Event, b.entries[0].Ending, b.entries[0].Outcome = sale.EventUnknown, "", nil
			b.booked(payment, b.entries[0], noon)
		}, "0s, unknown payment 1µs, has payment 1µs"},
		"unknown refund": {func(b *books) {
			b.gave(2, sale.Entry{Reference: 1}, protocol.RefundMade, noon)
			b.entries[0].Event, b.entries[0].Ending, b.entries[0].Outcome = sale.EventRefundUnknown, "", nil
		}, "0s, unknown refund 300"},
		"unknown for weeks": {func(b *books) {
			b.sold(1, paid, from-30*86400)
			b.entries[0].Event, b.entries[0].Ending, b.entries[0].Outcome = sale.EventReversal, "", nil
		}, "0s, unknown payment 1µs"},
		"ended before it was sent": {func(b *books) {
			b.entries = []sale.Entry{{Sale: 1, Event: sale.EventEnded, At: noon.Time(), Amount: 1, Currency: 156, Ending: sale.Cancelled},
				{Sale: 0, Event: sale.EventAlertRaised, At: noon.Time()}}
		}, "0s"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks(t)
			test.do(b)
			r := b.compare()
			if have := said(r); have != test.want {
				t.Errorf("have %q, want %q", have, test.want)
			}
			if r.Agrees() != !strings.Contains(test.want, ",") {
				t.Errorf("agrees: %v", r.Agrees())
			}
		})
	}
}

// The last entry of a sale counts, not an earlier one.
func TestLastEntryCounts(t *testing.T) {
	b := newBooks(t)
	e := b.sold(1, protocol.ResultPaid, noon)
	unknown := e
	unknown.Event, unknown.Ending, unknown.Outcome = sale.EventUnknown, "", nil
	b.entries = []sale.Entry{unknown, e}
	b.booked(protocol.TotalsPayment, e, noon)
	if r := b.compare(); !r.Agrees() || r.Same != 1 {
		t.Errorf("have %s", said(r))
	}
}

func TestWrite(t *testing.T) {
	b := newBooks(t)
	b.sold(1, protocol.ResultPaid, noon)
	b.booked(protocol.TotalsPayment, b.sold(2, protocol.ResultPaid, noon), noon).Amount++
	b.booked(protocol.TotalsPayment, sale.Entry{Request: protocol.Hash{9}, Reference: 7, Amount: 5, Currency: 156}, noon)
	var out bytes.Buffer
	if err := b.compare().Write(&out); err != nil {
		t.Fatal(err)
	}
	var first []string
	for line := range strings.Lines(out.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		first = append(first, line)
	}
	want := []string{`{"only_here":`, `{"only_there":`, `{"different":`, `{"settlement":`, `{"from":`}
	if !slices.EqualFunc(first, want, strings.HasPrefix) || !strings.Contains(out.String(), `"agrees":false`) {
		t.Errorf("have\n%s", out.String())
	}
	if err := (Report{}).Write(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("have %v", err)
	}
}

var errBroken = errors.New("no space left on device")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// A journal that cannot be read is no day without sales.
func TestJournalBroken(t *testing.T) {
	_, err := Compare(from, to, func(func(sale.Entry) error) error { return errBroken }, Totals{})
	if !errors.Is(err, errBroken) {
		t.Errorf("have %v", err)
	}
	b := newBooks(t)
	b.sold(1, protocol.ResultPaid, noon)
	b.entries[0].Outcome = []byte("no outcome")
	_, err = Compare(from, to, func(visit func(sale.Entry) error) error { return visit(b.entries[0]) }, Totals{})
	if !errors.Is(err, protocol.ErrMalformed) {
		t.Errorf("have %v", err)
	}
}
