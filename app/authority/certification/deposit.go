package certification

import (
	"context"
	"fmt"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
)

// captureAge bounds how long ago a finger was captured when its template is
// deposited; it also bounds the two clocks' difference.
const captureAge = 10 * time.Minute

// Deposit archives an owner's sealed template (claim 2 step B) and gives out
// the wallet's enrolment code. desk is who the TLS connection is with.
func (a *Authority) Deposit(ctx context.Context, desk protocol.ID, deposit *protocol.Signed[protocol.TemplateDeposit]) (GivenCode, error) {
	var given GivenCode
	err := a.deposit(desk, deposit, &given)
	read := "not recorded"
	if agreed := deposit.Unverified().Agreed; agreed != nil {
		read = string(agreed.Unverified().Text)
	}
	a.decided(ctx, "template deposit", err, "desk", desk, "wallet", deposit.Unverified().Wallet, "consent", read)
	return given, err
}

func (a *Authority) deposit(desk protocol.ID, signed *protocol.Signed[protocol.TemplateDeposit], given *GivenCode) error {
	now := a.clock()
	trust := protocol.Trust{Anchors: []protocol.Anchor{a.Anchor()}}
	certificate, err := trust.Certificate(signed.Unverified().Desk, protocol.RoleDesk, now)
	if err != nil {
		return unauthorised("the desk's certificate is not accepted: "+err.Error(), "Renew or enrol the desk again.")
	}
	if certificate.Subject != desk {
		return unauthorised("the template was signed by another desk", "")
	}
	d, err := signed.Verify(certificate.Holder.Key)
	if err != nil {
		return proof("the template is not signed by the desk")
	}
	if d.Authority != a.name {
		return unauthorised(fmt.Sprintf("the template was sealed for authority %q", d.Authority), "")
	}
	if age := now.Sub(d.Captured.Time()); age > captureAge || age < -captureAge {
		return conflict("the finger was not captured within the last ten minutes", "Check the desk's clock and capture again.")
	}
	if _, _, err := d.VerifyConsent(certificate); err != nil {
		return proof("the record of the owner's consent does not go with the template: " + err.Error())
	}
	request, err := CodeRequest{Role: protocol.RoleWallet, Subject: d.Wallet}.checked()
	if err != nil {
		return err
	}
	return a.registry.Update(func(tx *store.Tx) error {
		if gone, err := isRevoked(tx, certificate); err != nil {
			return err
		} else if gone {
			return revoked()
		}
		if err := a.vacant(tx, request); err != nil {
			return err
		}
		if err := unowned(tx, d.Wallet); err != nil {
			return err
		}
		if err := tx.PutDeposit(d.Wallet, store.Deposit{Signed: signed.Bytes(), Desk: desk, Received: now}); err != nil {
			return err
		}
		*given, err = a.giveCode(tx, request)
		return err
	})
}

// unowned refuses another finger for a wallet that pays already: it would make
// somebody else its owner.
func unowned(tx *store.Tx, wallet protocol.ID) error {
	device, ok, err := tx.Device(wallet)
	if err != nil || !ok {
		return err
	}
	current, err := currentCertificate(tx, device)
	if err != nil {
		return err
	}
	gone, err := isRevoked(tx, current)
	if err != nil || gone {
		return err
	}
	return conflict("this wallet is enrolled already", "Have it revoked before another finger is captured for it.")
}
