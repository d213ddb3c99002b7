package main

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
)

// settler is settlement as a sale sees it: it signs the advices with the
// terminal's key and translates errors. What is not known to be harmless is
// ErrNoAnswer.
type settler struct {
	client *settlementclient.Client
	unit   *secureunit.Unit
}

func (s settler) Certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	c, err := s.client.Certificate(ctx)
	return c, translate(err)
}

func (s settler) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	a, err := s.client.Submit(ctx, e, about, attempt)
	return sale.Answer(a), translate(err)
}

func (s settler) Query(ctx context.Context, about protocol.Advice) (sale.Answer, error) {
	return advise(ctx, s, protocol.Query(about), s.client.Query)
}

func (s settler) Reverse(ctx context.Context, about protocol.Advice) (sale.Answer, error) {
	return advise(ctx, s, protocol.Reversal(about), s.client.Reverse)
}

func (s settler) Acknowledge(ctx context.Context, about protocol.Advice) error {
	_, err := advise(ctx, s, protocol.Acknowledgement(about), s.client.Acknowledge)
	return err
}

// Refund sends a refund that was signed before.
func (s settler) Refund(ctx context.Context, r *protocol.Signed[protocol.Refund]) (sale.RefundAnswer, error) {
	a, err := s.client.Refund(ctx, r)
	return sale.RefundAnswer(a), translate(err)
}

// advise signs an advice and sends it.
func advise[P protocol.Payload](ctx context.Context, s settler, about P, send func(context.Context, *protocol.Signed[P]) (settlementclient.Answer, error)) (sale.Answer, error) {
	signer, err := s.unit.Signer(secureunit.Signing)
	if err != nil {
		return sale.Answer{}, err
	}
	signed, err := protocol.Sign(signer, about)
	if err != nil {
		return sale.Answer{}, err
	}
	a, err := send(ctx, signed)
	return sale.Answer(a), translate(err)
}

func translate(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []struct {
		from error
		to   error
	}{
		{settlementclient.ErrUnreachable, sale.ErrNotSent},
		{settlementclient.ErrUntrusted, sale.ErrSettlement},
		{settlementclient.ErrNotKept, sale.ErrBusy},
		{settlementclient.ErrNeverSeen, sale.ErrNeverSeen},
		{settlementclient.ErrUndecided, sale.ErrUndecided},
	} {
		if errors.Is(err, known.from) {
			return fmt.Errorf("%w: %w", known.to, err)
		}
	}
	return fmt.Errorf("%w: %w", sale.ErrNoAnswer, err)
}
