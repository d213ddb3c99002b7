package protocol_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A tapScene is a tap up to its result, and others who might put in a word.
type tapScene struct {
	protocoltest.Tap
	other  protocoltest.Party // another genuine terminal
	thief  protocoltest.Card  // another genuine card
	get    *protocol.Signed[protocol.TapGet]
	answer protocoltest.Answer
	pay    *protocol.Signed[protocol.TapPay]
}

func newTapScene(t testing.TB) tapScene {
	t.Helper()
	return tapSceneOf(t, protocoltest.NewTap(t))
}

func tapSceneOf(t testing.TB, p protocoltest.Tap) tapScene {
	s := tapScene{Tap: p, other: p.Realm.Terminal("T-0002", "Tea House"), thief: p.Realm.Card(p.Settlement, 666)}
	s.get = s.Get(t)
	s.answer = s.Tap.Answer(t, s.get)
	s.pay = s.Pay(t, s.get, s.answer.Bytes)
	return s
}

// changed signs claims anew after a change.
func changed[P protocol.Payload](t testing.TB, p protocoltest.Party, claims P, change func(c *P)) *protocol.Signed[P] {
	t.Helper()
	change(&claims)
	return protocoltest.Sign(t, p.Key, claims)
}

// Who is no genuine terminal, or asks in another tap, gets no answer.
func TestGetsRefused(t *testing.T) {
	s := newTapScene(t)
	stranger := protocoltest.New(t, "elsewhere/1").Terminal("T-0001", "Corner Café")
	get := func(change func(g *protocol.TapGet)) *protocol.Signed[protocol.TapGet] {
		return changed(t, s.Terminal, s.GetClaims(), change)
	}
	revoked := s.Realm.Trust()
	revoked.Revocation = &protocol.RevocationList{Issuer: s.Realm.Name, Sequence: 1, Revoked: []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(s.Realm.Now)}}}
	tests := []struct {
		name  string
		get   *protocol.Signed[protocol.TapGet]
		trust protocol.Trust
		after time.Duration
		want  error
	}{
		{"genuine", s.get, s.Realm.Trust(), 0, nil},
		{"of another SELECT", get(func(g *protocol.TapGet) { g.Nonce[0] ^= 1 }), s.Realm.Trust(), 0, protocol.ErrOtherRequest},
		{"clears with another settlement server", get(func(g *protocol.TapGet) { g.Settlement = "settlement-2" }), s.Realm.Trust(), 0, protocol.ErrOtherSettlement},
		{"true certificate on another's signature", protocoltest.Sign(t, s.other.Key, s.GetClaims()), s.Realm.Trust(), 0, protocol.ErrSignature},
		{"true certificate on no terminal's signature", protocoltest.Sign(t, protocoltest.SignatureKey(t, "a bare reader"), s.GetClaims()), s.Realm.Trust(), 0, protocol.ErrSignature},
		{"terminal of another authority", get(func(g *protocol.TapGet) { g.Terminal = stranger.Certificate }), s.Realm.Trust(), 0, protocol.ErrOtherAuthority},
		{"a wallet asks", changed(t, s.Wallet, s.GetClaims(), func(g *protocol.TapGet) { g.Terminal = s.Wallet.Certificate }), s.Realm.Trust(), 0, protocol.ErrRole},
		{"settlement asks", changed(t, s.Settlement, s.GetClaims(), func(g *protocol.TapGet) { g.Terminal = s.Settlement.Certificate }), s.Realm.Trust(), 0, protocol.ErrRole},
		{"with an ended certificate", s.get, s.Realm.Trust(), 8 * 24 * time.Hour, protocol.ErrExpired},
		{"by a revoked terminal", s.get, revoked, 0, protocol.ErrRevoked},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			get, terminal, err := protocol.VerifyTapGet(test.get, s.Nonce, s.Settlement.Subject, test.trust, s.Realm.Now.Add(test.after))
			wantError(t, err, test.want)
			if err != nil && (get.Terminal != nil || terminal.Subject != "") {
				t.Error("something of a refused GET is given out")
			}
		})
	}
}

