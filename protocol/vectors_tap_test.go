package protocol_test

import (
	"bytes"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func tapSelectionVectors(p *press) {
	s := p.s.tap(p.t)
	p.file.About = "What a wallet answers a SELECT of its application's name with: 6F{84 name, A5{DF01 version, DF02 nonce}} (step S3)."
	good := protocol.EncodeTapSelection(s.Nonce)
	p.add("valid", "read selection", vectorGiven{Bytes: good, Nonce: s.Nonce[:]}, "")
	edit := func(name string, change func(b []byte) []byte) {
		p.add(name, "read selection", vectorGiven{Bytes: change(bytes.Clone(good))}, "ErrMalformed")
	}
	edit("another name", func(b []byte) []byte { b[5] ^= 1; return b })
	edit("version 2", func(b []byte) []byte { b[16] = 2; return b })
	edit("nonce too short", func(b []byte) []byte { return b[:len(b)-1] })
	edit("a byte behind", func(b []byte) []byte { return append(b, 0) })
	edit("nothing but the template", func([]byte) []byte { return []byte{0x6f, 0} })
}

func tapGetVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "GET VIRTUAL CARD NUMBER: the terminal asks for the card (step S4).", "cs1/tap-get", "T-0001", s.Terminal.Key, s.GetClaims())
	raw := s.get.Bytes()
	p.invalid("nonce too short", p.edited(raw, 1, make([]byte, 15)), "ErrMalformed", false)
	p.invalid("no settlement", p.edited(raw, 3, ""), "ErrRange", false)
	p.invalid("certificate null", p.edited(raw, 4, nil), "ErrRange", false)
	trust := p.trust(nil)
	judge := func(name string, get *protocol.Signed[protocol.TapGet], wanted string) {
		p.add(name, "verify tap get", vectorGiven{Bytes: get.Bytes(), Nonce: s.Nonce[:], Settlement: "settlement-1", Trust: trust, Now: p.now(0)}, wanted)
	}
	judge("genuine", s.get, "")
	judge("of another SELECT", changed(p.t, s.Terminal, s.GetClaims(), func(g *protocol.TapGet) { g.Nonce[0] ^= 1 }), "ErrOtherRequest")
	judge("to clear with another server", changed(p.t, s.Terminal, s.GetClaims(), func(g *protocol.TapGet) { g.Settlement = "settlement-2" }), "ErrOtherSettlement")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.other.Key, s.GetClaims()), "ErrSignature")
	judge("a wallet asks", changed(p.t, s.Wallet, s.GetClaims(), func(g *protocol.TapGet) { g.Terminal = s.Wallet.Certificate }), "ErrRole")
}

func tapAnswerVectors(p *press) {
	s := p.s.tap(p.t)
	p.file.About = "A wallet's answer to GET: card number and proof, sealed to the terminal in one HPKE context (step S7). File tap.json opens it."
	a := ok[protocol.TapAnswer](p.t)(protocol.DecodeTapAnswer(s.answer.Bytes))
	p.valid("valid", s.answer.Bytes)
	p.invalid("number too short", deterministic(p.t, []any{[]byte(a.Number[1:]), a.Proof}), "ErrRange", false)
	p.invalid("proof too short", deterministic(p.t, []any{[]byte(a.Number), a.Proof[1:]}), "ErrRange", false)
	p.invalid("proof null", deterministic(p.t, []any{[]byte(a.Number), nil}), "ErrRange", false)
	p.invalid("three parts", deterministic(p.t, []any{[]byte(a.Number), a.Proof, 0}), "ErrMalformed", false)
	p.invalid("a byte behind", append(bytes.Clone(s.answer.Bytes), 0), "ErrMalformed", false)
	p.invalid("longer head", longForm(s.answer.Bytes), "ErrMalformed", true)
}

func tapProofVectors(p *press) {
	s := p.s.tap(p.t)
	p.file.About = "What the second message of a tap holds before it is padded to 264 bytes: the card, and its key's signature over the sealed number (step S6)."
	a := ok[protocol.TapAnswer](p.t)(protocol.DecodeTapAnswer(s.answer.Bytes))
	signature := ok[[64]byte](p.t)(protocol.SignTapNumber(s.Card.Key, s.get.Hash(), a.Number, s.Card.Signed))
	raw := deterministic(p.t, []any{s.Card.Signed.Bytes(), signature[:]})
	p.valid("valid", raw)
	p.invalid("card null", deterministic(p.t, []any{nil, signature[:]}), "ErrMalformed", false)
	p.invalid("signature too short", deterministic(p.t, []any{s.Card.Signed.Bytes(), signature[:63]}), "ErrMalformed", false)
	p.invalid("card not in a byte string", deterministic(p.t, []any{[]any{}, signature[:]}), "ErrMalformed", false)
	p.invalid("a byte behind", append(bytes.Clone(raw), 1), "ErrMalformed", false)
	p.invalid("a zero behind, which belongs to the padding", append(bytes.Clone(raw), 0), "ErrMalformed", false)
	p.invalid("longer than any", deterministic(p.t, []any{s.Card.Signed.Bytes(), signature[:], make([]byte, 64)}), "ErrRange", false)
	p.invalid("empty", nil, "ErrMalformed", false)
}

func tapPayVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "The payment request command: the terminal asks that card for an amount (step S8).", "cs1/tap-pay", "T-0001", s.Terminal.Key, s.PayClaims(s.get, s.answer.Bytes))
	raw := s.pay.Bytes()
	p.invalid("amount 0", p.edited(raw, 2, 0), "ErrRange", false)
	p.invalid("amount too large", p.edited(raw, 2, 10_000_000_000), "ErrRange", false)
	p.invalid("currency 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("life 0", p.edited(raw, 6, 0), "ErrRange", false)
	p.invalid("life 61", p.edited(raw, 6, 61), "ErrRange", false)
	judge := func(name string, pay *protocol.Signed[protocol.TapPay], seconds int, wanted string) {
		p.add(name, "verify tap pay", vectorGiven{Bytes: pay.Bytes(), Request: s.get.Bytes(), Answer: s.answer.Bytes, Now: p.now(seconds)}, wanted)
	}
	change := func(change func(c *protocol.TapPay)) *protocol.Signed[protocol.TapPay] {
		return changed(p.t, s.Terminal, s.PayClaims(s.get, s.answer.Bytes), change)
	}
	terminal := s.Terminal.Certificate.Unverified()
	judge("genuine", s.pay, 0, "")
	judge("120 s old", s.pay, 120, "")
	judge("121 s old", s.pay, 121, "ErrClockSkew")
	judge("301 s ahead", s.pay, -301, "ErrRequestStale")
	judge("for another answer", change(func(c *protocol.TapPay) { c.Answer[0] ^= 1 }), 0, "ErrOtherRequest")
	judge("under another code", change(func(c *protocol.TapPay) { c.Scramble[0] ^= 1 }), 0, "ErrOtherRequest")
	judge("dated before the terminal's certificate", change(func(c *protocol.TapPay) { c.Issued = terminal.NotBefore - 1 }), -3600, "ErrNotYetValid")
	judge("dated after the terminal's certificate", change(func(c *protocol.TapPay) { c.Issued = terminal.Expires + 1 }), 7*24*3600, "ErrExpired")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.other.Key, s.PayClaims(s.get, s.answer.Bytes)), 0, "ErrSignature")
}

func tapResultVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "What a card did about a PAY or a RECOVER (step S9). Deductions are the links of the card's chain.", "cs1/tap-result", "card", s.Card.Key, s.ResultClaims(s.pay, protocol.TapDeducted))
	raw := s.Result(p.t, s.pay, protocol.TapDeducted).Bytes()
	refused := s.Result(p.t, s.pay, protocol.TapRefused).Bytes()
	for _, status := range []protocol.TapStatus{protocol.TapConfirm, protocol.TapFunds, protocol.TapRefused} {
		p.valid(status.String(), s.Result(p.t, s.pay, status).Bytes())
	}
	p.valid("never", s.Never(p.t, s.Recover(p.t)).Bytes())
	p.valid("the last link there can be", s.Card.Link(p.t, s.pay, "T-0001", 1<<53, protocol.Hash{1}).Bytes())
	p.invalid("nothing deducted", p.edited(raw, 4, 0), "ErrRange", false)
	p.invalid("refused with an amount", p.edited(refused, 4, 7800), "ErrRange", false)
	p.invalid("first with a previous", p.edited(raw, 7, protocol.Hash{1}), "ErrRange", true)
	p.invalid("second without a previous", p.edited(raw, 6, 2), "ErrRange", true)
	p.invalid("counter 0", p.edited(raw, 6, 0), "ErrMalformed", false)
	p.invalid("counter too large", p.edited(raw, 6, uint64(tooOften)), "ErrRange", false)
	p.invalid("previous null", p.edited(raw, 7, nil), "ErrMalformed", false)
	p.invalid("refused, status 5", p.edited(refused, 3, 5), "ErrRange", false)
	judge := func(name string, result *protocol.Signed[protocol.TapResult], wanted string) {
		p.add(name, "verify tap result", vectorGiven{Bytes: result.Bytes(), Card: s.Card.Signed.Bytes(), Pay: s.pay.Bytes(), Terminal: "T-0001"}, wanted)
	}
	change := func(change func(r *protocol.TapResult)) *protocol.Signed[protocol.TapResult] {
		r := s.ResultClaims(s.pay, protocol.TapDeducted)
		change(&r)
		return protocoltest.Sign(p.t, s.Card.Key, r)
	}
	judge("deducted as asked", s.Result(p.t, s.pay, protocol.TapDeducted), "")
	judge("of another card", protocoltest.Sign(p.t, s.thief.Key, s.ResultClaims(s.pay, protocol.TapDeducted)), "ErrSignature")
	judge("of another PAY", change(func(r *protocol.TapResult) { r.Answers[0] ^= 1 }), "ErrOtherRequest")
	judge("under another code", change(func(r *protocol.TapResult) { r.Scramble[0] ^= 1 }), "ErrOtherRequest")
	judge("at another terminal", change(func(r *protocol.TapResult) { r.Terminal = "T-0002" }), "ErrOtherRequest")
	judge("never, from a RECOVER", s.Never(p.t, s.Recover(p.t)), "ErrOtherRequest")
	judge("of another amount", change(func(r *protocol.TapResult) { r.Amount-- }), "ErrOtherAmount")
	judge("in another currency", change(func(r *protocol.TapResult) { r.Currency = 978 }), "ErrOtherCurrency")
}

