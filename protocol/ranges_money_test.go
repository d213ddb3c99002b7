package protocol_test

import (
	"slices"
	"testing"

	"countersign/protocol"
)

func TestRangesOfRefundOutcomes(t *testing.T) {
	s := newScene(t)
	type P = protocol.RefundOutcome
	ranged(t, func() P { return s.refundOutcome(protocol.RefundMade) }, map[string]func(p *P){
		"no reference": func(p *P) { p.Reference = 0 }, "result 6": func(p *P) { p.Result, p.Number = 6, 0 },
		"amount 0": func(p *P) { p.Amount = 0 }, "amount too large": func(p *P) { p.Amount, p.Refunded = tooMuch, tooMuch }, "currency 1000": func(p *P) { p.Currency = 1000 },
		"made without a number": func(p *P) { p.Number = 0 }, "refused with a number": func(p *P) { p.Result = protocol.RefundFunds },
		"less altogether": func(p *P) { p.Refunded = 99 }, "altogether negative": func(p *P) { p.Result, p.Number, p.Refunded = protocol.RefundFunds, 0, -1 },
		"altogether too much": func(p *P) { p.Refunded = tooMuch }, "refunded of no sale": func(p *P) { p.Result, p.Number = protocol.RefundNotPaid, 0 },
		"after all time": func(p *P) { p.Decided = afterAllTime },
	})
}

func TestRangesOfTotals(t *testing.T) {
	s := newScene(t)
	type Q = protocol.TotalsQuery
	ranged(t, s.totalsQuery, map[string]func(p *Q){
		"no time": func(p *Q) { p.From = p.To }, "backwards": func(p *Q) { p.From, p.To = p.To, p.From },
		"too long": func(p *Q) { p.From = p.To - 32*86400 - 1 }, "after all time": func(p *Q) { p.To = afterAllTime }, "sent after all time": func(p *Q) { p.Sent = afterAllTime },
	})
	type P = protocol.DayTotals
	key := s.refund().Key
	many := func(n int) []protocol.TotalsLine {
		line := s.totals().Lines[0]
		lines := make([]protocol.TotalsLine, n)
		for i := range lines {
			line.Sequence = uint64(i + 1)
			lines[i] = line
		}
		return lines
	}
	ranged(t, func() P { d := s.totals(); d.Lines = many(256); d.Sums = protocol.SumTotals(d.Lines); return d }, map[string]func(p *P){
		"257 lines": func(p *P) { p.Lines = many(257); p.Sums = protocol.SumTotals(p.Lines) },
	})
	ranged(t, s.totals, map[string]func(p *P){
		"no terminal": func(p *P) { p.Terminal = "" }, "no time": func(p *P) { p.From = p.To }, "too long": func(p *P) { p.From = p.To - 32*86400 - 1 },
		"no lines, as null":  func(p *P) { p.Lines, p.Sums = nil, []protocol.TotalsSum{} },
		"more after nothing": func(p *P) { p.Lines, p.More = p.Lines[:0], true },
		"line twice":         func(p *P) { p.Lines[1].Sequence = p.Lines[0].Sequence }, "line before the cursor": func(p *P) { p.After = 7 }, "line 0": func(p *P) { p.Lines[0].Sequence = 0 },
		"line too early": func(p *P) { p.Lines[0].Decided = p.From - 1 }, "line too late": func(p *P) { p.Lines[0].Decided = p.To },
		"line of kind 1": func(p *P) { p.Lines[0].Kind = 1 }, "line of kind 5": func(p *P) { p.Lines[0].Kind = 5 },
		"line without a sale": func(p *P) { p.Lines[0].Reference = 0 }, "amount 0": func(p *P) { p.Lines[0].Amount = 0 }, "currency 0": func(p *P) { p.Lines[0].Currency = 0 },
		"payment with a key": func(p *P) { p.Lines[0].Refund = &key }, "refund without one": func(p *P) { p.Lines[3].Refund = nil },
		"no sums, as null": func(p *P) { p.More, p.Sums = true, nil }, "a sum that is off by one": func(p *P) { p.Sums[0].Paid++ }, "a count that is off by one": func(p *P) { p.Sums[0].PaidCount-- },
		"sums out of order": func(p *P) { p.More = true; slices.Reverse(p.Sums) }, "one currency twice": func(p *P) { p.More, p.Sums[1] = true, p.Sums[0] },
		"sum of currency 1000":  func(p *P) { p.More, p.Sums[1].Currency = true, 1000 },
		"sum of nothing":        func(p *P) { p.More, p.Sums[0] = true, protocol.TotalsSum{Currency: 156} },
		"money of no sale":      func(p *P) { p.More, p.Sums[0].ReversedCount = true, 0 },
		"more sales than money": func(p *P) { p.More, p.Sums[0].RefundedCount, p.Sums[0].Refunded = true, 3, 2 },
		"more than two amounts": func(p *P) { p.More, p.Sums[0].Paid = true, 2*protocol.MaxMinor+1 },
		"sum too large":         func(p *P) { p.More, p.Sums[0].PaidCount, p.Sums[0].Paid = true, 1<<53, 1<<53+1 },
		"too many currencies": func(p *P) {
			p.More, p.Sums = true, make([]protocol.TotalsSum, 65)
			for i := range p.Sums {
				p.Sums[i] = protocol.TotalsSum{Currency: protocol.Currency(i + 1), PaidCount: 1, Paid: 1}
			}
		},
		"after all time": func(p *P) { p.Decided = afterAllTime },
	})
}

func TestRangesOfAnchors(t *testing.T) {
	s := newScene(t)
	ranged(t, s.journalAnchor, map[string]func(p *protocol.JournalAnchor){
		"sequence 0": func(p *protocol.JournalAnchor) { p.Sequence = 0 }, "after all time": func(p *protocol.JournalAnchor) { p.At = afterAllTime },
	})
	ranged(t, s.anchorReceipt, map[string]func(p *protocol.AnchorReceipt){
		"no terminal": func(p *protocol.AnchorReceipt) { p.Terminal = "" }, "sequence 0": func(p *protocol.AnchorReceipt) { p.Sequence = 0 },
		"after all time": func(p *protocol.AnchorReceipt) { p.Received = afterAllTime },
	})
}

// The whole of a period is on one page, or it is said to go on; and it may still
// grow until its end is past.
func TestTotalsPages(t *testing.T) {
	s := newScene(t)
	d := s.totals()
	if !d.Closed() {
		t.Error("a period that ended when it was answered is not closed")
	}
	if d.Decided--; d.Closed() {
		t.Error("a period that goes on is closed")
	}
	if d.Next() != 12 {
		t.Errorf("the next page begins after %d", d.Next())
	}
	if d.After, d.Lines = 5, d.Lines[:0]; d.Next() != 5 {
		t.Errorf("after an empty page the next begins after %d", d.Next())
	}
}
