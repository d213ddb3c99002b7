package protocol_test

import (
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestRecoversRefused(t *testing.T) {
	s := newTapScene(t)
	tests := []struct {
		name    string
		recover *protocol.Signed[protocol.TapRecover]
		after   time.Duration
		want    error
	}{
		{"genuine", s.Recover(t), 0, nil},
		{"of another SELECT", changed(t, s.Terminal, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Nonce[0] ^= 1 }), 0, protocol.ErrOtherRequest},
		{"with another's certificate", protocoltest.Sign(t, s.other.Key, s.RecoverClaims()), 0, protocol.ErrSignature},
		{"a wallet asks", changed(t, s.Wallet, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Terminal = s.Wallet.Certificate }), 0, protocol.ErrRole},
		{"with an ended certificate", s.Recover(t), 8 * 24 * time.Hour, protocol.ErrExpired},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asked, terminal, err := protocol.VerifyTapRecover(test.recover, s.Nonce, s.Realm.Trust(), s.Realm.Now.Add(test.after))
			wantError(t, err, test.want)
			if err != nil && (asked.Terminal != nil || terminal.Subject != "") {
				t.Error("something of a refused RECOVER is given out")
			}
		})
	}
	// Whose codes they are, the trusted application learns from the certificate.
	foreign := changed(t, s.other, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Terminal = s.other.Certificate })
	_, terminal, err := protocol.VerifyTapRecover(foreign, s.Nonce, s.Realm.Trust(), s.Realm.Now)
	if err != nil || terminal.Subject != "T-0002" {
		t.Errorf("another terminal's RECOVER is by %q, %v", terminal.Subject, err)
	}
}

// What is answered to a RECOVER is the torn tap's end, or nothing.
func TestRecoveriesRefused(t *testing.T) {
	s := newTapScene(t)
	asked := s.Recover(t)
	second := s.Tap
	second.Nonce[0] ^= 1
	again := second.Recover(t) // the same code, asked for in another SELECT
	otherCode := s.Tap
	otherCode.Scramble[0] ^= 1
	otherGet := otherCode.Get(t)
	otherPay := otherCode.Pay(t, otherGet, otherCode.Answer(t, otherGet).Bytes)
	by := func(card protocoltest.Card) protocoltest.Tap {
		p := s.Tap
		p.Card = card
		return p
	}
	copied := protocoltest.Card{Key: s.thief.Key, Signed: s.Card.Signed}
	never := func(change func(r *protocol.TapResult)) *protocol.Signed[protocol.TapResult] {
		claims := s.NeverClaims(asked)
		change(&claims)
		return protocoltest.Sign(t, s.Card.Key, claims)
	}
	deducted := s.Result(t, s.pay, protocol.TapDeducted)
	tests := []struct {
		name   string
		sealed protocol.Sealed
		want   error
	}{
		{"deducted", s.Recovery(t, asked, deducted), nil},
		{"deducted as a later link", s.Recovery(t, asked, s.Card.Link(t, s.pay, "T-0001", 9, protocol.Hash{1})), nil},
		{"never", s.Recovery(t, asked, s.Never(t, asked)), nil},
		{"to another RECOVER", s.Recovery(t, again, deducted), protocol.ErrSealed},
		{"sealed to another terminal", ok[protocol.Sealed](t)(protocol.SealTapRecovery(s.other.Point(t), asked.Hash(), s.Card.Signed, deducted)), protocol.ErrSealed},
		{"by another phone", by(s.thief).Recovery(t, asked, by(s.thief).Never(t, asked)), protocol.ErrOtherCard},
		{"another phone's deduction for the same PAY", by(s.thief).Recovery(t, asked, by(s.thief).Result(t, s.pay, protocol.TapDeducted)), protocol.ErrOtherCard},
		{"never, by another phone that shows the card", by(copied).Recovery(t, asked, by(copied).Never(t, asked)), protocol.ErrSignature},
		{"deducted, by another phone that shows the card", by(copied).Recovery(t, asked, by(copied).Result(t, s.pay, protocol.TapDeducted)), protocol.ErrSignature},
		{"never, from an earlier RECOVER", s.Recovery(t, asked, s.Never(t, again)), protocol.ErrOtherRequest},
		{"never, to the PAY", s.Recovery(t, asked, never(func(r *protocol.TapResult) { r.Answers = s.pay.Hash() })), protocol.ErrOtherRequest},
		{"never, for another code", s.Recovery(t, asked, never(func(r *protocol.TapResult) { r.Scramble[0] ^= 1 })), protocol.ErrOtherRequest},
		{"never, at another terminal", s.Recovery(t, asked, never(func(r *protocol.TapResult) { r.Terminal = "T-0002" })), protocol.ErrOtherRequest},
		{"deducted for another PAY", s.Recovery(t, asked, otherCode.Result(t, otherPay, protocol.TapDeducted)), protocol.ErrOtherRequest},
		{"to be confirmed", s.Recovery(t, asked, s.Result(t, s.pay, protocol.TapConfirm)), protocol.ErrRange},
		{"refused", s.Recovery(t, asked, s.Result(t, s.pay, protocol.TapRefused)), protocol.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			card, result, err := protocol.OpenTapRecovery(s.Terminal.Agreement, asked, test.sealed, s.pay, s.Card.Mark(), s.Terminal.Subject)
			wantError(t, err, test.want)
			if (card == nil) != (err != nil) || (result == nil) != (err != nil) {
				t.Error("something of a refused answer is given out, or nothing of a good one")
			}
		})
	}
	t.Run("RECOVER for another code than the torn tap's", func(t *testing.T) {
		asked := otherCode.Recover(t)
		for _, result := range []*protocol.Signed[protocol.TapResult]{otherCode.Never(t, asked), deducted} {
			_, _, err := protocol.OpenTapRecovery(s.Terminal.Agreement, asked, s.Recovery(t, asked, result), s.pay, s.Card.Mark(), s.Terminal.Subject)
			wantError(t, err, protocol.ErrOtherRequest)
		}
	})
}

