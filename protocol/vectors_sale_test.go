package protocol_test

import (
	"fmt"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func requestVectors(p *press) {
	s := p.s
	signedKind(p, "What the terminal shows as the consumption QR code, CS1R: (step 3).", "cs1/request", "T-0001", s.Terminal.Key, s.RequestClaims())
	raw := s.request.Bytes()
	pin := s.RequestClaims()
	pin.WantsPIN = true
	p.valid("asking for a PIN", protocoltest.Sign(p.t, s.Terminal.Key, pin).Bytes())
	p.invalid("PIN asked for with false", p.edited(protocoltest.Sign(p.t, s.Terminal.Key, pin).Bytes(), 9, false), "ErrMalformed", false)
	p.invalid("amount 0", p.edited(raw, 2, 0), "ErrRange", false)
	p.invalid("amount negative", p.edited(raw, 2, -1), "ErrRange", false)
	p.invalid("amount too large", p.edited(raw, 2, 10_000_000_000), "ErrRange", false)
	p.invalid("amount a fraction", p.edited(raw, 2, 78.5), "ErrMalformed", false)
	p.invalid("currency 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("currency 1000", p.edited(raw, 3, 1000), "ErrRange", false)
	p.invalid("no merchant account", p.edited(raw, 4, []byte{}), "ErrRange", false)
	p.invalid("scramble code too short", p.edited(raw, 5, make([]byte, 15)), "ErrMalformed", false)
	p.invalid("life 0", p.edited(raw, 7, 0), "ErrRange", false)
	p.invalid("life 61", p.edited(raw, 7, 61), "ErrRange", false)
	p.invalid("certificate null", p.edited(raw, 8, nil), "ErrRange", false)
	p.invalid("certificate not in a byte string", p.edited(raw, 8, []any{}), "ErrMalformed", false)
	p.add("text", "read text", vectorGiven{Text: protocol.RequestText(s.request), Bytes: raw}, "")
	p.add("text of another kind", "read text", vectorGiven{Text: protocol.OutcomeText(s.outcome)}, "ErrNotOurs")
	p.add("a web address", "read text", vectorGiven{Text: "https://example.com/"}, "ErrNotOurs")
	p.add("text with a character outside Base45", "read text", vectorGiven{Text: "CS1R:bb8"}, "ErrMalformed")

	trust := p.trust(nil)
	judge := func(name string, request *protocol.Signed[protocol.Request], seconds int, wanted string) {
		p.add(name, "verify request", vectorGiven{Bytes: request.Bytes(), Trust: trust, Now: p.now(seconds)}, wanted)
	}
	judge("genuine", s.request, 0, "")
	judge("120 s old", s.request, 120, "")
	judge("121 s old", s.request, 121, "ErrClockSkew")
	judge("121 s ahead", s.request, -121, "ErrClockSkew")
	judge("301 s old", s.request, 301, "ErrRequestStale")
	judge("301 s ahead", s.request, -301, "ErrRequestStale")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.newcomer.Key, s.RequestClaims()), 0, "ErrSignature")
	wallet := s.RequestClaims()
	wallet.Terminal = s.Wallet.Certificate
	judge("a wallet asks", protocoltest.Sign(p.t, s.Wallet.Key, wallet), 0, "ErrRole")
	foreign := s.RequestClaims()
	foreign.Terminal = protocoltest.New(p.t, "elsewhere/1").Terminal("T-0001", "Corner Café").Certificate
	judge("terminal of another authority", protocoltest.Sign(p.t, s.Terminal.Key, foreign), 0, "ErrOtherAuthority")
}

