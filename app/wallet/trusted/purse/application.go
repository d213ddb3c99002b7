package purse

import (
	"context"
	"fmt"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// Apply signs the application for a virtual card, or for its renewal, whose loads come
// from an account (step S1). Until it is answered the same application is returned
// again, after a restart as well; another one fails with ErrWaits. The card's key is
// made in the secure unit with the first.
func (p *Purse) Apply(ctx context.Context, account protocol.Account, currency protocol.Currency) (*protocol.Signed[protocol.CardApplication], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	signed, err := p.apply(ctx, account, currency)
	if err != nil {
		return nil, fmt.Errorf("apply for a virtual card: %w", err)
	}
	return signed, nil
}

func (p *Purse) apply(ctx context.Context, account protocol.Account, currency protocol.Currency) (*protocol.Signed[protocol.CardApplication], error) {
	if p.closed {
		return nil, ErrClosed
	}
	now, err := p.now()
	if err != nil {
		return nil, err
	}
	if p.card != nil && p.terms().Purse.Currency != currency {
		return nil, fmt.Errorf("%w: in currency %d", ErrOtherCardTerms, currency)
	}
	if err := p.cardKey(ctx); err != nil {
		return nil, err
	}
	mine := p.o.Identity.Certificate()
	asked := application{Account: account, Currency: currency, Key: protocol.NewCode(), Sent: protocol.At(now), Wallet: mine.Hash()}
	if waits := p.state.Application; waits != nil {
		if waits.Account != account || waits.Currency != currency {
			return nil, ErrWaits
		}
		if waits.Wallet == asked.Wallet {
			return protocol.Parse[protocol.CardApplication](waits.Message)
		}
		asked.Key, asked.Sent = waits.Key, waits.Sent // the same application, under a renewed certificate
	}
	claims, err := protocol.NewCardApplication(p.signing.card, mine, account, currency, asked.Key, asked.Sent)
	if err != nil {
		return nil, err
	}
	wallet, err := p.o.Wallet(ctx)
	if err != nil {
		return nil, fmt.Errorf("the wallet's key: %w", err)
	}
	signed, err := protocol.Sign(wallet, claims)
	if err != nil {
		return nil, err
	}
	key, err := p.signing.key()
	if err != nil {
		return nil, err
	}
	asked.Message = signed.Bytes()
	next := p.state
	next.Application, next.Key = &asked, key.Thumbprint()
	return signed, p.commit(ctx, opApply, &change{state: next})
}

// PendingApplication is the application that waits for its answer, signed anew if the
// wallet's certificate was renewed since, or nil: it is sent until there is one.
func (p *Purse) PendingApplication(ctx context.Context) (*protocol.Signed[protocol.CardApplication], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	waits := p.state.Application
	if waits == nil {
		return nil, nil
	}
	signed, err := p.apply(ctx, waits.Account, waits.Currency)
	if err != nil {
		return nil, fmt.Errorf("apply for a virtual card again: %w", err)
	}
	return signed, nil
}

// ApplicationRefused forgets an application that settlement has refused for good. Errors:
// ErrNotWaiting.
func (p *Purse) ApplicationRefused(ctx context.Context, key protocol.Code) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.state.Application == nil || p.state.Application.Key != key {
		return ErrNotWaiting
	}
	next := p.state
	next.Application = nil
	return p.commit(ctx, opRefused, &change{state: next})
}

// AcceptCard verifies and keeps the card that settlement signed. A renewed card must
// be the same one: number, key, currency and issuer, and may not end earlier
// (ErrOtherCardTerms); it needs no application that waits, since settlement signs none
// unasked. A card that is there already changes nothing.
func (p *Purse) AcceptCard(ctx context.Context, signed *protocol.Signed[protocol.VirtualCard]) (protocol.VirtualCard, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	card, err := p.acceptCard(ctx, signed)
	if err != nil {
		return protocol.VirtualCard{}, fmt.Errorf("accept the virtual card: %w", err)
	}
	return card, nil
}

func (p *Purse) acceptCard(ctx context.Context, signed *protocol.Signed[protocol.VirtualCard]) (protocol.VirtualCard, error) {
	if p.closed {
		return protocol.VirtualCard{}, ErrClosed
	}
	now, err := p.now()
	if err != nil {
		return protocol.VirtualCard{}, err
	}
	server, err := p.settlement()
	if err != nil {
		return protocol.VirtualCard{}, err
	}
	card, err := protocol.VerifyVirtualCard(signed, server, p.o.Identity.Trust(), now)
	if err != nil {
		return protocol.VirtualCard{}, err
	}
	waits := p.state.Application
	switch {
	case p.card != nil && p.card.Hash() == signed.Hash() && waits == nil:
		return card, nil
	case p.card == nil && waits == nil:
		return card, ErrNotWaiting
	case card.Holder.Key.Thumbprint() != p.state.Key:
		return card, ErrCardKey
	case waits != nil && card.Purse.Currency != waits.Currency:
		return card, fmt.Errorf("%w: in currency %d", ErrOtherCardTerms, card.Purse.Currency)
	}
	next := p.state
	if p.card != nil {
		old := p.terms()
		if card.Number != old.Number || card.Issuer != old.Issuer || card.Purse.Currency != old.Purse.Currency || card.Expires < old.Expires {
			return card, ErrOtherCardTerms
		}
	} else if next.Handle, err = p.encryption.handle(card.Number); err != nil {
		return card, err
	}
	next.Application, next.Card = nil, signed.Bytes()
	if err := p.commit(ctx, opCard, &change{state: next}); err != nil {
		return card, err
	}
	p.card = signed
	steps.LogTap(ctx, p.o.Log, steps.TapLoaded, 0, "card", protocol.MarkOf(card.Holder.Key).String(), "expires", card.Expires.Time())
	p.o.Display(Event{Kind: ShowCard, Currency: card.Purse.Currency, Balance: p.state.balance()})
	return card, nil
}

// Handle is what the client application holds of the card (虚拟卡号, step S1) and hands
// over with GET (step S5): the card's number, sealed to this purse. ErrNoCard.
func (p *Purse) Handle() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.card == nil {
		return nil, ErrNoCard
	}
	return p.state.Handle, nil
}

// OwnNumber is the card's number, for the owner's eyes on the trusted screen and for
// nothing else. ErrNoCard.
func (p *Purse) OwnNumber() (protocol.CardNumber, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.card == nil {
		return "", ErrNoCard
	}
	return p.terms().Number, nil
}
