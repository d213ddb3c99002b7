package main

import (
	"context"
	"crypto"
	"time"

	"countersign/app/wallet/trusted/cardservice"
	"countersign/protocol"
)

// newCards is the phone's virtual card, in the data directory.
func newCards(p *phone) *cardservice.Service {
	return cardservice.New(cardservice.Options{
		Data: p.settings.Data, Unit: p.unit, Owner: p.owner, Identity: current{p}, Clock: time.Now, Log: p.log,
		Wallet: func(context.Context) (crypto.Signer, error) { return token{p.unit}.Signer() },
		Ready: func() error {
			_, err := p.Application() // not enrolled
			return err
		},
		Account: func(index int) (protocol.Account, protocol.Currency, error) {
			a, err := p.Application()
			if err != nil {
				return "", 0, err
			}
			return a.AccountNumber(index)
		},
		Settlement: func() (cardservice.Settlement, error) {
			_, client, err := p.services()
			return client, err
		},
	})
}

// current is what the authority has given: the newest that is known, also when the
// enrolment is made anew.
type current struct{ phone *phone }

func (c current) papers() papers {
	c.phone.mu.Lock()
	defer c.phone.mu.Unlock()
	return papers{c.phone.papers}
}

func (c current) Certificate() *protocol.Signed[protocol.Certificate] {
	return c.papers().Certificate()
}
func (c current) Trust() protocol.Trust                              { return c.papers().Trust() }
func (c current) Settlement() *protocol.Signed[protocol.Certificate] { return c.papers().Settlement() }

// keepCard keeps the card up to date with settlement once the wallet is enrolled, until
// ctx ends.
func keepCard(ctx context.Context, p *phone, card *cardservice.Service) {
	select {
	case <-p.enrolled:
		card.Maintain(ctx)
	case <-ctx.Done():
	}
}
