package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// Totals are settlement's, verified.
type Totals struct {
	Lines  []protocol.TotalsLine
	Sums   []protocol.TotalsSum
	Closed bool
}

// clockSkew is how much the clocks of the two sides may differ: the journal's own
// times only spare reading what is long before the period.
const clockSkew = 24 * time.Hour

// Compare compares the entries of the journal, oldest first, with settlement's
// totals of a period, From ≤ Decided < To.
func Compare(from, to protocol.Time, entries func(visit func(sale.Entry) error) error, totals Totals) (Report, error) {
	last := map[uint64]sale.Entry{} // of each sale and refund
	begins := from.Time().Add(-clockSkew)
	err := entries(func(e sale.Entry) error {
		switch {
		case e.Sale == 0:
		case e.Over() && e.At.Before(begins):
			delete(last, e.Sale) // it was open for long, and is not of this period
		default:
			last[e.Sale] = e
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("reconcile: read journal: %w", err)
	}
	c := comparison{from: from, to: to, there: map[key][]Line{}}
	c.report = Report{From: from.Time(), To: to.Time(), Closed: totals.Closed, There: totals.Sums}
	for _, l := range totals.Lines {
		line := lineOf(l)
		c.there[line.key] = append(c.there[line.key], line)
	}
	for _, number := range slices.Sorted(maps.Keys(last)) {
		if err := c.entry(last[number]); err != nil {
			return Report{}, fmt.Errorf("reconcile: number %d: %w", number, err)
		}
	}
	for _, lines := range c.there {
		c.report.OnlyThere = append(c.report.OnlyThere, lines...)
	}
	slices.SortFunc(c.report.OnlyThere, func(a, b Line) int {
		return cmp.Or(a.Decided.Compare(b.Decided), cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.Kind, b.Kind))
	})
	return c.report, nil
}

// lineOf is a line of settlement's.
func lineOf(l protocol.TotalsLine) Line {
	line := Line{
		Kind: l.Kind.String(), Reference: l.Reference, Amount: l.Amount, Currency: l.Currency, Decided: l.Decided.Time(),
		key: key{kind: l.Kind, request: l.Request},
	}
	if l.Refund != nil {
		line.key = key{kind: l.Kind, refund: *l.Refund}
	}
	return line
}

type comparison struct {
	from, to protocol.Time
	there    map[key][]Line // not accounted for yet
	report   Report
}

// entry accounts for one sale or refund.
func (c *comparison) entry(e sale.Entry) error {
	switch {
	case e.Refund != nil && e.Event == sale.EventRefundOutcome:
		signed, err := protocol.Parse[protocol.RefundOutcome](e.Outcome)
		if err != nil {
			return err
		}
		if o := signed.Unverified(); o.Result == protocol.RefundMade {
			c.moved(here(e, protocol.TotalsRefund, o.Decided))
		}
	case e.Refund != nil:
		if e.Event == sale.EventRefundSent || e.Event == sale.EventRefundUnknown {
			c.unknown(here(e, protocol.TotalsRefund, 0))
		}
	case e.Tap != nil:
		return c.tap(e)
	case len(e.Outcome) > 0:
		signed, err := protocol.Parse[protocol.Outcome](e.Outcome)
		if err != nil {
			return err
		}
		switch o := signed.Unverified(); o.Result {
		case protocol.ResultPaid:
			c.moved(here(e, protocol.TotalsPayment, o.Decided))
		case protocol.ResultReversed:
			c.takenBack(here(e, protocol.TotalsPayment, 0), here(e, protocol.TotalsReversal, o.Decided))
		}
	case e.Event == sale.EventSubmission || e.Event == sale.EventUnknown || e.Event == sale.EventReversal && e.Ending == "":
		c.unknown(here(e, protocol.TotalsPayment, 0), here(e, protocol.TotalsReversal, 0))
	}
	return nil
}

// tap accounts for a sale by tap: settlement has it under H(PAY), from when it was
// cleared.
func (c *comparison) tap(e sale.Entry) error {
	signed, err := protocol.Parse[protocol.TapPay](e.Tap.Pay)
	if err != nil {
		return err
	}
	e.Request = signed.Hash()
	switch e.Event {
	case sale.EventTapResult: // deducted, and not heard from settlement yet
		c.unknown(here(e, protocol.TotalsPayment, 0))
	case sale.EventTapCleared, sale.EventTapUncleared, sale.EventTapSeen:
		cleared, err := protocol.Parse[protocol.TapCleared](e.Tap.Cleared)
		if err != nil {
			return err
		}
		if said := cleared.Unverified(); said.Result == protocol.ClearingCredited {
			c.moved(here(e, protocol.TotalsPayment, said.Decided))
		}
	}
	return nil
}

// here is a line of ours.
func here(e sale.Entry, kind protocol.TotalsKind, decided protocol.Time) Line {
	l := Line{Number: e.Sale, Kind: kind.String(), Reference: e.Reference, Amount: e.Amount, Currency: e.Currency, key: key{kind: kind, request: e.Request}}
	if decided != 0 {
		l.Decided = decided.Time()
	}
	if e.Refund != nil {
		l.Reference, l.key = e.Refund.Reference, key{kind: kind, refund: e.Refund.Key}
	}
	return l
}

// take takes settlement's next line of a key.
func (c *comparison) take(k key) (Line, bool) {
	lines := c.there[k]
	if len(lines) == 0 {
		return Line{}, false
	}
	if c.there[k] = lines[1:]; len(lines) == 1 {
		delete(c.there, k)
	}
	return lines[0], true
}

func (c *comparison) within(l Line) bool {
	return !l.Decided.Before(c.from.Time()) && l.Decided.Before(c.to.Time())
}

// moved accounts for money that we hold settlement's signed word for.
func (c *comparison) moved(ours Line) {
	theirs, found := c.take(ours.key)
	switch {
	case found:
		c.same(ours, theirs)
	case c.within(ours):
		c.report.OnlyHere = append(c.report.OnlyHere, ours)
	}
}

// same compares what both have.
func (c *comparison) same(ours, theirs Line) {
	if ours.Reference != theirs.Reference || ours.Amount != theirs.Amount || ours.Currency != theirs.Currency || !ours.Decided.Equal(theirs.Decided) {
		theirs.Number = ours.Number
		c.report.Different = append(c.report.Different, Pair{ours, theirs})
		return
	}
	c.report.Same++
}

// takenBack accounts for a reversed sale: settlement moved its money to and fro,
// or not at all. It bears settlement's number only if it was paid, perhaps before
// the period: then its money must have come back.
func (c *comparison) takenBack(payment, reversal Line) {
	paid, moved := c.take(payment.key)
	back, returned := c.take(reversal.key)
	if moved {
		payment.Decided = paid.Decided // of which we never heard
		c.same(payment, paid)
	}
	switch {
	case returned:
		c.same(reversal, back)
	case (moved || reversal.Reference != 0) && c.within(reversal):
		c.report.OnlyHere = append(c.report.OnlyHere, reversal)
	}
}

// unknown lists what nobody knows the outcome of, with settlement's lines.
func (c *comparison) unknown(may ...Line) {
	open := Open{Here: may[0]}
	for _, l := range may {
		for theirs, found := c.take(l.key); found; theirs, found = c.take(l.key) {
			open.There = append(open.There, theirs)
		}
	}
	c.report.Unknown = append(c.report.Unknown, open)
}