func TestTapAnswersRefused(t *testing.T) {
	s := newTapScene(t)
	later := s.Tap
	later.Nonce[0] ^= 1
	laterGet := later.Get(t)
	foreign := s.Tap
	foreign.Terminal = s.other
	elsewhere := s.Realm.Settlement("settlement-2")
	claims := func(change func(c *protocol.VirtualCard)) protocoltest.Card {
		c := s.Card.Claims()
		change(&c)
		return protocoltest.Card{Key: s.Card.Key, Signed: protocoltest.Sign(t, s.Settlement.Key, c)}
	}
	selfMade := protocoltest.Card{Key: s.Card.Key, Signed: protocoltest.Sign(t, s.Card.Key, s.Card.Claims())}
	copied := protocoltest.Card{Key: s.thief.Key, Signed: s.Card.Signed}
	number := s.Card.Number()
	decoded := ok[protocol.TapAnswer](t)(protocol.DecodeTapAnswer(s.answer.Bytes))
	second := ok[protocol.TapAnswer](t)(protocol.DecodeTapAnswer(s.Tap.Answer(t, s.get).Bytes))
	flip := func(at int) []byte {
		b := bytes.Clone(s.answer.Bytes)
		b[at] ^= 1
		return b
	}
	mixed := ok[[]byte](t)(protocol.EncodeTapAnswer(protocol.TapAnswer{Number: second.Number, Proof: decoded.Proof}))
	tests := []struct {
		name   string
		answer []byte
		want   error
	}{
		{"genuine", s.answer.Bytes, nil},
		{"to a GET of another SELECT", later.Answer(t, laterGet).Bytes, protocol.ErrSealed},
		{"to another terminal", foreign.Answer(t, foreign.Get(t)).Bytes, protocol.ErrSealed},
		{"encapsulated key changed", flip(20), protocol.ErrSealed},
		{"number changed", flip(3 + 33), protocol.ErrSealed},
		{"proof changed", flip(100), protocol.ErrSealed},
		{"tag changed", flip(len(s.answer.Bytes) - 1), protocol.ErrSealed},
		{"number of one answer, proof of another", mixed, protocol.ErrSealed},
		{"number of another card", s.AnswerWith(t, s.get, s.thief.Number(), s.Card).Bytes, protocol.ErrOtherCard},
		{"number that fails Luhn", s.AnswerWith(t, s.get, number[:15]+"0", s.Card).Bytes, protocol.ErrCardNumber},
		{"number of another issuer", s.AnswerWith(t, s.get, "6222020200112235", s.Card).Bytes, protocol.ErrCardNumber},
		{"card without its key", s.AnswerWith(t, s.get, number, copied).Bytes, protocol.ErrSignature},
		{"card that its holder made", s.AnswerWith(t, s.get, number, selfMade).Bytes, protocol.ErrSignature},
		{"card of another settlement server", s.AnswerWith(t, s.get, number, s.Realm.IssueCard(elsewhere, s.Card.Claims())).Bytes, protocol.ErrSignature},
		{"card in another settlement server's name", s.AnswerWith(t, s.get, number, claims(func(c *protocol.VirtualCard) { c.Issuer = "settlement-2" })).Bytes, protocol.ErrOtherSettlement},
		{"card that has ended", s.AnswerWith(t, s.get, number, claims(func(c *protocol.VirtualCard) { c.Expires = protocol.At(s.Realm.Now) - 1 })).Bytes, protocol.ErrExpired},
		{"card in its last second", s.AnswerWith(t, s.get, number, claims(func(c *protocol.VirtualCard) { c.Expires = protocol.At(s.Realm.Now) })).Bytes, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := ok[protocol.TapAnswer](t)(protocol.DecodeTapAnswer(test.answer))
			reader, card, err := protocol.OpenTapAnswer(s.Terminal.Agreement, s.get.Hash(), answer, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, test.want)
			if (reader == nil) != (err != nil) || (card == nil) != (err != nil) {
				t.Error("something of a refused answer is given out, or nothing of a good one")
			}
		})
	}
	t.Run("signature over another answer's number", func(t *testing.T) {
		cipher := ok[*protocol.TapCipher](t)(protocol.NewTapCipher(s.Terminal.Point(t), s.get.Hash()))
		sealed := ok[protocol.Sealed](t)(cipher.SealNumber(number))
		signature := ok[[64]byte](t)(protocol.SignTapNumber(s.Card.Key, s.get.Hash(), decoded.Number, s.Card.Signed))
		proof := ok[[]byte](t)(cipher.SealProof(s.Card.Signed, signature))
		_, _, err := protocol.OpenTapAnswer(s.Terminal.Agreement, s.get.Hash(), protocol.TapAnswer{Number: sealed, Proof: proof}, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
		wantError(t, err, protocol.ErrSignature)
	})
	t.Run("signature with the other s", func(t *testing.T) {
		cipher := ok[*protocol.TapCipher](t)(protocol.NewTapCipher(s.Terminal.Point(t), s.get.Hash()))
		sealed := ok[protocol.Sealed](t)(cipher.SealNumber(number))
		signature := ok[[64]byte](t)(protocol.SignTapNumber(s.Card.Key, s.get.Hash(), sealed, s.Card.Signed))
		proof := ok[[]byte](t)(cipher.SealProof(s.Card.Signed, [64]byte(highS(signature[:]))))
		_, _, err := protocol.OpenTapAnswer(s.Terminal.Agreement, s.get.Hash(), protocol.TapAnswer{Number: sealed, Proof: proof}, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
		wantError(t, err, protocol.ErrMalformed)
	})
	t.Run("no answer", func(t *testing.T) {
		_, _, err := protocol.OpenTapAnswer(s.Terminal.Agreement, s.get.Hash(), protocol.TapAnswer{}, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
		wantError(t, err, protocol.ErrSealed)
	})
}

func TestPaysRefused(t *testing.T) {
	s := newTapScene(t)
	begins, ends := s.Terminal.Certificate.Unverified().NotBefore.Time(), s.Terminal.Certificate.Unverified().Expires.Time()
	pay := func(change func(p *protocol.TapPay)) *protocol.Signed[protocol.TapPay] {
		return changed(t, s.Terminal, s.PayClaims(s.get, s.answer.Bytes), change)
	}
	issued := func(at time.Time) *protocol.Signed[protocol.TapPay] {
		return pay(func(p *protocol.TapPay) { p.Issued = protocol.At(at) })
	}
	again := s.Tap.Answer(t, s.get)
	tests := []struct {
		name string
		pay  *protocol.Signed[protocol.TapPay]
		now  time.Time
		want error
	}{
		{"genuine", s.pay, s.Realm.Now, nil},
		{"as old as allowed", s.pay, s.Realm.Now.Add(protocol.MaxAge), nil},
		{"clock ahead", s.pay, s.Realm.Now.Add(protocol.MaxAge + time.Second), protocol.ErrClockSkew},
		{"clock behind", s.pay, s.Realm.Now.Add(-protocol.MaxAge - time.Second), protocol.ErrClockSkew},
		{"old", s.pay, s.Realm.Now.Add(protocol.MaxSkew + time.Second), protocol.ErrRequestStale},
		{"for another answer to the same GET", s.Pay(t, s.get, again.Bytes), s.Realm.Now, protocol.ErrOtherRequest},
		{"under another code", pay(func(p *protocol.TapPay) { p.Scramble[0] ^= 1 }), s.Realm.Now, protocol.ErrOtherRequest},
		{"by another terminal", protocoltest.Sign(t, s.other.Key, s.PayClaims(s.get, s.answer.Bytes)), s.Realm.Now, protocol.ErrSignature},
		// Settlement holds the certificate against this time: what is not good then is
		// never credited, so nothing may be deducted for it.
		{"dated in the certificate's first second", issued(begins), begins.Add(time.Minute), nil},
		{"dated before the certificate", issued(begins.Add(-time.Second)), begins.Add(time.Minute), protocol.ErrNotYetValid},
		{"dated in the certificate's last second", issued(ends), ends.Add(-time.Minute), nil},
		{"dated after the certificate", issued(ends.Add(time.Second)), ends.Add(-time.Minute), protocol.ErrExpired},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, terminal, err := protocol.VerifyTapGet(s.get, s.Nonce, s.Settlement.Subject, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, nil)
			pay, err := protocol.VerifyTapPay(test.pay, terminal, s.get, s.answer.Bytes, test.now)
			wantError(t, err, test.want)
			if err != nil && pay.Amount != 0 {
				t.Error("something of a refused PAY is given out")
			}
		})
	}
}

