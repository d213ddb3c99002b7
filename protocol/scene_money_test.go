package protocol_test

import (
	"crypto/sha256"

	"countersign/protocol"
)

// The messages of the scene after its sale: a refund, the day's totals and the
// journal's anchor.

func (s scene) refund() protocol.Refund {
	return protocol.Refund{Reference: 123, Amount: 100, Currency: s.Currency, Key: protocol.Code([]byte("idempotency key.")), Staff: "S-1", Sent: protocol.At(s.now())}
}

func (s scene) mark() [8]byte { return protocol.SignerOf(s.Settlement.Certificate) }

func (s scene) refundOutcome(result protocol.RefundResult) protocol.RefundOutcome {
	asked := s.refund()
	o := protocol.RefundOutcome{
		Reference: asked.Reference, Key: asked.Key, Result: result, Amount: asked.Amount, Currency: asked.Currency,
		Refunded: 7800, Decided: protocol.At(s.now()), Signer: s.mark(),
	}
	switch result {
	case protocol.RefundMade:
		o.Number, o.Refunded = 125, 100
	case protocol.RefundNotPaid:
		o.Refunded = 0
	}
	return o
}

func (s scene) totalsQuery() protocol.TotalsQuery {
	now := protocol.At(s.now())
	return protocol.TotalsQuery{From: now - 3600, To: now, Sent: now}
}

// totals are two sales, one of them taken back, and a refund in another
// currency of a sale of some other day.
func (s scene) totals() protocol.DayTotals {
	q := s.totalsQuery()
	key := s.refund().Key
	return protocol.DayTotals{
		Terminal: s.Terminal.Subject, From: q.From, To: q.To, After: q.After,
		Lines: []protocol.TotalsLine{
			{Sequence: 7, Kind: protocol.TotalsPayment, Reference: 123, Request: s.request.Hash(), Amount: 7800, Currency: 156, Decided: q.From},
			{Sequence: 9, Kind: protocol.TotalsPayment, Reference: 124, Request: protocol.Hash{2}, Amount: 250, Currency: 156, Decided: q.From + 9},
			{Sequence: 10, Kind: protocol.TotalsReversal, Reference: 124, Request: protocol.Hash{2}, Amount: 250, Currency: 156, Decided: q.From + 70},
			{Sequence: 12, Kind: protocol.TotalsRefund, Reference: 99, Request: protocol.Hash{3}, Amount: 100, Currency: 978, Decided: q.To - 1, Refund: &key},
		},
		Sums: []protocol.TotalsSum{
			{Currency: 156, PaidCount: 2, Paid: 8050, ReversedCount: 1, Reversed: 250},
			{Currency: 978, RefundedCount: 1, Refunded: 100},
		},
		Decided: protocol.At(s.now()), Signer: s.mark(),
	}
}

func (s scene) journalAnchor() protocol.JournalAnchor {
	return protocol.JournalAnchor{Sequence: 4711, Head: sha256.Sum256([]byte("journal")), At: protocol.At(s.now())}
}

func (s scene) anchorReceipt() protocol.AnchorReceipt {
	a := s.journalAnchor()
	return protocol.AnchorReceipt{Terminal: s.Terminal.Subject, Sequence: a.Sequence, Head: a.Head, Received: protocol.At(s.now()), Signer: s.mark()}
}
