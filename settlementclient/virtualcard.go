package settlementclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// CardAnswer is a virtual card, verified: settlement's signature under its
// certificate, and that it is for the key that applied.
type CardAnswer struct {
	Card protocol.VirtualCard
	// Signed is the message itself, which the wallet's trusted application keeps.
	Signed *protocol.Signed[protocol.VirtualCard]
}

// ApplyCard applies for a virtual card (step S1). It may be repeated: the same
// application gets the same card. Errors: ErrUnreachable, ErrUntrusted, ErrUnknown,
// and ErrRefused with a *problem.Problem of code not-registered (the account is not
// this wallet's), blocked, conflict, stale or another.
func (c *Client) ApplyCard(ctx context.Context, a *protocol.Signed[protocol.CardApplication]) (CardAnswer, error) {
	fail := func(err error) (CardAnswer, error) {
		return CardAnswer{}, fmt.Errorf("apply for a virtual card: %w", ofInquiry(err))
	}
	// A card bears no mark of its signer: settlement keeps its key when it renews
	// its certificate.
	settlement, err := c.Certificate(ctx)
	if err != nil {
		return fail(err)
	}
	raw, err := c.inquire(ctx, messageVirtualCard, protocol.PathVirtualCards, a.Bytes())
	if err != nil {
		return fail(err)
	}
	signed, err := protocol.Parse[protocol.VirtualCard](raw)
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	card, err := protocol.VerifyVirtualCard(signed, settlement, c.o.Trust(), c.o.Clock())
	asked := a.Unverified()
	switch {
	case err != nil:
	case card.Holder.Key != asked.Proof.Unverified().Key:
		err = protocol.ErrOtherCard
	case card.Purse.Currency != asked.Currency:
		err = protocol.ErrOtherCurrency
	}
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	return CardAnswer{Card: card, Signed: signed}, nil
}

// CardStateAnswer is how a virtual card stands, verified.
type CardStateAnswer struct {
	State protocol.CardState
	// Signed is the message itself.
	Signed *protocol.Signed[protocol.CardState]
}

// CardState asks how a virtual card stands, and hands in the results that the
// question holds. It may be repeated. Errors: ErrUnreachable, ErrUnknown, and
// ErrRefused with a *problem.Problem.
func (c *Client) CardState(ctx context.Context, q *protocol.Signed[protocol.CardQuestion]) (CardStateAnswer, error) {
	raw, err := c.inquire(ctx, messageCardState, protocol.PathCardStates, q.Bytes())
	if err != nil {
		return CardStateAnswer{}, fmt.Errorf("ask for the card's state: %w", ofInquiry(err))
	}
	state, signed, err := believe(ctx, c, raw, func(s protocol.CardState) [8]byte { return s.Signer },
		func(signed *protocol.Signed[protocol.CardState], settlement *protocol.Signed[protocol.Certificate]) (protocol.CardState, error) {
			return protocol.VerifyCardState(signed, settlement, q.Unverified().Number, c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return CardStateAnswer{}, fmt.Errorf("ask for the card's state: %w", ofInquiry(err))
	}
	return CardStateAnswer{State: state, Signed: signed}, nil
}

// LoadAnswer is a load that settlement made, verified but for its total, which
// only the trusted application can check (protocol.VerifyLoad).
type LoadAnswer struct {
	Load protocol.Load
	// Signed is the message itself, which the trusted application takes.
	Signed *protocol.Signed[protocol.Load]
}

// Load asks for money on a virtual card (step S1). It may be repeated until it
// has a definite answer, also after a restart, with the same signed bytes:
// settlement debits once and answers the same. Errors: ErrUnreachable and
// ErrNotKept, with which this call has debited nobody; ErrUnknown, after which it
// is to be repeated; and ErrRefused, which is for good and wraps a
// *problem.Problem of code funds, ceiling, blocked, not-registered or conflict.
func (c *Client) Load(ctx context.Context, r *protocol.Signed[protocol.LoadRequest]) (LoadAnswer, error) {
	raw, err := c.settleCard(ctx, messageLoad, protocol.PathLoads, protocol.ContentTypeCOSE, r.Bytes())
	if err != nil {
		return LoadAnswer{}, fmt.Errorf("load: %w", ofLoad(err))
	}
	load, signed, err := believe(ctx, c, raw, func(l protocol.Load) [8]byte { return l.Signer },
		func(signed *protocol.Signed[protocol.Load], settlement *protocol.Signed[protocol.Certificate]) (protocol.Load, error) {
			claimed := signed.Unverified()
			return protocol.VerifyLoad(signed, settlement, r.Unverified(), claimed.Total-protocol.Sum(claimed.Amount), c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return LoadAnswer{}, fmt.Errorf("load: %w", ofLoad(err))
	}
	return LoadAnswer{Load: load, Signed: signed}, nil
}

// TransferAnswer is settlement's receipt for a transfer, verified.
type TransferAnswer struct {
	Receipt protocol.TransferReceipt
	// Signed is the message itself, to be kept.
	Signed *protocol.Signed[protocol.TransferReceipt]
}

// Made says whether the money waits for the other card.
func (a TransferAnswer) Made() bool { return a.Receipt.Result == protocol.TransferMade }

// Transfer hands in a transfer that the card has deducted. It is to be repeated
// until there is a receipt: settlement books it once and answers the same.
// Errors: ErrUnreachable, ErrNotKept, ErrUnknown, and ErrRefused with a
// *problem.Problem, which no repeat of the same bytes will change.
func (c *Client) Transfer(ctx context.Context, t *protocol.Signed[protocol.Transfer]) (TransferAnswer, error) {
	raw, err := c.settleCard(ctx, messageTransfer, protocol.PathTransfers, protocol.ContentTypeCOSE, t.Bytes())
	if err != nil {
		return TransferAnswer{}, fmt.Errorf("transfer: %w", ofLoad(err))
	}
	receipt, signed, err := believe(ctx, c, raw, func(r protocol.TransferReceipt) [8]byte { return r.Signer },
		func(signed *protocol.Signed[protocol.TransferReceipt], settlement *protocol.Signed[protocol.Certificate]) (protocol.TransferReceipt, error) {
			return protocol.VerifyTransferReceipt(signed, settlement, t.Hash(), c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return TransferAnswer{}, fmt.Errorf("transfer: %w", ofLoad(err))
	}
	return TransferAnswer{Receipt: receipt, Signed: signed}, nil
}

// settleCard is settle for what concerns virtual cards, which settlement may
// refuse for good.
func (c *Client) settleCard(ctx context.Context, m message, path, contentType string, body []byte) ([]byte, error) {
	raw, err := c.settle(ctx, m, path, contentType, body)
	var p *problem.Problem
	switch {
	case errors.Is(err, ErrNeverSeen):
		// No card of that number, or no such path: nothing was kept, but whether it
		// will be is not known.
		return nil, fmt.Errorf("%w: %v", ErrUnknown, err)
	case errors.As(err, &p) && p.Status == http.StatusConflict:
		return nil, fmt.Errorf("%w: %w", ErrRefused, p)
	}
	return raw, err
}
