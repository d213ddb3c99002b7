package certification

import (
	"context"
	"fmt"

	"countersign/app/authority/store"
	"countersign/protocol"
)

// Ordered is what became of a desk's order: the code for a wallet without a
// print, or what was erased.
type Ordered struct {
	Code   GivenCode
	Erased *protocol.Signed[protocol.ErasureList]
}

// Order carries out what the officer at a desk ordered on an owner's behalf. desk
// is who the TLS connection is with. The order is kept.
func (a *Authority) Order(ctx context.Context, desk protocol.ID, signed *protocol.Signed[protocol.DeskOrder]) (Ordered, error) {
	order, certificate, err := a.verifyOrder(desk, signed)
	if err != nil {
		a.decided(ctx, "desk order", err, "desk", desk, "wallet", signed.Unverified().Wallet)
		return Ordered{}, err
	}
	inForce := func(tx *store.Tx) error {
		if gone, err := isRevoked(tx, certificate); err != nil {
			return err
		} else if gone {
			return revoked()
		}
		return nil
	}
	if order.Kind == protocol.OrderErase {
		done, err := a.erase(ctx, store.Erasure{
			Wallet: order.Wallet, Desk: desk, Officer: order.Officer, Reason: order.Reason, Order: signed.Bytes(),
		}, inForce)
		if err != nil {
			return Ordered{}, err
		}
		done = done[max(0, len(done)-protocol.MaxErased):]
		list, err := a.erasureList(done[0].Number-1, done)
		return Ordered{Erased: list}, err
	}
	var given Ordered
	request, err := CodeRequest{Role: protocol.RoleWallet, Subject: order.Wallet, NoPrint: true}.checked()
	if err == nil {
		err = a.registry.Update(func(tx *store.Tx) error {
			if err := inForce(tx); err != nil {
				return err
			}
			if err := a.vacant(tx, request); err != nil {
				return err
			}
			if err := unowned(tx, order.Wallet); err != nil {
				return err
			}
			if err := tx.PutStatement(order.Wallet, store.Statement{Signed: signed.Bytes(), Desk: desk, Received: a.clock()}); err != nil {
				return err
			}
			given.Code, err = a.giveCode(tx, request)
			return err
		})
	}
	a.decided(ctx, "no readable print", err, "desk", desk, "wallet", order.Wallet, "officer", order.Officer)
	return given, err
}

// verifyOrder is what Deposit looks at, too: whose order it is, and that it is
// for this authority and of now.
func (a *Authority) verifyOrder(desk protocol.ID, signed *protocol.Signed[protocol.DeskOrder]) (protocol.DeskOrder, protocol.Certificate, error) {
	var none protocol.DeskOrder
	now := a.clock()
	trust := protocol.Trust{Anchors: []protocol.Anchor{a.Anchor()}}
	certificate, err := trust.Certificate(signed.Unverified().Desk, protocol.RoleDesk, now)
	if err != nil {
		return none, certificate, unauthorised("the desk's certificate is not accepted: "+err.Error(), "Renew or enrol the desk again.")
	}
	if certificate.Subject != desk {
		return none, certificate, unauthorised("the order was signed by another desk", "")
	}
	order, err := signed.Verify(certificate.Holder.Key)
	if err != nil {
		return none, certificate, proof("the order is not signed by the desk")
	}
	if order.Authority != a.name {
		return none, certificate, unauthorised(fmt.Sprintf("the order is for authority %q", order.Authority), "")
	}
	if age := now.Sub(order.Made.Time()); age > captureAge || age < -captureAge {
		return none, certificate, conflict("the order was not made within the last ten minutes", "Check the desk's clock and order again.")
	}
	return order, certificate, nil
}
