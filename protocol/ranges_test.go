package protocol_test

import (
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

const (
	afterAllTime protocol.Time = 253402300800 // 10000-01-01
	tooMuch                    = protocol.MaxMinor + 1
)

// ranged tries changes of one kind's claims: each must be refused by Sign, and
// the unchanged claims must not.
func ranged[P protocol.Payload](t *testing.T, good func() P, changes map[string]func(p *P)) {
	t.Helper()
	key := protocoltest.SignatureKey(t, "anybody")
	if _, err := protocol.Sign(key, good()); err != nil {
		t.Fatal(err)
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			p := good()
			change(&p)
			_, err := protocol.Sign(key, p)
			wantError(t, err, protocol.ErrRange)
		})
	}
}

func TestRangesOfRequests(t *testing.T) {
	s := newScene(t)
	type P = protocol.Request
	ranged(t, s.RequestClaims, map[string]func(p *P){
		"no settlement": func(p *P) { p.Settlement = "" }, "settlement too long": func(p *P) { p.Settlement = "longer than sixteen" },
		"settlement not UTF-8": func(p *P) { p.Settlement = "\xff" },
		"amount 0":             func(p *P) { p.Amount = 0 }, "amount negative": func(p *P) { p.Amount = -1 }, "amount too large": func(p *P) { p.Amount = tooMuch },
		"currency 0": func(p *P) { p.Currency = 0 }, "currency 1000": func(p *P) { p.Currency = 1000 },
		"no merchant": func(p *P) { p.Merchant = nil }, "merchant too long": func(p *P) { p.Merchant = make([]byte, 17) },
		"after all time": func(p *P) { p.Issued = afterAllTime }, "life 0": func(p *P) { p.Life = 0 }, "life 61": func(p *P) { p.Life = 61 },
		"no certificate": func(p *P) { p.Terminal = nil },
	})
}

func TestRangesOfPayments(t *testing.T) {
	s := newScene(t)
	type P = protocol.Payment
	ranged(t, s.payment.Unverified, map[string]func(p *P){
		"amount 0": func(p *P) { p.Amount = 0 }, "currency 1000": func(p *P) { p.Currency = 1000 }, "no certificate": func(p *P) { p.Wallet = nil },
		"print announced and not there": func(p *P) { p.HasPrint = true }, "print there and not announced": func(p *P) { p.Secret = s.phonePayment.Unverified().Secret },
		"secret cut": func(p *P) { p.Secret = p.Secret[1:] }, "no secret": func(p *P) { p.Secret = nil },
		"print and PIN": func(p *P) { *p = s.phonePayment.Unverified(); p.HolderByPIN = true },
	})
}

func TestRangesOfOutcomes(t *testing.T) {
	s := newScene(t)
	type P = protocol.Outcome
	ranged(t, s.outcome.Unverified, map[string]func(p *P){
		"attempt 0": func(p *P) { p.Attempt = 0 }, "attempt 4": func(p *P) { p.Attempt = 4 }, "result 10": func(p *P) { p.Result = 10 },
		"paid without a reference": func(p *P) { p.Reference = 0 }, "retry after the last attempt": func(p *P) { p.Result, p.Attempt = protocol.ResultRetryFinger, 3 },
		"amount 0": func(p *P) { p.Amount = 0 }, "currency 0": func(p *P) { p.Currency = 0 }, "after all time": func(p *P) { p.Decided = afterAllTime },
	})
}

func TestRangesOfCertificates(t *testing.T) {
	s := newScene(t)
	type P = protocol.Certificate
	text := func(s string) *string { return &s }
	offCurve := protocol.Point{2, 0xff}
	copy(offCurve[2:], strings.Repeat("\xff", 31))
	ranged(t, s.Terminal.Certificate.Unverified, map[string]func(p *P){
		"no issuer": func(p *P) { p.Issuer = "" }, "no subject": func(p *P) { p.Subject = "" }, "ends before it begins": func(p *P) { p.NotBefore = p.Expires + 1 },
		"after all time": func(p *P) { p.Expires = afterAllTime }, "role 0": func(p *P) { p.Device.Role = 0 }, "role 5": func(p *P) { p.Device.Role = 5 },
		"terminal without a name": func(p *P) { p.Device.Name = nil }, "empty name": func(p *P) { p.Device.Name = text("") },
		"long name": func(p *P) { p.Device.Name = text(strings.Repeat("x", 49)) }, "name not UTF-8": func(p *P) { p.Device.Name = text("\xff") },
		"terminal without an agreement key": func(p *P) { p.Device.Agreement = nil }, "agreement key off the curve": func(p *P) { p.Device.Agreement = &offCurve },
		"agreement key at infinity": func(p *P) { p.Device.Agreement = &protocol.Point{} }, "template of a terminal": func(p *P) { p.Device.Print = make([]byte, 32) },
		"key of another type": func(p *P) { p.Holder.Key.Type = 1 }, "key on another curve": func(p *P) { p.Holder.Key.Curve = 2 }, "key off the curve": func(p *P) { p.Holder.Key.X = [32]byte(offCurve[1:]) },
		"wallet with a terminal's name": func(p *P) { p.Device.Role = protocol.RoleWallet },
	})
	ranged(t, s.Wallet.Certificate.Unverified, map[string]func(p *P){
		"template of another length": func(p *P) { p.Device.Print = p.Device.Print[1:] }, "template of no length": func(p *P) { p.Device.Print = []byte{} },
		"template open": func(p *P) { p.Device.Print = live() }, "wallet with a name": func(p *P) { p.Device.Name = text("Corner Café") },
		"wallet with an agreement key": func(p *P) { p.Device.Agreement = s.Terminal.Certificate.Unverified().Device.Agreement },
	})
}

