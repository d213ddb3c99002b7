package protocol_test

import (
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A sale by tap from end to end, as its parties call the package.
func TestTap(t *testing.T) {
	p := protocoltest.NewTap(t)
	trust, now := p.Realm.Trust(), p.Realm.Now
	nonce := ok[protocol.Code](t)(protocol.DecodeTapSelection(protocol.EncodeTapSelection(p.Nonce))) // S2 and S3
	if nonce != p.Nonce {
		t.Error("the nonce is another")
	}
	get := p.Get(t) // S4
	_, terminal, err := protocol.VerifyTapGet(get, p.Nonce, p.Card.Claims().Issuer, trust, now)
	wantError(t, err, nil)
	answer := p.Answer(t, get) // S5 to S7
	reader, card, err := protocol.OpenTapAnswer(p.Terminal.Agreement, get.Hash(), ok[protocol.TapAnswer](t)(protocol.DecodeTapAnswer(answer.Bytes)),
		p.Settlement.Certificate, trust, now) // S8
	wantError(t, err, nil)
	if card.Hash() != p.Card.Signed.Hash() || reader.Card().Number != p.Card.Number() {
		t.Error("another card was read")
	}
	pay := p.Pay(t, get, answer.Bytes)
	asked, err := protocol.VerifyTapPay(pay, terminal, get, answer.Bytes, now)
	wantError(t, err, nil)
	if asked.Amount != p.Amount {
		t.Errorf("%d is asked for", asked.Amount)
	}
	result := p.Result(t, pay, protocol.TapDeducted) // S9
	sealed := ok[[]byte](t)(answer.Cipher.SealResult(pay.Hash(), result))
	opened := ok[*protocol.Signed[protocol.TapResult]](t)(reader.OpenResult(pay.Hash(), sealed))
	deducted := ok[protocol.TapResult](t)(protocol.VerifyTapResult(opened, reader.Card(), pay, p.Terminal.Subject))
	if deducted.Amount != p.Amount || deducted.Counter != 1 {
		t.Errorf("deducted %d as number %d", deducted.Amount, deducted.Counter)
	}
	clearing := p.Clearing(t, pay, opened)
	envelope := ok[protocol.Envelope](t)(protocol.SealTapClearing(p.Settlement.Point(t), p.Terminal.Subject, clearing))
	handed := ok[*protocol.Signed[protocol.TapClearing]](t)(protocol.OpenTapClearing(p.Settlement.Agreement, p.Terminal.Subject, envelope))
	v := ok[protocol.VerifiedTap](t)(protocol.VerifyTapClearing(handed, p.Settlement.Subject, p.Terminal.Subject, p.Settlement.Public(t), trust))
	if v.Card.Number != p.Card.Number() || v.Result.Amount != p.Amount || v.Terminal.Subject != p.Terminal.Subject {
		t.Error("another tap is cleared")
	}
	cleared := protocoltest.Sign(t, p.Settlement.Key, p.ClearedClaims(pay, protocol.ClearingCredited))
	_, err = protocol.VerifyTapCleared(cleared, p.Settlement.Certificate, pay, trust, now)
	wantError(t, err, nil)
}

// A torn tap is recovered: whatever became of it, the terminal learns it.
func TestTornTap(t *testing.T) {
	p := protocoltest.NewTap(t)
	get := p.Get(t)
	pay := p.Pay(t, get, p.Answer(t, get).Bytes)
	asked := p.Recover(t)
	_, _, err := protocol.VerifyTapRecover(asked, p.Nonce, p.Realm.Trust(), p.Realm.Now)
	wantError(t, err, nil)
	for _, result := range []*protocol.Signed[protocol.TapResult]{p.Result(t, pay, protocol.TapDeducted), p.Never(t, asked)} {
		card, have, err := protocol.OpenTapRecovery(p.Terminal.Agreement, asked, p.Recovery(t, asked, result), pay, p.Card.Mark(), p.Terminal.Subject)
		if err != nil || card.Hash() != p.Card.Signed.Hash() || have.Hash() != result.Hash() {
			t.Errorf("%v: recovered %v, %v", result.Unverified().Status, have, err)
		}
	}
}
