package protocol_test

import (
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestClearingsRefused(t *testing.T) {
	s := newTapScene(t)
	deducted := s.Result(t, s.pay, protocol.TapDeducted)
	clearing := func(change func(c *protocol.TapClearing)) *protocol.Signed[protocol.TapClearing] {
		return changed(t, s.Terminal, s.ClearingClaims(s.pay, deducted), change)
	}
	same := func(*protocol.TapClearing) {}
	elsewhere := s.Realm.Settlement("settlement-2")
	foreign := s.Card.Claims()
	foreign.Issuer = "settlement-2"
	selfMade := s.Card.Claims()
	selfMade.Purse.Ceiling = protocol.MaxMinor
	stranger := protocoltest.New(t, "elsewhere/1").Terminal("T-0001", "Corner Café")
	pay := func(p protocoltest.Party, change func(p *protocol.TapPay)) *protocol.Signed[protocol.TapPay] {
		return changed(t, p, s.PayClaims(s.get, s.answer.Bytes), change)
	}
	larger := pay(s.Terminal, func(p *protocol.TapPay) { p.Amount++ })
	late := pay(s.Terminal, func(p *protocol.TapPay) { p.Issued = s.Terminal.Certificate.Unverified().Expires + 1 })
	early := pay(s.Terminal, func(p *protocol.TapPay) { p.Issued = s.Terminal.Certificate.Unverified().NotBefore - 1 })
	others := pay(s.other, func(*protocol.TapPay) {})
	revoked := s.Realm.Trust()
	revoked.Revocation = &protocol.RevocationList{Issuer: s.Realm.Name, Sequence: 1, Revoked: []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(s.Realm.Now)}}}
	ended := s.Card.Claims()
	ended.Expires = 0
	tests := []struct {
		name       string
		clearing   *protocol.Signed[protocol.TapClearing]
		self, peer protocol.ID
		signer     protocol.Key
		trust      protocol.Trust
		want       error
	}{
		{"genuine", clearing(same), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), nil},
		{"given up", clearing(func(c *protocol.TapClearing) { c.GivenUp = true }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), nil},
		{"with a card that has ended: for the ledger to judge", clearing(func(c *protocol.TapClearing) { c.Card = protocoltest.Sign(t, s.Settlement.Key, ended) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), nil},
		{"by another terminal", clearing(same), "settlement-1", "T-0002", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrRole},
		{"signed by another terminal", protocoltest.Sign(t, s.other.Key, s.ClearingClaims(s.pay, deducted)), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"a tap of another terminal's under one's own certificate", changed(t, s.other, s.ClearingClaims(s.pay, deducted), func(c *protocol.TapClearing) { c.Terminal = s.other.Certificate }), "settlement-1", "T-0002", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"another terminal's result for one's own PAY", changed(t, s.other, s.ClearingClaims(others, s.Result(t, others, protocol.TapDeducted)), func(c *protocol.TapClearing) { c.Terminal = s.other.Certificate }), "settlement-1", "T-0002", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrOtherRequest},
		{"with a wallet's certificate", changed(t, s.Wallet, s.ClearingClaims(s.pay, deducted), func(c *protocol.TapClearing) { c.Terminal = s.Wallet.Certificate }), "settlement-1", "W-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrRole},
		{"terminal of another authority", clearing(func(c *protocol.TapClearing) { c.Terminal = stranger.Certificate }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrOtherAuthority},
		{"PAY dated after the certificate", clearing(func(c *protocol.TapClearing) { c.Pay, c.Result = late, s.Result(t, late, protocol.TapDeducted) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrExpired},
		{"PAY dated before the certificate", clearing(func(c *protocol.TapClearing) { c.Pay, c.Result = early, s.Result(t, early, protocol.TapDeducted) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrNotYetValid},
		{"by a revoked terminal", clearing(same), "settlement-1", "T-0001", s.Settlement.Public(t), revoked, protocol.ErrRevoked},
		{"PAY that another terminal signed", clearing(func(c *protocol.TapClearing) { c.Pay, c.Result = others, s.Result(t, others, protocol.TapDeducted) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"a larger PAY than was deducted for", clearing(func(c *protocol.TapClearing) { c.Pay = larger }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrOtherRequest},
		{"result of another card", clearing(func(c *protocol.TapClearing) { c.Card = s.thief.Signed }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"result that the terminal made", clearing(func(c *protocol.TapClearing) {
			c.Result = protocoltest.Sign(t, s.Terminal.Key, s.ResultClaims(s.pay, protocol.TapDeducted))
		}), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"result of more than was asked", clearing(func(c *protocol.TapClearing) {
			r := s.ResultClaims(s.pay, protocol.TapDeducted)
			r.Amount++
			c.Result = protocoltest.Sign(t, s.Card.Key, r)
		}), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrOtherAmount},
		{"card that its holder made", clearing(func(c *protocol.TapClearing) { c.Card = protocoltest.Sign(t, s.Card.Key, selfMade) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrSignature},
		{"card in another server's name", clearing(func(c *protocol.TapClearing) { c.Card = protocoltest.Sign(t, s.Settlement.Key, foreign) }), "settlement-1", "T-0001", s.Settlement.Public(t), s.Realm.Trust(), protocol.ErrOtherSettlement},
		{"at another settlement server", clearing(same), "settlement-2", "T-0001", elsewhere.Public(t), s.Realm.Trust(), protocol.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := protocol.VerifyTapClearing(test.clearing, test.self, test.peer, test.signer, test.trust)
			wantError(t, err, test.want)
			if err != nil && (v.Card.Number != "" || v.Result.Amount != 0 || v.Clearing.Pay != nil) {
				t.Error("something of a refused clearing is given out")
			}
		})
	}
}

// A clearing is sealed where it is queued: it opens for settlement, from its
// terminal and under its PAY.
func TestSealedClearingsOpenNowhereElse(t *testing.T) {
	s := newTapScene(t)
	clearing := s.Clearing(t, s.pay, s.Result(t, s.pay, protocol.TapDeducted))
	e := ok[protocol.Envelope](t)(protocol.SealTapClearing(s.Settlement.Point(t), "T-0001", clearing))
	if e.Request != s.pay.Hash() {
		t.Error("the envelope does not name the PAY")
	}
	other := e
	other.Request[0] ^= 1
	cut := e
	cut.Sealed = e.Sealed[:40]
	_, err := protocol.OpenTapClearing(s.Settlement.Agreement, "T-0001", e)
	wantError(t, err, nil)
	_, err = protocol.OpenTapClearing(s.Settlement.Agreement, "T-0002", e)
	wantError(t, err, protocol.ErrSealed)
	_, err = protocol.OpenTapClearing(s.Settlement.Agreement, "T-0001", other)
	wantError(t, err, protocol.ErrSealed)
	_, err = protocol.OpenTapClearing(s.Settlement.Agreement, "T-0001", cut)
	wantError(t, err, protocol.ErrSealed)
	_, err = protocol.OpenTapClearing(s.Terminal.Agreement, "T-0001", e)
	wantError(t, err, protocol.ErrSealed)
	_, err = protocol.OpenSubmission(s.Settlement.Agreement, "T-0001", e)
	wantError(t, err, protocol.ErrSealed)
	_, err = protocol.SealTapClearing(protocol.Point{}, "T-0001", clearing)
	wantError(t, err, protocol.ErrRange)
}

func TestTapClearedRefused(t *testing.T) {
	s := newTapScene(t)
	cleared := func(change func(c *protocol.TapCleared)) *protocol.Signed[protocol.TapCleared] {
		return changed(t, s.Settlement, s.ClearedClaims(s.pay, protocol.ClearingCredited), change)
	}
	same := func(*protocol.TapCleared) {}
	tests := []struct {
		name        string
		cleared     *protocol.Signed[protocol.TapCleared]
		certificate *protocol.Signed[protocol.Certificate]
		want        error
	}{
		{"genuine", cleared(same), s.Settlement.Certificate, nil},
		{"about another tap", cleared(func(c *protocol.TapCleared) { c.Pay[0] ^= 1 }), s.Settlement.Certificate, protocol.ErrOtherRequest},
		{"about less", cleared(func(c *protocol.TapCleared) { c.Amount-- }), s.Settlement.Certificate, protocol.ErrOtherAmount},
		{"in another currency", cleared(func(c *protocol.TapCleared) { c.Currency = 978 }), s.Settlement.Certificate, protocol.ErrOtherCurrency},
		{"by the terminal itself", protocoltest.Sign(t, s.Terminal.Key, s.ClearedClaims(s.pay, protocol.ClearingCredited)), s.Settlement.Certificate, protocol.ErrSignature},
		{"under another certificate", cleared(func(c *protocol.TapCleared) { c.Signer[0] ^= 1 }), s.Settlement.Certificate, protocol.ErrSignature},
		{"under a terminal's certificate", cleared(same), s.Terminal.Certificate, protocol.ErrRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := protocol.VerifyTapCleared(test.cleared, test.certificate, s.pay, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, test.want)
			if err != nil && c.Amount != 0 {
				t.Error("something of a refused answer is given out")
			}
		})
	}
}
