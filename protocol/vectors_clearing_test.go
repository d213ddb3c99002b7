package protocol_test

import (
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func tapClearingVectors(p *press) {
	s := p.s.tap(p.t)
	result := s.Result(p.t, s.pay, protocol.TapDeducted)
	signedKind(p, "A terminal hands a tap in at settlement for its money.", "cs1/tap-clearing", "T-0001", s.Terminal.Key, s.ClearingClaims(s.pay, result))
	clearing := s.Clearing(p.t, s.pay, result)
	raw := clearing.Bytes()
	p.file.Info = "cs1/tap-clearing"
	p.valid("given up", changed(p.t, s.Terminal, s.ClearingClaims(s.pay, result), func(c *protocol.TapClearing) { c.GivenUp = true }).Bytes())
	p.invalid("nothing deducted", p.edited(raw, 3, s.Result(p.t, s.pay, protocol.TapFunds).Bytes()), "ErrRange", true)
	p.invalid("no merchant account", p.edited(raw, 5, []byte{}), "ErrRange", false)
	p.invalid("result null", p.edited(raw, 3, nil), "ErrRange", false)
	e := ok[protocol.Envelope](p.t)(protocol.SealTapClearing(s.Settlement.Point(p.t), "T-0001", clearing))
	pay, another := s.pay.Hash(), protocol.Hash{1}
	given := vectorGiven{
		Bytes: hexBytes(e.Sealed), Key: p.agreement("settlement-1", s.Settlement.Agreement), Info: "cs1/tap-clearing",
		AAD: deterministic(p.t, []any{pay, "T-0001"}), Request: pay[:], Terminal: "T-0001",
	}
	otherPay, otherTerminal := given, given
	otherPay.Request, otherPay.AAD = another[:], deterministic(p.t, []any{another, "T-0001"})
	otherTerminal.Terminal, otherTerminal.AAD = "T-0002", deterministic(p.t, []any{pay, "T-0002"})
	p.sealedKind("sealed", given, raw, map[string]vectorGiven{"under another PAY": otherPay, "from another terminal": otherTerminal})

	trust := p.trust(nil)
	judge := func(name string, c *protocol.Signed[protocol.TapClearing], peer protocol.ID, wanted string) {
		p.add(name, "verify tap clearing", vectorGiven{Bytes: c.Bytes(), Settlement: "settlement-1", Terminal: peer, Key: p.signer("settlement-1", s.Settlement.Key), Trust: trust}, wanted)
	}
	change := func(change func(c *protocol.TapClearing)) *protocol.Signed[protocol.TapClearing] {
		return changed(p.t, s.Terminal, s.ClearingClaims(s.pay, result), change)
	}
	later := changed(p.t, s.Terminal, s.PayClaims(s.get, s.answer.Bytes), func(c *protocol.TapPay) { c.Issued = s.Terminal.Certificate.Unverified().Expires + 1 })
	judge("genuine", clearing, "T-0001", "")
	judge("by another terminal", clearing, "T-0002", "ErrRole")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.other.Key, s.ClearingClaims(s.pay, result)), "T-0001", "ErrSignature")
	judge("with another card", change(func(c *protocol.TapClearing) { c.Card = s.thief.Signed }), "T-0001", "ErrSignature")
	judge("with a card that its holder made", change(func(c *protocol.TapClearing) { c.Card = protocoltest.Sign(p.t, s.Card.Key, s.Card.Claims()) }), "T-0001", "ErrSignature")
	judge("with another PAY", change(func(c *protocol.TapClearing) {
		c.Pay = changed(p.t, s.Terminal, s.PayClaims(s.get, s.answer.Bytes), func(c *protocol.TapPay) { c.Amount++ })
	}), "T-0001", "ErrOtherRequest")
	judge("with a PAY after the terminal's certificate", change(func(c *protocol.TapClearing) {
		c.Pay, c.Result = later, s.Result(p.t, later, protocol.TapDeducted)
	}), "T-0001", "ErrExpired")
}

func tapAbandonmentVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A terminal gave up a torn tap whose result it never learned.", "cs1/tap-abandonment", "T-0001", s.Terminal.Key, s.AbandonmentClaims(s.pay))
	raw := protocoltest.Sign(p.t, s.Terminal.Key, s.AbandonmentClaims(s.pay)).Bytes()
	p.invalid("PAY null", p.edited(raw, 1, nil), "ErrRange", false)
	p.invalid("mark too short", p.edited(raw, 2, make([]byte, 15)), "ErrMalformed", false)
	p.invalid("after all time", p.edited(raw, 3, afterAllTime), "ErrRange", false)
}

func tapClearedVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "Settlement's answer to a clearing, and to a tap given up.", "cs1/tap-cleared", "settlement-1", s.Settlement.Key, s.ClearedClaims(s.pay, protocol.ClearingCredited))
	for result := protocol.ClearingGivenBack; result <= protocol.ClearingConflict; result++ {
		p.valid(result.String(), protocoltest.Sign(p.t, s.Settlement.Key, s.ClearedClaims(s.pay, result)).Bytes())
	}
	cleared := func(change func(c *protocol.TapCleared)) []byte {
		return changed(p.t, s.Settlement, s.ClearedClaims(s.pay, protocol.ClearingCredited), change).Bytes()
	}
	raw := cleared(func(*protocol.TapCleared) {})
	refused := protocoltest.Sign(p.t, s.Settlement.Key, s.ClearedClaims(s.pay, protocol.ClearingUncovered)).Bytes()
	p.valid("forked", cleared(func(c *protocol.TapCleared) { c.Forked = true }))
	p.invalid("credited without a reference", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("refused with a reference", p.edited(refused, 3, 1), "ErrRange", false)
	p.invalid("result 6", p.edited(refused, 2, 6), "ErrRange", false)
	judge := answerJudge(p, "verify tap cleared", vectorGiven{Pay: s.pay.Bytes()})
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("about another tap", cleared(func(c *protocol.TapCleared) { c.Pay[0] ^= 1 }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("about another amount", cleared(func(c *protocol.TapCleared) { c.Amount-- }), s.Settlement.Certificate, "ErrOtherAmount")
	judge("in another currency", cleared(func(c *protocol.TapCleared) { c.Currency = 978 }), s.Settlement.Certificate, "ErrOtherCurrency")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.ClearedClaims(s.pay, protocol.ClearingCredited)).Bytes())
}