// The three messages of a tap are sealed in their order, each once, and open so.
func TestOrderOfSealing(t *testing.T) {
	s := newTapScene(t)
	result := s.Result(t, s.pay, protocol.TapDeducted)
	cipher := func() *protocol.TapCipher {
		return ok[*protocol.TapCipher](t)(protocol.NewTapCipher(s.Terminal.Point(t), s.get.Hash()))
	}
	if _, err := cipher().SealProof(s.Card.Signed, [64]byte{}); err == nil {
		t.Error("a proof is sealed before the number")
	}
	if _, err := cipher().SealResult(s.pay.Hash(), result); err == nil {
		t.Error("a result is sealed before the number")
	}
	c := cipher()
	if _, err := c.SealNumber("12"); err == nil {
		t.Error("two digits are a number")
	}
	sealed := ok[protocol.Sealed](t)(c.SealNumber(s.Card.Number()))
	if len(sealed) != 57 {
		t.Errorf("the sealed number has %d bytes", len(sealed))
	}
	if again, err := c.SealNumber(s.Card.Number()); err == nil || again != nil {
		t.Error("a number is sealed twice")
	}
	if _, err := c.SealResult(s.pay.Hash(), result); err == nil {
		t.Error("a result is sealed before the proof")
	}

	first := ok[[]byte](t)(s.answer.Cipher.SealResult(s.pay.Hash(), result))
	if _, err := s.answer.Cipher.SealResult(s.pay.Hash(), result); err == nil {
		t.Error("a second PAY of one SELECT is answered")
	}
	reader := s.Read(t, s.get, s.answer.Bytes)
	another := protocol.Hash{1}
	_, err := reader.OpenResult(another, first)
	wantError(t, err, protocol.ErrSealed)
	_, err = reader.OpenResult(s.pay.Hash(), append([]byte{0}, first...))
	wantError(t, err, protocol.ErrSealed)
	_, err = reader.OpenResult(s.pay.Hash(), nil)
	wantError(t, err, protocol.ErrSealed)
	opened := ok[*protocol.Signed[protocol.TapResult]](t)(reader.OpenResult(s.pay.Hash(), first)) // junk before it spoils nothing
	if opened.Hash() != result.Hash() {
		t.Error("another result is opened")
	}
	_, err = reader.OpenResult(s.pay.Hash(), first)
	wantError(t, err, protocol.ErrSealed)
}

