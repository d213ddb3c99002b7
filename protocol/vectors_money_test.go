package protocol_test

import (
	"crypto/ecdsa"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func refundVectors(p *press) {
	s := p.s
	signedKind(p, "A terminal gives back all or part of a paid sale.", "cs1/refund", "T-0001", s.Terminal.Key, s.refund())
	raw := protocoltest.Sign(p.t, s.Terminal.Key, s.refund()).Bytes()
	p.invalid("no reference", p.edited(raw, 1, 0), "ErrRange", false)
	p.invalid("nobody approved", p.edited(raw, 5, ""), "ErrRange", false)
}

func refundOutcomeVectors(p *press) {
	s := p.s
	signedKind(p, "Settlement's answer to a refund.", "cs1/refund-outcome", "settlement-1", s.Settlement.Key, s.refundOutcome(protocol.RefundMade))
	for result := protocol.RefundMade; result <= protocol.RefundFunds; result++ {
		p.valid(result.String(), protocoltest.Sign(p.t, s.Settlement.Key, s.refundOutcome(result)).Bytes())
	}
	raw := protocoltest.Sign(p.t, s.Settlement.Key, s.refundOutcome(protocol.RefundMade)).Bytes()
	refused := protocoltest.Sign(p.t, s.Settlement.Key, s.refundOutcome(protocol.RefundNotPaid)).Bytes()
	p.invalid("no reference", p.edited(raw, 1, 0), "ErrRange", false)
	p.invalid("result 6", p.edited(refused, 3, 6), "ErrRange", false)
	p.invalid("refunded without a number", p.edited(raw, 6, 0), "ErrRange", false)
	p.invalid("refused with a number", p.edited(refused, 6, 125), "ErrRange", false)
	p.invalid("less altogether than this time", p.edited(raw, 7, 99), "ErrRange", true)
	p.invalid("refunded of a sale that was not paid", p.edited(refused, 7, 1), "ErrRange", true)
	p.invalid("amount 0", p.edited(raw, 4, 0), "ErrRange", false)

	judge := judgeOf(p, "verify refund outcome", protocoltest.Sign(p.t, s.Terminal.Key, s.refund()).Bytes())
	change := func(change func(o *protocol.RefundOutcome)) []byte {
		o := s.refundOutcome(protocol.RefundMade)
		change(&o)
		return protocoltest.Sign(p.t, s.Settlement.Key, o).Bytes()
	}
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("under another key", change(func(o *protocol.RefundOutcome) { o.Key[0] ^= 1 }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("of another sale", change(func(o *protocol.RefundOutcome) { o.Reference++ }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("of another amount", change(func(o *protocol.RefundOutcome) { o.Amount-- }), s.Settlement.Certificate, "ErrOtherAmount")
	judge("in another currency", change(func(o *protocol.RefundOutcome) { o.Currency = 978 }), s.Settlement.Certificate, "ErrOtherCurrency")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.refundOutcome(protocol.RefundMade)).Bytes())
}

func totalsQueryVectors(p *press) {
	s := p.s
	signedKind(p, "A terminal asks what settlement booked for it in a period.", "cs1/totals-query", "T-0001", s.Terminal.Key, s.totalsQuery())
	q := s.totalsQuery()
	raw := protocoltest.Sign(p.t, s.Terminal.Key, q).Bytes()
	p.valid("32 days, from the third page on", p.signedAnew(p.edited(raw, 1, q.To-32*86400), 3, 512, s.Terminal.Key))
	p.invalid("a second more than 32 days", p.edited(raw, 1, q.To-32*86400-1), "ErrRange", true)
	p.invalid("no time at all", p.edited(raw, 1, q.To), "ErrRange", true)
	p.invalid("ends before it begins", p.edited(raw, 1, q.To+1), "ErrRange", true)
	p.invalid("after all time", p.edited(raw, 2, afterAllTime), "ErrRange", false)
}

// signedAnew edits a message and signs it again, for edits that leave it valid.
func (p *press) signedAnew(raw []byte, key int, value any, signer *ecdsa.PrivateKey) []byte {
	p.t.Helper()
	w := takeApart(p.t, p.edited(raw, key, value))
	w.Signature = signAs(p.t, signer, p.file.Context, w.Payload)
	return w.bytes(p.t)
}

func totalsVectors(p *press) {
	s := p.s
	signedKind(p, "Settlement's answer: a page of what it booked for a terminal, and the sums of the whole period.", "cs1/totals", "settlement-1", s.Settlement.Key, s.totals())
	sign := func(change func(d *protocol.DayTotals)) []byte {
		d := s.totals()
		change(&d)
		return protocoltest.Sign(p.t, s.Settlement.Key, d).Bytes()
	}
	raw := sign(func(*protocol.DayTotals) {})
	p.valid("a first page of two", sign(func(d *protocol.DayTotals) { d.Lines, d.More = d.Lines[:3], true }))
	p.valid("the second", sign(func(d *protocol.DayTotals) { d.After, d.Lines = 10, d.Lines[3:] }))
	p.valid("nothing", sign(func(d *protocol.DayTotals) { d.Lines, d.Sums = []protocol.TotalsLine{}, []protocol.TotalsSum{} }))

	p.invalid("sums that are not those of the lines", p.edited(raw, 7, []any{}), "ErrRange", true)
	p.invalid("lines null", p.edited(raw, 5, nil), "ErrRange", false)
	p.invalid("more after nothing", p.edited(p.edited(raw, 5, []any{}), 6, true), "ErrRange", true)
	p.invalid("lines before the cursor", p.edited(raw, 4, 7), "ErrRange", true)
	p.invalid("a line of the second after the period", p.edited(raw, 3, s.totals().To-1), "ErrRange", true)
	line := func(change func(l *protocol.TotalsLine)) []byte {
		d := s.totals()
		change(&d.Lines[0])
		return p.edited(raw, 5, d.Lines)
	}
	key := s.refund().Key
	p.invalid("a payment with a refund's key", line(func(l *protocol.TotalsLine) { l.Refund = &key }), "ErrRange", false)
	p.invalid("a refund without its key", line(func(l *protocol.TotalsLine) { l.Kind = protocol.TotalsRefund }), "ErrRange", false)
	p.invalid("line of kind 1", line(func(l *protocol.TotalsLine) { l.Kind = 1 }), "ErrRange", false)
	p.invalid("line of kind 5", line(func(l *protocol.TotalsLine) { l.Kind = 5 }), "ErrRange", false)
	p.invalid("two lines of one sequence", line(func(l *protocol.TotalsLine) { l.Sequence = 9 }), "ErrRange", true)
	p.invalid("line without a sale", line(func(l *protocol.TotalsLine) { l.Reference = 0 }), "ErrRange", false)
	p.invalid("sum of more than 2^53", p.edited(raw, 7, []any{[]any{156, 2, 1<<53 + 1, 0, 0, 0, 0}}), "ErrRange", false)
	p.invalid("more sales than money", p.edited(raw, 7, []any{[]any{156, 2, 1, 0, 0, 0, 0}}), "ErrRange", true)

	judge := judgeOf(p, "verify totals", protocoltest.Sign(p.t, s.Terminal.Key, s.totalsQuery()).Bytes())
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("of another terminal", sign(func(d *protocol.DayTotals) { d.Terminal = "T-0002" }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("of another period", sign(func(d *protocol.DayTotals) { d.From-- }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("of a longer period", sign(func(d *protocol.DayTotals) { d.To++ }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("another page", sign(func(d *protocol.DayTotals) { d.After = 6 }), s.Settlement.Certificate, "ErrOtherRequest")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.totals()).Bytes())
}

func journalAnchorVectors(p *press) {
	s := p.s
	signedKind(p, "A terminal lodges the head of its journal.", "cs1/journal-anchor", "T-0001", s.Terminal.Key, s.journalAnchor())
	raw := protocoltest.Sign(p.t, s.Terminal.Key, s.journalAnchor()).Bytes()
	p.invalid("sequence 0", p.edited(raw, 1, 0), "ErrRange", false)
	p.invalid("hash too short", p.edited(raw, 2, make([]byte, 31)), "ErrMalformed", false)
	p.invalid("after all time", p.edited(raw, 3, afterAllTime), "ErrRange", false)
}

func anchorReceiptVectors(p *press) {
	s := p.s
	signedKind(p, "Settlement holds an anchor.", "cs1/anchor-receipt", "settlement-1", s.Settlement.Key, s.anchorReceipt())
	sign := func(change func(r *protocol.AnchorReceipt)) []byte {
		r := s.anchorReceipt()
		change(&r)
		return protocoltest.Sign(p.t, s.Settlement.Key, r).Bytes()
	}
	raw := sign(func(*protocol.AnchorReceipt) {})
	p.invalid("sequence 0", p.edited(raw, 2, 0), "ErrRange", false)
	p.invalid("no terminal", p.edited(raw, 1, ""), "ErrRange", false)
	p.invalid("mark too short", p.edited(raw, 5, make([]byte, 7)), "ErrMalformed", false)
	judge := judgeOf(p, "verify anchor receipt", protocoltest.Sign(p.t, s.Terminal.Key, s.journalAnchor()).Bytes())
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("for another terminal", sign(func(r *protocol.AnchorReceipt) { r.Terminal = "T-0002" }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("for another record", sign(func(r *protocol.AnchorReceipt) { r.Sequence++ }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("for another head", sign(func(r *protocol.AnchorReceipt) { r.Head[0] ^= 1 }), s.Settlement.Certificate, "ErrOtherRequest")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.anchorReceipt()).Bytes())
}

// judgeOf adds cases that verify settlement's answer to a terminal's message.
func judgeOf(p *press, do string, asked []byte) func(name string, answer []byte, certificate *protocol.Signed[protocol.Certificate], wanted string) {
	trust := p.trust(nil)
	return func(name string, answer []byte, certificate *protocol.Signed[protocol.Certificate], wanted string) {
		p.add(name, do, vectorGiven{
			Bytes: answer, Certificate: certificate.Bytes(), Request: asked, Terminal: "T-0001", Trust: trust, Now: p.now(0),
		}, wanted)
	}
}

// judgeSigner adds those in which somebody else than settlement answers.
func judgeSigner(judge func(name string, answer []byte, certificate *protocol.Signed[protocol.Certificate], wanted string), p *press, genuine, byTerminal []byte) {
	s := p.s
	renewed := s.Realm.Claims(protocol.RoleSettlement, "settlement-1", "Settlement")
	renewed.NotBefore++
	judge("under a terminal's certificate", genuine, s.Terminal.Certificate, "ErrRole")
	judge("under another certificate of the same key", genuine, s.Realm.Certify(renewed).Certificate, "ErrSignature")
	judge("signed by the terminal", byTerminal, s.Settlement.Certificate, "ErrSignature")
}
