package adapter

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient"
)

// Clearing is settlement as taps need it. It implements sale.Clearing.
type Clearing struct{ Client *settlementclient.Client }

// Clear hands a tap in.
func (c Clearing) Clear(ctx context.Context, e protocol.Envelope, pay *protocol.Signed[protocol.TapPay]) (sale.ClearingAnswer, error) {
	a, err := c.Client.ClearTap(ctx, e, pay)
	return sale.ClearingAnswer(a), refused(err)
}

// Abandon says that a torn tap was given up.
func (c Clearing) Abandon(ctx context.Context, a *protocol.Signed[protocol.TapAbandonment]) (sale.ClearingAnswer, error) {
	answer, err := c.Client.AbandonTap(ctx, a)
	return sale.ClearingAnswer(answer), refused(err)
}

// refused is translate, with what settlement says of a tap that it will not look at: one
// that it cannot open, or does not believe, will fare no better in a minute, and keeps the
// others waiting no more than one that it refuses.
func refused(err error) error {
	var p *problem.Problem
	disbelieved := errors.As(err, &p) && (p.Code == problem.Malformed || p.Code == problem.Unauthorised)
	if disbelieved || errors.Is(err, settlementclient.ErrRefused) {
		return fmt.Errorf("%w: %w", sale.ErrTapRefused, err)
	}
	return translate(err)
}

// Blocklist fetches settlement's list of blocked cards.
func (c Clearing) Blocklist(ctx context.Context, old *protocol.CardBlocklist) (blocklist.Fetched, error) {
	a, err := c.Client.Blocklist(ctx, old)
	return blocklist.Fetched(a), err
}
