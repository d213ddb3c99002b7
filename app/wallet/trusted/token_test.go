package trusted

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
)

// token is the secure unit as the program uses it.
type token struct{ *secureunit.Unit }

func (u token) Signer() (crypto.Signer, error) { return u.Unit.Signer(secureunit.Signing) }
func (u token) Store(ctx context.Context, label string, data []byte) error {
	return u.Unit.Store(ctx, label, data, true)
}
func (u token) Missing(err error) bool { return errors.Is(err, secureunit.ErrNotFound) }

// A payment from a real token: key, account and pending payment lie in it, and
// are there after it was closed and opened again.
func TestPayFromToken(t *testing.T) {
	config := virtualtoken.ForTest(t, "wallet")[0]
	open := func() *secureunit.Unit {
		unit, err := secureunit.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return unit
	}
	unit := open()
	if _, err := unit.EnsureKey(t.Context(), secureunit.Signing); err != nil {
		t.Fatal(err)
	}
	p := newPhone(t)
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	claims := p.sale.Wallet.Certificate.Unverified()
	if claims.Holder.Key, err = protocol.NewKey(signer.Public().(*ecdsa.PublicKey)); err != nil {
		t.Fatal(err)
	}
	p.sale.Wallet.Certificate = p.sale.Realm.Certify(claims).Certificate
	p.unit = token{unit}
	p.start(false)
	p.own(p.sale.Account, protocol.AccountPrepaid, p.sale.Currency)
	request, payment := p.paid(false)
	if _, _, err := protocol.VerifyPayment(payment, request, p.trust, p.now); err != nil {
		t.Fatal(err)
	}
	if err := unit.Close(); err != nil {
		t.Fatal(err)
	}

	unit = open()
	defer unit.Close()
	p.unit = token{unit}
	p.start(false)
	if accounts, err := p.Accounts(t.Context()); err != nil || len(accounts) != 1 || accounts[0].Ending != "3445" {
		t.Errorf("accounts %v, %v", accounts, err)
	}
	if _, err := p.Question(t.Context(), request.Hash()); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Settle(t.Context(), p.sale.Outcome(t, request, payment, 1, protocol.ResultPaid)); err != nil {
		t.Error(err)
	}
	if pending, err := p.Pending(t.Context()); err != nil || len(pending) != 0 {
		t.Errorf("pending %v, %v", pending, err)
	}
}
