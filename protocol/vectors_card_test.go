package protocol_test

import (
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// tapVectors print the kinds of a sale by tap.
func tapVectors() map[string]func(p *press) {
	return map[string]func(p *press){
		"card-number": cardNumberVectors, "virtual-card": virtualCardVectors, "card-key": cardKeyVectors, "card-application": cardApplicationVectors,
		"card-blocklist": cardBlocklistVectors, "load-request": loadRequestVectors, "load": loadVectors, "transfer": transferVectors,
		"transfer-receipt": transferReceiptVectors, "card-question": cardQuestionVectors, "card-state": cardStateVectors,
		"tap-selection": tapSelectionVectors, "tap-get": tapGetVectors, "tap-answer": tapAnswerVectors, "tap-proof": tapProofVectors,
		"tap-pay": tapPayVectors, "tap-result": tapResultVectors, "tap-recover": tapRecoverVectors, "tap-recovery": tapRecoveryVectors,
		"tap": tapTurnVectors, "tap-clearing": tapClearingVectors, "tap-abandonment": tapAbandonmentVectors, "tap-cleared": tapClearedVectors,
	}
}

func cardNumberVectors(p *press) {
	p.file.About = "A virtual card's number as digits, and as the 8 bytes BCD that are sealed (ISO/IEC 7812-1; step S6)."
	for _, serial := range []uint64{0, 1, 666, 12345678901, 99_999_999_999} {
		number := protocoltest.CardNumber(p.t, serial)
		digits := ok[[8]byte](p.t)(number.BCD())
		p.add("of serial number "+string(number[4:15]), "read text", vectorGiven{Text: string(number), Bytes: digits[:]}, "")
	}
	for _, c := range []struct{ name, text string }{
		{"nothing", ""}, {"fifteen digits", "915600000000001"}, {"seventeen digits", "91560000000000110"}, {"a letter", "915600000000001x"}, {"a space", "91560000 0000011"},
		{"wrong check digit", "9156000000000012"}, {"two digits swapped", "9156000000000101"}, {"another issuer", "6222020200112235"},
	} {
		p.add(c.name, "read text", vectorGiven{Text: c.text}, "ErrCardNumber")
	}
}

// answerJudge adds cases that verify what settlement signed against a message of the
// wallet or terminal.
func answerJudge(p *press, do string, given vectorGiven) func(name string, answer []byte, certificate *protocol.Signed[protocol.Certificate], wanted string) {
	trust := p.trust(nil)
	return func(name string, answer []byte, certificate *protocol.Signed[protocol.Certificate], wanted string) {
		g := given
		g.Bytes, g.Certificate, g.Trust, g.Now = answer, certificate.Bytes(), trust, p.now(0)
		p.add(name, do, g, wanted)
	}
}

func virtualCardVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A virtual card, bound to a key that only its wallet's trusted application has (step S1).", "cs1/virtual-card", "settlement-1", s.Settlement.Key, s.Card.Claims())
	raw := s.Card.Signed.Bytes()
	limits := extremes(p.t)
	for _, name := range []string{"short", "long"} {
		p.signer("settlement-1, "+name, limits[name].Settlement.Key)
		p.valid("as "+name+" as can be", limits[name].Card.Signed.Bytes())
	}
	p.invalid("number too short", p.edited(raw, 2, "915600000000001"), "ErrRange", false)
	p.invalid("number that fails Luhn", p.edited(raw, 2, "9156000000000012"), "ErrCardNumber", true)
	p.invalid("number of another issuer", p.edited(raw, 2, "6222020200112235"), "ErrCardNumber", true)
	p.invalid("ceiling 0", p.edited(raw, -65537, []any{156, 0, 0}), "ErrRange", false)
	p.invalid("confirmed above the ceiling", p.edited(raw, -65537, []any{156, 100, 101}), "ErrRange", true)
	p.invalid("four terms", p.edited(raw, -65537, []any{156, 100, 100, 0}), "ErrMalformed", false)
	p.invalid("after all time", p.edited(raw, 4, afterAllTime), "ErrRange", false)
	change := func(change func(c *protocol.VirtualCard)) []byte {
		return changed(p.t, s.Settlement, s.Card.Claims(), change).Bytes()
	}
	ended := change(func(c *protocol.VirtualCard) { c.Expires = protocol.At(s.Realm.Now) - 1 })
	for _, do := range []string{"verify virtual card", "verify recovered card"} {
		judge := answerJudge(p, do, vectorGiven{})
		judge("genuine", raw, s.Settlement.Certificate, "")
		judge("in another server's name", change(func(c *protocol.VirtualCard) { c.Issuer = "settlement-2" }), s.Settlement.Certificate, "ErrOtherSettlement")
		judge("signed by its own key", protocoltest.Sign(p.t, s.Card.Key, s.Card.Claims()).Bytes(), s.Settlement.Certificate, "ErrSignature")
		judge("under a terminal's certificate", raw, s.Terminal.Certificate, "ErrRole")
		judge("in its last second", change(func(c *protocol.VirtualCard) { c.Expires = protocol.At(s.Realm.Now) }), s.Settlement.Certificate, "")
		judge("that has ended", ended, s.Settlement.Certificate, map[string]string{"verify virtual card": "ErrExpired"}[do])
	}
}

func cardKeyVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "Whoever applies for a card has its key (step S1).", "cs1/card-key", "card", s.Card.Key, s.cardKey(p.t))
	raw := protocoltest.Sign(p.t, s.Card.Key, s.cardKey(p.t)).Bytes()
	other := s.Card.Claims().Holder.Key
	other.Curve = 2
	p.invalid("no wallet", p.edited(raw, 1, ""), "ErrRange", false)
	p.invalid("key on another curve", p.edited(raw, 2, other), "ErrRange", false)
}

func cardApplicationVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A wallet applies for a virtual card (step S1).", "cs1/card-application", "W-0001", s.Wallet.Key, s.application())
	raw := protocoltest.Sign(p.t, s.Wallet.Key, s.application()).Bytes()
	p.invalid("proof null", p.edited(raw, 2, nil), "ErrRange", false)
	p.invalid("account all zero", p.edited(raw, 3, make([]byte, 24)), "ErrRange", true)
	p.invalid("currency 0", p.edited(raw, 4, 0), "ErrRange", false)
	trust := p.trust(nil)
	judge := func(name string, a *protocol.Signed[protocol.CardApplication], wanted string) {
		p.add(name, "verify card application", vectorGiven{Bytes: a.Bytes(), Trust: trust, Now: p.now(0)}, wanted)
	}
	judge("genuine", protocoltest.Sign(p.t, s.Wallet.Key, s.application()), "")
	judge("by a terminal", changed(p.t, s.Terminal, s.application(), func(a *protocol.CardApplication) { a.Wallet = s.Terminal.Certificate }), "ErrRole")
	judge("with the proof of another application", changed(p.t, s.Wallet, s.application(), func(a *protocol.CardApplication) { a.Key[0] ^= 1 }), "ErrSignature")
	judge("for a key that the wallet has not", changed(p.t, s.Wallet, s.application(), func(a *protocol.CardApplication) {
		a.Proof = protocoltest.Sign(p.t, s.Wallet.Key, a.Proof.Unverified())
	}), "ErrSignature")
}

func cardBlocklistVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "The virtual cards that settlement no longer honours.", "cs1/card-blocklist", "settlement-1", s.Settlement.Key, s.blocklist())
	list := func(change func(l *protocol.CardBlocklist)) []byte {
		return changed(p.t, s.Settlement, s.blocklist(), change).Bytes()
	}
	raw := list(func(*protocol.CardBlocklist) {})
	p.valid("empty", list(func(l *protocol.CardBlocklist) { l.Blocked = []protocol.CardMark{} }))
	marks := s.blocklist().Blocked
	p.invalid("unsorted", p.edited(raw, 4, []any{marks[1], marks[0]}), "ErrRange", true)
	p.invalid("one card twice", p.edited(raw, 4, []any{marks[0], marks[0]}), "ErrRange", true)
	p.invalid("no cards, as null", p.edited(raw, 4, nil), "ErrRange", false)
	p.invalid("mark too short", p.edited(raw, 4, []any{marks[0][:15]}), "ErrMalformed", false)
	judge := answerJudge(p, "verify card blocklist", vectorGiven{Old: raw})
	judge("the same again", raw, s.Settlement.Certificate, "")
	judge("the next", list(func(l *protocol.CardBlocklist) { l.Sequence++ }), s.Settlement.Certificate, "")
	judge("rolled back", list(func(l *protocol.CardBlocklist) { l.Sequence-- }), s.Settlement.Certificate, "ErrListStale")
	judge("in another server's name", list(func(l *protocol.CardBlocklist) { l.Issuer = "settlement-2" }), s.Settlement.Certificate, "ErrOtherSettlement")
	judge("from far ahead", list(func(l *protocol.CardBlocklist) { l.Issued += 301 }), s.Settlement.Certificate, "ErrClockSkew")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.blocklist()).Bytes())
}

func loadRequestVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A wallet asks for money on its card (step S1).", "cs1/load-request", "card", s.Card.Key, s.loadRequest())
	raw := protocoltest.Sign(p.t, s.Card.Key, s.loadRequest()).Bytes()
	waiting := s.loadRequest()
	waiting.Waiting = true
	p.valid("of what waits", protocoltest.Sign(p.t, s.Card.Key, waiting).Bytes())
	p.invalid("sequence 0", p.edited(raw, 5, 0), "ErrRange", false)
	p.invalid("sequence too large", p.edited(raw, 5, uint64(tooOften)), "ErrRange", false)
	p.invalid("amount 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("waiting a number", p.edited(raw, 6, 1), "ErrMalformed", false)
}

func loadVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "Money on a card, after its account was debited (step S1).", "cs1/load", "settlement-1", s.Settlement.Key, s.load())
	load := func(change func(l *protocol.Load)) []byte {
		return changed(p.t, s.Settlement, s.load(), change).Bytes()
	}
	raw := load(func(*protocol.Load) {})
	p.invalid("sequence 0", p.edited(raw, 2, 0), "ErrRange", false)
	p.invalid("less in total than this time", p.edited(raw, 5, 4999), "ErrRange", true)
	p.invalid("total too large", p.edited(raw, 5, uint64(tooOften)), "ErrRange", false)
	p.invalid("cleared too large", p.edited(raw, 8, uint64(tooOften)), "ErrRange", false)
	judge := answerJudge(p, "verify load", vectorGiven{Request: protocoltest.Sign(p.t, s.Card.Key, s.loadRequest()).Bytes(), Total: 10000})
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("for another card", load(func(l *protocol.Load) { l.Number = s.thief.Number() }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("with another nonce", load(func(l *protocol.Load) { l.Nonce[0] ^= 1 }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("with another number", load(func(l *protocol.Load) { l.Sequence++ }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("of another amount", load(func(l *protocol.Load) { l.Amount++; l.Total++ }), s.Settlement.Certificate, "ErrOtherAmount")
	judge("to another total", load(func(l *protocol.Load) { l.Total++ }), s.Settlement.Certificate, "ErrOtherAmount")
	judge("in another currency", load(func(l *protocol.Load) { l.Currency = 978 }), s.Settlement.Certificate, "ErrOtherCurrency")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.load()).Bytes())
}

func transferVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A card gives money to another: a deduction in its chain (step S1).", "cs1/transfer", "card", s.Card.Key, s.transfer())
	raw := protocoltest.Sign(p.t, s.Card.Key, s.transfer()).Bytes()
	p.valid("the first deduction", protocoltest.Sign(p.t, s.Card.Key, s.Realm.TransferClaims(s.Card, s.second(), 1, 1, protocol.Hash{})).Bytes())
	p.invalid("to itself", p.edited(raw, 2, s.Card.Number()), "ErrRange", true)
	p.invalid("to a number that fails Luhn", p.edited(raw, 2, "9156000000000012"), "ErrCardNumber", true)
	p.invalid("counter 0", p.edited(raw, 5, 0), "ErrRange", false)
	p.invalid("first with a previous", p.edited(raw, 5, 1), "ErrRange", true)
	p.invalid("second without a previous", p.edited(raw, 6, make([]byte, 32)), "ErrRange", true)
}

func transferReceiptVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "Settlement's answer to a transfer.", "cs1/transfer-receipt", "settlement-1", s.Settlement.Key, s.transferReceipt(p.t))
	receipt := func(change func(r *protocol.TransferReceipt)) []byte {
		return changed(p.t, s.Settlement, s.transferReceipt(p.t), change).Bytes()
	}
	raw := receipt(func(*protocol.TransferReceipt) {})
	p.valid("returned", receipt(func(r *protocol.TransferReceipt) { r.Result = protocol.TransferReturned }))
	p.valid("conflict", receipt(func(r *protocol.TransferReceipt) { r.Result, r.Reference = protocol.TransferConflict, 0 }))
	p.valid("uncovered", receipt(func(r *protocol.TransferReceipt) { r.Result, r.Reference = protocol.TransferUncovered, 0 }))
	p.invalid("made without a reference", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("conflict with a reference", p.edited(raw, 2, 2), "ErrRange", false)
	p.invalid("uncovered with a reference", p.edited(raw, 2, 3), "ErrRange", false)
	p.invalid("result 4", p.edited(raw, 2, 4), "ErrRange", false)
	judge := answerJudge(p, "verify transfer receipt", vectorGiven{Request: protocoltest.Sign(p.t, s.Card.Key, s.transfer()).Bytes()})
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("of another transfer", receipt(func(r *protocol.TransferReceipt) { r.Transfer[0] ^= 1 }), s.Settlement.Certificate, "ErrOtherRequest")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.transferReceipt(p.t)).Bytes())
}

func cardQuestionVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A wallet asks how its card stands, and hands in deductions that settlement may not have seen.", "cs1/card-question", "card", s.Card.Key, s.question(p.t))
	raw := protocoltest.Sign(p.t, s.Card.Key, s.question(p.t)).Bytes()
	results := s.question(p.t).Results
	none := s.question(p.t)
	none.Results = none.Results[:0]
	p.valid("without deductions", protocoltest.Sign(p.t, s.Card.Key, none).Bytes())
	p.invalid("results null", p.edited(raw, 3, nil), "ErrRange", false)
	p.invalid("a result null", p.edited(raw, 3, []any{nil}), "ErrRange", false)
	p.invalid("results out of order", p.edited(raw, 3, []any{results[1].Bytes(), results[0].Bytes()}), "ErrRange", true)
	p.invalid("a result that deducted nothing", p.edited(raw, 3, []any{s.Result(p.t, s.pay, protocol.TapFunds).Bytes()}), "ErrRange", true)
}

func cardStateVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "How a card stands at settlement.", "cs1/card-state", "settlement-1", s.Settlement.Key, s.state())
	state := func(change func(c *protocol.CardState)) []byte {
		return changed(p.t, s.Settlement, s.state(), change).Bytes()
	}
	raw := state(func(*protocol.CardState) {})
	p.valid("before the first load", state(func(c *protocol.CardState) { c.Sequence, c.Total, c.Cleared = 0, 0, 0 }))
	p.valid("blocked", state(func(c *protocol.CardState) { c.Blocked = true }))
	p.invalid("total of no load", p.edited(raw, 4, 0), "ErrRange", false)
	p.invalid("waiting negative", p.edited(raw, 3, -1), "ErrRange", false)
	p.invalid("waiting too much", p.edited(raw, 3, uint64(tooOften)), "ErrRange", false)
	judge := answerJudge(p, "verify card state", vectorGiven{Request: protocoltest.Sign(p.t, s.Card.Key, s.question(p.t)).Bytes()})
	judge("genuine", raw, s.Settlement.Certificate, "")
	judge("of another card", state(func(c *protocol.CardState) { c.Number = s.thief.Number() }), s.Settlement.Certificate, "ErrOtherRequest")
	judge("121 s old", state(func(c *protocol.CardState) { c.Decided -= 121 }), s.Settlement.Certificate, "ErrClockSkew")
	judge("301 s old", state(func(c *protocol.CardState) { c.Decided -= 301 }), s.Settlement.Certificate, "ErrRequestStale")
	judgeSigner(judge, p, raw, protocoltest.Sign(p.t, s.Terminal.Key, s.state()).Bytes())
}
