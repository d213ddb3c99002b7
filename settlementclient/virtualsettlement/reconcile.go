package virtualsettlement

import (
	"cmp"
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// PageSize makes pages of totals of n lines, 1 to protocol.MaxTotalsLines.
func (s *Server) PageSize(n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.page = n
}

// Lines returns what was booked so far.
func (s *Server) Lines() []protocol.TotalsLine {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]protocol.TotalsLine{}, s.lines...)
}

// book adds a line; the mutex is held. Sequences have gaps, as a real ledger's
// have for one terminal.
func (s *Server) book(kind protocol.TotalsKind, o protocol.Outcome, refund *protocol.Code) {
	s.lines = append(s.lines, protocol.TotalsLine{
		Sequence: uint64(3*len(s.lines) + 5), Kind: kind, Reference: o.Reference, Request: o.Request,
		Amount: o.Amount, Currency: o.Currency, Decided: protocol.At(s.sale.Realm.Now), Refund: refund,
	})
}

// sign signs an answer, or has somebody else sign it.
func sign[P protocol.Payload](s *Server, payload P, fault Fault) reply {
	key := s.sale.Settlement.Key
	if fault == Unsigned {
		key = s.sale.Terminal.Key
	}
	return reply{http.StatusOK, protocol.ContentTypeCOSE, protocoltest.Sign(s.t, key, payload).Bytes()}
}

// refund gives back what is left of a sale that this server was paid for.
func (s *Server) refund(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.Refund](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	answer := s.keepRefund(signed.Unverified())
	o := answer.Unverified()
	switch fault {
	case OtherSale:
		o.Reference++
	case OtherAttempt:
		o.Key[0] ^= 1
	case OtherAmount:
		o.Amount, o.Refunded = o.Amount+1, o.Refunded+1
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, answer.Bytes()}
	}
	return sign(s, o, fault)
}

func (s *Server) keepRefund(r protocol.Refund) *protocol.Signed[protocol.RefundOutcome] {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	o := protocol.RefundOutcome{
		Reference: r.Reference, Key: r.Key, Result: protocol.RefundNotPaid, Amount: r.Amount, Currency: r.Currency,
		Decided: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate),
	}
	kept := s.refunds[r.Key]
	if kept != nil {
		if before := kept.Unverified(); before.Reference == r.Reference && before.Amount == r.Amount && before.Currency == r.Currency {
			return kept
		}
	}
	paid, refunded := s.paid(r)
	switch {
	case kept != nil:
		o.Result, o.Refunded = protocol.RefundConflict, refunded
	case paid == nil:
	case r.Amount > paid.Amount-refunded:
		o.Result, o.Refunded = protocol.RefundExceeds, refunded
	default:
		o.Result, o.Refunded, o.Number = protocol.RefundMade, refunded+r.Amount, uint64(1000+len(s.refunds))
		key := r.Key
		s.book(protocol.TotalsRefund, protocol.Outcome{Reference: paid.Reference, Request: paid.Request, Amount: r.Amount, Currency: r.Currency}, &key)
	}
	answer := protocoltest.Sign(s.t, s.sale.Settlement.Key, o)
	if kept == nil {
		s.refunds[r.Key] = answer
	}
	return answer
}

// paid returns the line of the sale that a refund names, nil unless it is paid
// still, and what was refunded of it; the mutex is held.
func (s *Server) paid(r protocol.Refund) (paid *protocol.TotalsLine, refunded protocol.Amount) {
	for i, l := range s.lines {
		switch {
		case l.Reference != r.Reference || l.Currency != r.Currency:
		case l.Kind == protocol.TotalsPayment:
			paid = &s.lines[i]
		case l.Kind == protocol.TotalsReversal:
			return nil, 0
		case l.Kind == protocol.TotalsRefund:
			refunded += l.Amount
		}
	}
	return paid, refunded
}

// totals answers with a page of what was booked.
func (s *Server) totals(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.TotalsQuery](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	q := signed.Unverified()
	d := protocol.DayTotals{
		Terminal: s.sale.Terminal.Subject, From: q.From, To: q.To, After: q.After, Lines: []protocol.TotalsLine{},
		Decided: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate),
	}
	s.mutex.Lock()
	var period []protocol.TotalsLine
	for _, l := range s.lines {
		if l.Decided >= q.From && l.Decided < q.To {
			period = append(period, l)
		}
	}
	for _, l := range period {
		switch {
		case l.Sequence <= q.After:
		case len(d.Lines) == s.page:
			d.More = true
		default:
			d.Lines = append(d.Lines, l)
		}
	}
	s.mutex.Unlock()
	d.Sums = protocol.SumTotals(period)
	if fault == Past || fault == PastOtherSums {
		d.Decided = q.To
	}
	switch fault {
	case OtherParty:
		d.Terminal = "T-0666"
	case OtherSale:
		d.From--
	case OtherSums, PastOtherSums:
		for i := range d.Sums {
			d.Sums[i].PaidCount, d.Sums[i].Paid = d.Sums[i].PaidCount+1, d.Sums[i].Paid+1
		}
	case OneMoreLine:
		extra := d.Lines[len(d.Lines)-1]
		extra.Sequence++
		d.Lines, d.More = append(d.Lines, extra), true
	case LostLine:
		d.Lines = d.Lines[min(1, len(d.Lines)):]
	}
	return sign(s, d, fault)
}

// anchor keeps the first head for a sequence and gives its receipt.
func (s *Server) anchor(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.JournalAnchor](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	a := signed.Unverified()
	s.mutex.Lock()
	kept, newest := s.anchors[a.Sequence], uint64(0)
	for sequence := range s.anchors {
		newest = max(newest, sequence)
	}
	if kept == nil && a.Sequence > newest {
		kept = protocoltest.Sign(s.t, s.sale.Settlement.Key, protocol.AnchorReceipt{
			Terminal: s.sale.Terminal.Subject, Sequence: a.Sequence, Head: a.Head,
			Received: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate),
		})
		s.anchors[a.Sequence] = kept
	}
	s.mutex.Unlock()
	if kept == nil || kept.Unverified().Head != a.Head || fault == Contradicted {
		return refuse(http.StatusConflict, problem.Conflict)
	}
	r := kept.Unverified()
	switch fault {
	case OtherParty:
		r.Terminal = "T-0666"
	case OtherSale:
		r.Head[0] ^= 1
	case OtherAttempt:
		r.Sequence = cmp.Or(r.Sequence-1, 2)
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return sign(s, r, fault)
}