// The holder of a card's key recovers a true deduction beside a card that settlement never
// signed: a terminal that sold on the strength of it could not hand it in.
func TestRecoveredCardIsSettlements(t *testing.T) {
	s := newTapScene(t)
	asked := s.Recover(t)
	forged := s.Tap
	claims := s.Card.Claims()
	claims.Number = s.thief.Number()
	forged.Card = protocoltest.Card{Key: s.Card.Key, Signed: protocoltest.Sign(t, s.Card.Key, claims)}
	sealed := forged.Recovery(t, asked, s.Result(t, s.pay, protocol.TapDeducted))
	card, _, err := protocol.OpenTapRecovery(s.Terminal.Agreement, asked, sealed, s.pay, s.Card.Mark(), s.Terminal.Subject)
	if err != nil {
		t.Fatal("the test does not get as far as the card", err)
	}
	elsewhere := s.Realm.Settlement("settlement-2")
	ended := s.Card.Claims()
	ended.Expires = protocol.At(s.Realm.Now) - 1
	foreign := s.Card.Claims()
	foreign.Issuer = "settlement-2"
	for _, test := range []struct {
		name        string
		card        *protocol.Signed[protocol.VirtualCard]
		certificate *protocol.Signed[protocol.Certificate]
		want        error
	}{
		{"genuine", s.Card.Signed, s.Settlement.Certificate, nil},
		{"ended since", protocoltest.Sign(t, s.Settlement.Key, ended), s.Settlement.Certificate, nil},
		{"signed by its own key", card, s.Settlement.Certificate, protocol.ErrSignature},
		{"of another settlement server", s.Card.Signed, elsewhere.Certificate, protocol.ErrSignature},
		{"in another's name", protocoltest.Sign(t, s.Settlement.Key, foreign), s.Settlement.Certificate, protocol.ErrOtherSettlement},
		{"under a terminal's certificate", s.Card.Signed, s.Terminal.Certificate, protocol.ErrRole},
	} {
		t.Run(test.name, func(t *testing.T) {
			have, err := protocol.VerifyRecoveredCard(test.card, test.certificate, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, test.want)
			if err != nil && have.Number != "" {
				t.Error("something of a refused card is given out")
			}
		})
	}
}

// An answer that was held back and comes to a later RECOVER of the same code opens
// only when that RECOVER is the same, nonce included; and then it says what still
// holds.
func TestRecoveryIsReplayedInVain(t *testing.T) {
	s := newTapScene(t)
	first, same := s.Recover(t), s.Recover(t)
	if first.Hash() != same.Hash() {
		t.Fatal("one question has two identities")
	}
	held := s.Recovery(t, first, s.Never(t, first))
	_, result, err := protocol.OpenTapRecovery(s.Terminal.Agreement, same, held, s.pay, s.Card.Mark(), s.Terminal.Subject)
	if err != nil || result.Unverified().Status != protocol.TapNever {
		t.Errorf("%v, %v", result, err)
	}
	fresh := changed(t, s.Terminal, s.RecoverClaims(), func(r *protocol.TapRecover) { r.Nonce[15] ^= 1 })
	_, _, err = protocol.OpenTapRecovery(s.Terminal.Agreement, fresh, held, s.pay, s.Card.Mark(), s.Terminal.Subject)
	wantError(t, err, protocol.ErrSealed)
}
