package trusted

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"countersign/protocol"
)

// errNoSensor says that Pay was asked for a finger on a phone without a sensor.
var errNoSensor = errors.New("this phone has no fingerprint sensor")

// Pay is step 6, after the owner has confirmed: with finger it reads the owner's
// finger at the phone's own sensor (step 11), seals account and print to
// settlement, signs the payment, remembers it as pending and seals it to the
// terminal. It returns the text of the payment QR code (step 7).
//
// Where the shop asks for the holder's PIN, the owner enters it on the trusted
// screen instead of a finger; errors are then those of Owner.RequirePIN.
//
// After an error nothing was paid and Pay may be called again for the same
// offer. ErrNotOffered and ErrNoAccount say that it may not; an offer that was
// not confirmed in time is protocol.ErrRequestExpired.
func (a *Application) Pay(ctx context.Context, request protocol.Hash, account int, finger bool, progress func(Progress)) (text string, err error) {
	signed, offer, err := a.take(request)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			a.giveBack(signed, offer)
		}
	}()
	secret, err := a.secret(ctx, offer, account, finger && !offer.WantsPIN, progress)
	if err != nil {
		return "", err
	}
	defer clear(secret.Print)
	if offer.WantsPIN {
		prompt := Prompt{Purpose: ToPay, Shop: offer.Shop, Amount: offer.Amount, Currency: offer.Currency, Until: offer.Until}
		if err := a.owner.RequirePIN(ctx, prompt); err != nil {
			return "", err
		}
	}
	trust, now := a.identity.Trust(), a.now()
	if now.After(offer.Until) {
		return "", protocol.ErrRequestExpired
	}
	asked := signed.Unverified()
	server, err := a.settlement(trust, asked.Settlement, now)
	if err != nil {
		return "", err
	}
	mine := a.identity.Certificate()
	sealedSecret, err := protocol.SealPayerSecret(*server.Device.Agreement, request, mine.Hash(), secret)
	if err != nil {
		return "", err
	}
	signer, err := a.unit.Signer()
	if err != nil {
		return "", err
	}
	payment, err := protocol.Sign(signer, protocol.Payment{
		Request: request, Amount: offer.Amount, Currency: offer.Currency, Scramble: asked.Scramble,
		Secret: sealedSecret, Wallet: mine, HasPrint: secret.Print != nil, HolderByPIN: offer.WantsPIN,
	})
	if err != nil {
		return "", err
	}
	sealed, err := protocol.SealPayment(*asked.Terminal.Unverified().Device.Agreement, request, payment)
	if err != nil {
		return "", err
	}
	if err := a.remember(ctx, offer, asked.Scramble, payment.Hash()); err != nil {
		return "", err
	}
	return protocol.PaymentText(sealed), nil
}

// secret is what only settlement may read: the account, and the print when a
// finger is wanted.
func (a *Application) secret(ctx context.Context, offer Offer, account int, finger bool, progress func(Progress)) (protocol.PayerSecret, error) {
	accounts, err := a.load()
	if err != nil {
		return protocol.PayerSecret{}, err
	}
	if account < 0 || account >= len(accounts) {
		return protocol.PayerSecret{}, ErrNoAccount
	}
	if have := accounts[account].Currency; have != offer.Currency {
		return protocol.PayerSecret{}, fmt.Errorf("%w in currency %d, this one is in %d", ErrNoAccount, offer.Currency, have)
	}
	secret := protocol.PayerSecret{Account: protocol.Account(accounts[account].Number)}
	if !finger {
		return secret, nil
	}
	if a.sensor == nil {
		return protocol.PayerSecret{}, errNoSensor
	}
	if secret.Print, err = a.sensor.Read(ctx, progress); err != nil {
		return protocol.PayerSecret{}, fmt.Errorf("read the owner's finger: %w", err)
	}
	progress(Progress{Fraction: 1, Taken: true})
	return secret, nil
}

// take claims the offer for one payment, so that there is never a second.
func (a *Application) take(request protocol.Hash) (*protocol.Signed[protocol.Request], Offer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.offered == nil || a.offer.Request != request {
		return nil, Offer{}, ErrNotOffered
	}
	signed := a.offered
	now := a.now()
	maps.DeleteFunc(a.answered, func(_ protocol.Hash, ends time.Time) bool {
		return now.After(ends.Add(protocol.MaxSkew)) // VerifyRequest refuses it by now
	})
	a.offered, a.answered[request] = nil, a.offer.ends
	return signed, a.offer, nil
}

// giveBack returns the offer after a payment that did not come about, unless
// another was made since.
func (a *Application) giveBack(signed *protocol.Signed[protocol.Request], offer Offer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.answered, offer.Request)
	if a.offered == nil {
		a.offered, a.offer = signed, offer
	}
}