func tapRecoverVectors(p *press) {
	s := p.s.tap(p.t)
	signedKind(p, "A terminal asks what became of a torn tap.", "cs1/tap-recover", "T-0001", s.Terminal.Key, s.RecoverClaims())
	raw := s.Recover(p.t).Bytes()
	p.invalid("code too long", p.edited(raw, 2, make([]byte, 17)), "ErrMalformed", false)
	p.invalid("certificate null", p.edited(raw, 3, nil), "ErrRange", false)
	trust := p.trust(nil)
	judge := func(name string, r *protocol.Signed[protocol.TapRecover], wanted string) {
		p.add(name, "verify tap recover", vectorGiven{Bytes: r.Bytes(), Nonce: s.Nonce[:], Trust: trust, Now: p.now(0)}, wanted)
	}
	judge("genuine", s.Recover(p.t), "")
	judge("of another SELECT", changed(p.t, s.Terminal, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Nonce[0] ^= 1 }), "ErrOtherRequest")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.other.Key, s.RecoverClaims()), "ErrSignature")
}

func tapRecoveryVectors(p *press) {
	s := p.s.tap(p.t)
	p.file.About, p.file.Info = "What the answer to RECOVER holds before it is padded to 408 bytes and sealed to the terminal: the card and the kept result.", "cs1/tap-recover-answer"
	asked := s.Recover(p.t)
	deducted, never := s.Result(p.t, s.pay, protocol.TapDeducted), s.Never(p.t, asked)
	plaintext := func(result *protocol.Signed[protocol.TapResult]) []byte {
		return deterministic(p.t, []any{s.Card.Signed.Bytes(), result.Bytes()})
	}
	mark := s.Card.Mark()
	open := func(name string, tap protocoltest.Tap, result *protocol.Signed[protocol.TapResult], change func(g *vectorGiven), wanted string) {
		given := vectorGiven{
			Bytes: hexBytes(tap.Recovery(p.t, asked, result)), Key: p.agreement("T-0001", s.Terminal.Agreement), Info: "cs1/tap-recover-answer",
			Request: asked.Bytes(), Pay: s.pay.Bytes(), Mark: mark[:], Terminal: "T-0001",
		}
		change(&given)
		p.add(name, "open recovery", given, wanted)
		if wanted == "" {
			p.file.Cases[len(p.file.Cases)-1].Want.Plaintext = ok[[]byte](p.t)(protocol.Pad(plaintext(result), 408))
		}
	}
	p.valid("deducted", plaintext(deducted))
	p.valid("never", plaintext(never))
	p.invalid("card null", deterministic(p.t, []any{nil, never.Bytes()}), "ErrMalformed", false)
	p.invalid("result null", deterministic(p.t, []any{s.Card.Signed.Bytes(), nil}), "ErrMalformed", false)
	p.invalid("result not in a byte string", deterministic(p.t, []any{s.Card.Signed.Bytes(), 0}), "ErrMalformed", false)
	p.invalid("a byte behind", append(plaintext(never), 1), "ErrMalformed", false)
	same := func(*vectorGiven) {}
	another := s.Tap
	another.Card = s.thief
	open("sealed, deducted", s.Tap, deducted, same, "")
	open("sealed, never", s.Tap, never, same, "")
	open("of another card", another, another.Never(p.t, asked), same, "ErrOtherCard")
	open("never, from an earlier RECOVER", s.Tap, protocoltest.Sign(p.t, s.Card.Key, func() protocol.TapResult { r := s.NeverClaims(asked); r.Answers[0] ^= 1; return r }()), same, "ErrOtherRequest")
	open("refused", s.Tap, s.Result(p.t, s.pay, protocol.TapRefused), same, "ErrRange")
	open("sealed for another RECOVER", s.Tap, never, func(g *vectorGiven) {
		g.Request = changed(p.t, s.Terminal, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Nonce[0] ^= 1 }).Bytes()
	}, "ErrSealed")
	open("sealed for another key", s.Tap, never, func(g *vectorGiven) {
		g.Key = p.agreement("somebody else", protocoltest.AgreementKey(p.t, "somebody else"))
	}, "ErrSealed")
	open("ciphertext changed", s.Tap, never, func(g *vectorGiven) { g.Bytes = bytes.Clone(g.Bytes); g.Bytes[40] ^= 1 }, "ErrSealed")
}