func paymentVectors(p *press) {
	s := p.s
	signedKind(p, "What the phone shows sealed as the payment QR code, CS1P: (steps 6 to 9).", "cs1/payment", "W-0001", s.Wallet.Key, s.payment.Unverified())
	raw := s.payment.Bytes()
	p.file.Info = "cs1/payment-outer"
	for _, v := range paymentVariants() {
		sale := v.sale(p.t)
		request := v.request(p.t, sale)
		payment := v.payment(p.t, sale, request)
		p.valid(v.name, payment.Bytes())
		sealed, hash := sale.Sealed(p.t, request, payment), request.Hash()
		given := vectorGiven{Bytes: hexBytes(sealed), Key: p.agreement("T-0001", sale.Terminal.Agreement), Info: "cs1/payment-outer", AAD: hash[:], Request: hash[:]}
		p.add(v.name+", opened by the terminal", "open", given, "")
		p.file.Cases[len(p.file.Cases)-1].Want.Plaintext = payment.Bytes()
	}
	p.invalid("print announced and not there", p.withPair(raw, 7, true), "ErrRange", true)
	p.invalid("print there and not announced", p.edited(raw, 5, []byte(s.phonePayment.Unverified().Secret)), "ErrRange", true)
	p.invalid("print and PIN", p.withPair(s.phonePayment.Bytes(), 8, true), "ErrRange", true)
	p.invalid("secret of another length", p.edited(raw, 5, make([]byte, 78)), "ErrRange", false)
	p.invalid("amount 0", p.edited(raw, 2, 0), "ErrRange", false)

	sealed, hash := s.Sealed(p.t, s.request, s.payment), s.request.Hash()
	another := hash
	another[0] ^= 1
	given := vectorGiven{Bytes: hexBytes(sealed), Key: p.agreement("T-0001", s.Terminal.Agreement), Info: "cs1/payment-outer", AAD: hash[:], Request: hash[:]}
	otherRequest := given
	otherRequest.AAD, otherRequest.Request = another[:], another[:]
	p.sealedKind("sealed", given, raw, map[string]vectorGiven{"for another request": otherRequest})
	p.add("text", "read text", vectorGiven{Text: protocol.PaymentText(sealed), Bytes: hexBytes(sealed)}, "")
	p.add("text of another kind", "read text", vectorGiven{Text: protocol.RequestText(s.request)}, "ErrNotOurs")
	p.add("text of too few bytes", "read text", vectorGiven{Text: protocol.PaymentText(sealed[:48])}, "ErrMalformed")

	trust := p.trust(nil)
	judge := func(name string, payment *protocol.Signed[protocol.Payment], seconds int, wanted string) {
		p.add(name, "verify payment", vectorGiven{Bytes: payment.Bytes(), Request: s.request.Bytes(), Trust: trust, Now: p.now(seconds)}, wanted)
	}
	change := func(change func(c *protocol.Payment)) *protocol.Signed[protocol.Payment] {
		claims := s.payment.Unverified()
		change(&claims)
		return protocoltest.Sign(p.t, s.Wallet.Key, claims)
	}
	judge("genuine", s.payment, 0, "")
	judge("in the last second", s.payment, 60, "")
	judge("too late", s.payment, 61, "ErrRequestExpired")
	judge("for another request", change(func(c *protocol.Payment) { c.Request = another }), 0, "ErrOtherRequest")
	judge("of another amount", change(func(c *protocol.Payment) { c.Amount-- }), 0, "ErrOtherAmount")
	judge("in another currency", change(func(c *protocol.Payment) { c.Currency = 978 }), 0, "ErrOtherCurrency")
	judge("by a PIN that was not asked for", change(func(c *protocol.Payment) { c.HolderByPIN = true }), 0, "ErrNoPrint")
	judge("with a terminal's certificate", change(func(c *protocol.Payment) { c.Wallet = s.Terminal.Certificate }), 0, "ErrRole")
	judge("signed by another wallet", protocoltest.Sign(p.t, protocoltest.SignatureKey(p.t, "W-0002"), s.payment.Unverified()), 0, "ErrSignature")
}

// withPair adds a pair to the end of a message's payload.
func (p *press) withPair(raw []byte, key int, value any) []byte {
	w := takeApart(p.t, raw)
	w.Payload = join(append(pairs(p.t, w.Payload), pair{deterministic(p.t, key), deterministic(p.t, value)}))
	return w.bytes(p.t)
}

func payerSecretVectors(p *press) {
	s := p.s
	p.file.About, p.file.Info = "What only settlement may read of a payment: the account, and the print that the phone took itself (step 6).", "cs1/payer-secret"
	open := func(name string, sealed protocol.Sealed, secret protocol.PayerSecret) {
		request, wallet := s.request.Hash(), s.Wallet.Certificate.Hash()
		another := protocol.Hash{1}
		given := vectorGiven{
			Bytes: hexBytes(sealed), Key: p.agreement("settlement-1", s.Settlement.Agreement), Info: "cs1/payer-secret",
			AAD: deterministic(p.t, []any{request, wallet}), Request: request[:], Certificate: wallet[:],
		}
		otherRequest, otherWallet := given, given
		otherRequest.Request, otherRequest.AAD = another[:], deterministic(p.t, []any{another, wallet})
		otherWallet.Certificate, otherWallet.AAD = another[:], deterministic(p.t, []any{request, another})
		plaintext := ok[[]byte](p.t)(protocol.EncodePayerSecret(secret))
		p.valid(name, plaintext)
		p.sealedKind(name+", sealed", given, plaintext, map[string]vectorGiven{"lifted into another request": otherRequest, "lifted into another wallet's payment": otherWallet})
	}
	open("account", s.payment.Unverified().Secret, protocol.PayerSecret{Account: s.Account})
	open("account and print", s.phonePayment.Unverified().Secret, protocol.PayerSecret{Account: s.Account, Print: live()})
	plain := ok[[]byte](p.t)(protocol.EncodePayerSecret(protocol.PayerSecret{Account: s.Account}))
	change := func(change func(b []byte) []byte) []byte { return change(append([]byte(nil), plain...)) }
	p.invalid("account all zero", change(func(b []byte) []byte { clear(b[4:]); return b }), "ErrRange", true)
	p.invalid("zero within the account", change(func(b []byte) []byte { b[6] = 0; return b }), "ErrRange", true)
	p.invalid("account not UTF-8", change(func(b []byte) []byte { b[4] = 0xff; return b }), "ErrRange", true)
	p.invalid("print of no length", change(func(b []byte) []byte { b[0]++; return append(b, 2, 0x40) }), "ErrMalformed", false)
	p.invalid("print of one byte", change(func(b []byte) []byte { b[0]++; return append(b, 2, 0x41, 1) }), "ErrRange", false)
	p.invalid("print null", change(func(b []byte) []byte { b[0]++; return append(b, 2, 0xf6) }), "ErrMalformed", false)
	p.invalid("account too short", append([]byte{0xa1, 1, 0x57}, plain[4:27]...), "ErrMalformed", false)
	p.invalid("unknown key", change(func(b []byte) []byte { b[0]++; return append(b, 3, 0) }), "ErrMalformed", false)
}