func TestRangesOfEnrolmentMessages(t *testing.T) {
	s := newScene(t)
	ranged(t, func() protocol.Identity { return s.identity(t) }, map[string]func(p *protocol.Identity){
		"no authority": func(p *protocol.Identity) { p.Authority = "" }, "no root": func(p *protocol.Identity) { p.Root = nil },
		"root too long": func(p *protocol.Identity) { p.Root = make([]byte, 2049) }, "no key": func(p *protocol.Identity) { p.Key = protocol.Key{} },
		"after all time": func(p *protocol.Identity) { p.Issued = afterAllTime },
	})
	ranged(t, func() protocol.Challenge { c, _ := s.challenge(t); return c }, map[string]func(p *protocol.Challenge){
		"secret cut": func(p *protocol.Challenge) { p.Sealed = p.Sealed[1:] }, "secret of no length": func(p *protocol.Challenge) { p.Sealed = protocol.Sealed{} },
		"after all time": func(p *protocol.Challenge) { p.Issued = afterAllTime },
	})
	ranged(t, func() protocol.Enrolment { return s.enrolment(t) }, map[string]func(p *protocol.Enrolment){
		"no key": func(p *protocol.Enrolment) { p.Key = protocol.Key{} }, "agreement key without an answer": func(p *protocol.Enrolment) { p.Answer = nil },
		"answer without an agreement key": func(p *protocol.Enrolment) { p.Agreement = nil }, "agreement key off the curve": func(p *protocol.Enrolment) { p.Agreement = &protocol.Point{5} },
		"no TLS request": func(p *protocol.Enrolment) { p.Request = nil }, "TLS request too long": func(p *protocol.Enrolment) { p.Request = make([]byte, 2049) },
	})
	ranged(t, func() protocol.Renewal { return s.renewal(t) }, map[string]func(p *protocol.Renewal){
		"no certificate": func(p *protocol.Renewal) { p.Certificate = nil }, "no answer": func(p *protocol.Renewal) { p.Answer = nil },
		"no TLS request": func(p *protocol.Renewal) { p.Request = nil },
	})
	ranged(t, s.deposit, map[string]func(p *protocol.TemplateDeposit){
		"no consent": func(p *protocol.TemplateDeposit) { p.Consent = false }, "no desk": func(p *protocol.TemplateDeposit) { p.Desk = nil },
		"no authority": func(p *protocol.TemplateDeposit) { p.Authority = "" }, "no wallet": func(p *protocol.TemplateDeposit) { p.Wallet = "" },
		"template open": func(p *protocol.TemplateDeposit) { p.Sealed = protocol.Sealed(live()) }, "after all time": func(p *protocol.TemplateDeposit) { p.Captured = afterAllTime },
	})
	ranged(t, s.list, map[string]func(p *protocol.RevocationList){
		"no issuer": func(p *protocol.RevocationList) { p.Issuer = "" }, "after all time": func(p *protocol.RevocationList) { p.Issued = afterAllTime },
		"no entries, as null": func(p *protocol.RevocationList) { p.Revoked = nil },
		"unsorted":            func(p *protocol.RevocationList) { p.Revoked[0], p.Revoked[1] = p.Revoked[1], p.Revoked[0] },
		"one subject twice":   func(p *protocol.RevocationList) { p.Revoked[1] = p.Revoked[0] },
		"nobody":              func(p *protocol.RevocationList) { p.Revoked[0].Subject = "" },
		"until after all time": func(p *protocol.RevocationList) {
			p.Revoked[0].Until = afterAllTime
		},
		"too many": func(p *protocol.RevocationList) { p.Revoked = make([]protocol.Revoked, 16385) },
	})
}

func TestRangesOfAdvicesAndAccounts(t *testing.T) {
	s := newScene(t)
	ranged(t, func() protocol.Reversal { return protocol.Reversal(s.advice()) }, map[string]func(p *protocol.Reversal){
		"amount 0": func(p *protocol.Reversal) { p.Amount = 0 }, "currency 0": func(p *protocol.Reversal) { p.Currency = 0 }, "after all time": func(p *protocol.Reversal) { p.Sent = afterAllTime },
	})
	ranged(t, s.refund, map[string]func(p *protocol.Refund){
		"no reference": func(p *protocol.Refund) { p.Reference = 0 }, "amount too large": func(p *protocol.Refund) { p.Amount = tooMuch },
		"nobody": func(p *protocol.Refund) { p.Staff = "" },
	})
	ranged(t, func() protocol.AccountChange { return s.accountChange(t) }, map[string]func(p *protocol.AccountChange){
		"activation too short": func(p *protocol.AccountChange) { p.Activation = "1234567" }, "activation too long": func(p *protocol.AccountChange) { p.Activation = strings.Repeat("x", 33) },
		"activation of a removal": func(p *protocol.AccountChange) { p.Remove = true }, "registration without activation": func(p *protocol.AccountChange) { p.Activation = "" },
		"no account": func(p *protocol.AccountChange) { clear(p.Number[:]) }, "zero within the account": func(p *protocol.AccountChange) { p.Number[0] = 0 },
		"no certificate": func(p *protocol.AccountChange) { p.Wallet = nil }, "after all time": func(p *protocol.AccountChange) { p.Sent = afterAllTime },
	})
	for name, raw := range map[string][]byte{"kind 0": {0x82, 0, 0x18, 156}, "kind 5": {0x82, 5, 0x18, 156}, "currency 0": {0x82, 1, 0}, "currency 1000": {0x82, 1, 0x19, 0x03, 0xe8}} {
		t.Run(name, func(t *testing.T) {
			_, err := protocol.DecodeAccountInfo(raw)
			wantError(t, err, protocol.ErrRange)
		})
	}
}