// A result of another card, terminal, PAY or amount is none of this tap.
func TestTapResultsRefused(t *testing.T) {
	s := newTapScene(t)
	result := func(status protocol.TapStatus, change func(r *protocol.TapResult)) *protocol.Signed[protocol.TapResult] {
		claims := s.ResultClaims(s.pay, status)
		change(&claims)
		return protocoltest.Sign(t, s.Card.Key, claims)
	}
	same := func(*protocol.TapResult) {}
	asked := s.Recover(t)
	tests := []struct {
		name   string
		result *protocol.Signed[protocol.TapResult]
		want   error
	}{
		{"deducted", result(protocol.TapDeducted, same), nil},
		{"to be confirmed", result(protocol.TapConfirm, same), nil},
		{"not enough", result(protocol.TapFunds, same), nil},
		{"refused", result(protocol.TapRefused, same), nil},
		{"a later link of the chain", s.Card.Link(t, s.pay, "T-0001", 7, protocol.Hash{1}), nil},
		{"of another card", protocoltest.Sign(t, s.thief.Key, s.ResultClaims(s.pay, protocol.TapDeducted)), protocol.ErrSignature},
		{"that the terminal made", protocoltest.Sign(t, s.Terminal.Key, s.ResultClaims(s.pay, protocol.TapDeducted)), protocol.ErrSignature},
		{"of another PAY", result(protocol.TapDeducted, func(r *protocol.TapResult) { r.Answers[0] ^= 1 }), protocol.ErrOtherRequest},
		{"under another code", result(protocol.TapDeducted, func(r *protocol.TapResult) { r.Scramble[0] ^= 1 }), protocol.ErrOtherRequest},
		{"at another terminal", result(protocol.TapDeducted, func(r *protocol.TapResult) { r.Terminal = "T-0002" }), protocol.ErrOtherRequest},
		{"never, as an answer to PAY", result(protocol.TapNever, same), protocol.ErrOtherRequest},
		{"never, as answered to a RECOVER", s.Never(t, asked), protocol.ErrOtherRequest},
		{"of less", result(protocol.TapDeducted, func(r *protocol.TapResult) { r.Amount-- }), protocol.ErrOtherAmount},
		{"in another currency", result(protocol.TapDeducted, func(r *protocol.TapResult) { r.Currency = 978 }), protocol.ErrOtherCurrency},
		{"refused in another currency", result(protocol.TapRefused, func(r *protocol.TapResult) { r.Currency = 978 }), protocol.ErrOtherCurrency},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			result, err := protocol.VerifyTapResult(test.result, s.Card.Claims(), s.pay, s.Terminal.Subject)
			wantError(t, err, test.want)
			if err != nil && result.Terminal != "" {
				t.Error("something of a refused result is given out")
			}
		})
	}
}

// Another PAY to the same answer, a second later, is another PAY.
func TestResultIsForOnePay(t *testing.T) {
	s := newTapScene(t)
	later := changed(t, s.Terminal, s.PayClaims(s.get, s.answer.Bytes), func(p *protocol.TapPay) { p.Issued++ })
	_, err := protocol.VerifyTapResult(s.Result(t, s.pay, protocol.TapDeducted), s.Card.Claims(), later, s.Terminal.Subject)
	wantError(t, err, protocol.ErrOtherRequest)
}