func submissionVectors(p *press) {
	s := p.s
	signedKind(p, "What the terminal sends to settlement, before it is sealed (steps 12 and 13).", "cs1/submission", "T-0001", s.Terminal.Key, s.submission.Unverified())
	raw := s.submission.Bytes()
	phone := s.Submission(p.t, s.request, s.phonePayment, 1, nil)
	p.valid("second attempt", s.Submission(p.t, s.request, s.payment, 2, live()).Bytes())
	p.valid("with the phone's own print", phone.Bytes())
	p.invalid("attempt 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("attempt 4", p.edited(raw, 3, 4), "ErrRange", false)
	p.invalid("second attempt with the phone's own print", p.edited(phone.Bytes(), 3, 2), "ErrNoPrint", false)
	p.invalid("two prints", p.edited(raw, 2, s.phonePayment.Bytes()), "ErrNoPrint", true)
	p.invalid("no print", p.edited(phone.Bytes(), 2, s.payment.Bytes()), "ErrNoPrint", true)
	p.invalid("print of another length", p.edited(raw, 4, make([]byte, 170)), "ErrRange", false)

	trust := p.trust(nil)
	judge := func(name string, submission *protocol.Signed[protocol.Submission], self, peer protocol.ID, wanted string) {
		p.add(name, "verify submission", vectorGiven{Bytes: submission.Bytes(), Settlement: self, Terminal: peer, Trust: trust, Now: p.now(0)}, wanted)
	}
	judge("genuine", s.submission, "settlement-1", "T-0001", "")
	judge("to another settlement server", s.submission, "settlement-2", "T-0001", "ErrOtherSettlement")
	judge("by another terminal", s.submission, "settlement-1", "T-0002", "ErrRole")
	judge("signed by another terminal", protocoltest.Sign(p.t, s.newcomer.Key, s.submission.Unverified()), "settlement-1", "T-0001", "ErrSignature")
	later := s.RequestClaims()
	later.Scramble[0] ^= 1
	judge("payment for another request", s.Submission(p.t, protocoltest.Sign(p.t, s.Terminal.Key, later), s.payment, 1, live()), "settlement-1", "T-0001", "ErrOtherRequest")
	code := s.payment.Unverified()
	code.Scramble[0] ^= 1
	judge("payment with another scramble code", s.Submission(p.t, s.request, protocoltest.Sign(p.t, s.Wallet.Key, code), 1, live()), "settlement-1", "T-0001", "ErrOtherRequest")
}

func envelopeVectors(p *press) {
	s := p.s
	p.file.About, p.file.Info = "The body of the HTTP request that carries a submission: H(request) and the sealed submission (step 13).", "cs1/submission"
	e := ok[protocol.Envelope](p.t)(protocol.SealSubmission(s.Settlement.Point(p.t), "T-0001", s.submission))
	raw := ok[[]byte](p.t)(protocol.EncodeEnvelope(e))
	p.valid("valid", raw)
	p.invalid("sealed part too short", deterministic(p.t, []any{e.Request, []byte(e.Sealed[:48])}), "ErrRange", false)
	p.invalid("three elements", deterministic(p.t, []any{e.Request, []byte(e.Sealed), 0}), "ErrMalformed", false)
	p.invalid("hash too short", deterministic(p.t, []any{e.Request[:31], []byte(e.Sealed)}), "ErrMalformed", false)
	p.invalid("a byte behind", append(append([]byte(nil), raw...), 0), "ErrMalformed", false)
	another := protocol.Hash{1}
	given := vectorGiven{
		Bytes: hexBytes(e.Sealed), Key: p.agreement("settlement-1", s.Settlement.Agreement), Info: "cs1/submission",
		AAD: deterministic(p.t, []any{e.Request, "T-0001"}), Request: e.Request[:], Terminal: "T-0001",
	}
	otherRequest, otherTerminal := given, given
	otherRequest.Request, otherRequest.AAD = another[:], deterministic(p.t, []any{another, "T-0001"})
	otherTerminal.Terminal, otherTerminal.AAD = "T-0002", deterministic(p.t, []any{e.Request, "T-0002"})
	p.sealedKind("sealed submission", given, s.submission.Bytes(), map[string]vectorGiven{"for another request": otherRequest, "from another terminal": otherTerminal})
}

func livePrintVectors(p *press) {
	s := p.s
	p.file.About, p.file.Info = "The live template InforFpN, taken by the terminal and sealed to settlement (step 11).", "cs1/fp-live"
	request, payment, another := s.request.Hash(), s.payment.Hash(), protocol.Hash{1}
	settlement := p.agreement("settlement-1", s.Settlement.Agreement)
	given := func(sealed protocol.Sealed, request, payment protocol.Hash, terminal protocol.ID, attempt uint8) vectorGiven {
		return vectorGiven{
			Bytes: hexBytes(sealed), Key: settlement, Info: "cs1/fp-live", AAD: deterministic(p.t, []any{request, payment, terminal, attempt}),
			Request: request[:], Payment: payment[:], Terminal: terminal, Attempt: attempt,
		}
	}
	for _, size := range []int{120, 180} {
		template := protocoltest.Template(size, "live")
		sealed := ok[protocol.Sealed](p.t)(protocol.SealLivePrint(s.Settlement.Point(p.t), request, payment, "T-0001", 1, template))
		p.sealedKind(fmt.Sprintf("%d bytes", size), given(sealed, request, payment, "T-0001", 1), template, map[string]vectorGiven{
			"moved to another request": given(sealed, another, payment, "T-0001", 1), "moved to another payment": given(sealed, request, another, "T-0001", 1),
			"moved to another terminal": given(sealed, request, payment, "T-0002", 1), "moved to another attempt": given(sealed, request, payment, "T-0001", 2),
			"enrolled template in its place": given(s.Wallet.Certificate.Unverified().Device.Print, request, payment, "T-0001", 1),
		})
	}
}

func outcomeVectors(p *press) {
	s := p.s
	signedKind(p, "Settlement's answer, and the receipt for the phone, CS1T: (step 15).", "cs1/outcome", "settlement-1", s.Settlement.Key, s.outcome.Unverified())
	raw := s.outcome.Bytes()
	for result := protocol.ResultPaid; result <= protocol.ResultDeclined; result++ {
		p.valid(result.String(), s.Outcome(p.t, s.request, s.payment, 1, result).Bytes())
	}
	p.invalid("result 10", p.edited(raw, 4, 10), "ErrRange", false)
	p.invalid("attempt 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("paid without a reference", p.edited(raw, 5, 0), "ErrRange", true)
	p.invalid("retry after the third attempt", p.edited(s.Outcome(p.t, s.request, s.payment, 1, protocol.ResultRetryFinger).Bytes(), 3, 3), "ErrRange", true)
	p.add("text", "read text", vectorGiven{Text: protocol.OutcomeText(s.outcome), Bytes: raw}, "")
	p.add("text of another kind", "read text", vectorGiven{Text: protocol.RequestText(s.request)}, "ErrNotOurs")
	trust := p.trust(nil)
	judge := func(name string, outcome *protocol.Signed[protocol.Outcome], cert *protocol.Signed[protocol.Certificate], request, payment protocol.Hash, wanted string) {
		p.add(name, "verify outcome", vectorGiven{
			Bytes: outcome.Bytes(), Certificate: cert.Bytes(), Request: request[:], Payment: payment[:], Trust: trust, Now: p.now(0),
		}, wanted)
	}
	request, payment, another := s.request.Hash(), s.payment.Hash(), protocol.Hash{1}
	judge("genuine", s.outcome, s.Settlement.Certificate, request, payment, "")
	judge("about another request", s.outcome, s.Settlement.Certificate, another, payment, "ErrOtherRequest")
	judge("about another payment", s.outcome, s.Settlement.Certificate, request, another, "ErrOtherRequest")
	judge("under a terminal's certificate", s.outcome, s.Terminal.Certificate, request, payment, "ErrRole")
	renewed := s.Realm.Claims(protocol.RoleSettlement, "settlement-1", "Settlement")
	renewed.NotBefore++
	judge("under another certificate of the same key", s.outcome, s.Realm.Certify(renewed).Certificate, request, payment, "ErrSignature")
	judge("signed by the terminal", protocoltest.Sign(p.t, s.Terminal.Key, s.outcome.Unverified()), s.Settlement.Certificate, request, payment, "ErrSignature")
}