// tapTurnVectors are whole taps: three messages of one HPKE context.
func tapTurnVectors(p *press) {
	s := p.s.tap(p.t)
	p.file.About, p.file.Info = "The messages of one tap, sealed to the terminal in one HPKE context: number, proof, result (steps S6 to S9).", "cs1/tap"
	get, pay := s.get.Hash(), s.pay.Hash()
	result := s.Result(p.t, s.pay, protocol.TapDeducted)
	trust := p.trust(nil)
	add := func(name string, answer protocoltest.Answer, change func(g *vectorGiven), wanted string) {
		given := vectorGiven{
			Bytes: answer.Bytes, Key: p.agreement("T-0001", s.Terminal.Agreement), Info: "cs1/tap", Request: get[:], Certificate: s.Settlement.Certificate.Bytes(),
			Trust: trust, Now: p.now(0), Payment: pay[:], Sealed: ok[[]byte](p.t)(answer.Cipher.SealResult(pay, result)),
		}
		change(&given)
		p.add(name, "open tap", given, wanted)
		if wanted != "" {
			return
		}
		a := ok[protocol.TapAnswer](p.t)(protocol.DecodeTapAnswer(given.Bytes))
		recipient := recipientOf(p.t, s.Terminal.Agreement, "cs1/tap", a.Number)
		digits := ok[[]byte](p.t)(recipient.Open(get[:], a.Number[33:]))
		plaintext := append(digits, ok[[]byte](p.t)(recipient.Open(get[:], a.Proof))...)
		if given.Sealed != nil {
			plaintext = append(plaintext, ok[[]byte](p.t)(protocol.Pad(result.Bytes(), 208))...)
		}
		p.file.Cases[len(p.file.Cases)-1].Want.Plaintext = plaintext
	}
	same := func(*vectorGiven) {}
	answer := func() protocoltest.Answer { return s.Tap.Answer(p.t, s.get) }
	add("number and proof", answer(), func(g *vectorGiven) { g.Sealed = nil }, "")
	add("number, proof and result", answer(), same, "")
	add("for another GET", answer(), func(g *vectorGiven) { g.Request = pay[:] }, "ErrSealed")
	add("for another key", answer(), func(g *vectorGiven) {
		g.Key = p.agreement("somebody else", protocoltest.AgreementKey(p.t, "somebody else"))
	}, "ErrSealed")
	add("number changed", answer(), func(g *vectorGiven) { g.Bytes = bytes.Clone(g.Bytes); g.Bytes[40] ^= 1 }, "ErrSealed")
	add("proof changed", answer(), func(g *vectorGiven) { g.Bytes = bytes.Clone(g.Bytes); g.Bytes[100] ^= 1 }, "ErrSealed")
	add("result changed", answer(), func(g *vectorGiven) { g.Sealed[0] ^= 1 }, "ErrSealed")
	add("result for another PAY", answer(), func(g *vectorGiven) { g.Payment = get[:] }, "ErrSealed")
	add("result of another tap", answer(), func(g *vectorGiven) { g.Sealed = ok[[]byte](p.t)(answer().Cipher.SealResult(pay, result)) }, "ErrSealed")
	add("number of another card", s.AnswerWith(p.t, s.get, s.thief.Number(), s.Card), same, "ErrOtherCard")
	add("number that fails Luhn", s.AnswerWith(p.t, s.get, "9156000000000012", s.Card), same, "ErrCardNumber")
	add("card without its key", s.AnswerWith(p.t, s.get, s.Card.Number(), protocoltest.Card{Key: s.thief.Key, Signed: s.Card.Signed}), same, "ErrSignature")
	add("card that has ended", answer(), func(g *vectorGiven) { g.Now = g.Now.AddDate(1, 0, 1) }, "ErrExpired")
}
