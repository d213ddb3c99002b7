package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/settlementclient"
)

// settler fits the client to a sale as the terminal's program does, with a
// software key, and measures.
type settler struct {
	client  *settlementclient.Client
	device  virtualrealm.Device
	measure *measure
}

func (s settler) Certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	c, err := s.client.Certificate(ctx)
	return c, translate(err)
}

func (s settler) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	began := time.Now()
	a, err := s.client.Submit(ctx, e, about, attempt)
	s.measure.add(time.Since(began), err)
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

func (s settler) Refund(ctx context.Context, r *protocol.Signed[protocol.Refund]) (sale.RefundAnswer, error) {
	a, err := s.client.Refund(ctx, r)
	return sale.RefundAnswer(a), translate(err)
}

// advise signs an advice and sends it.
func advise[P protocol.Payload](ctx context.Context, s settler, about P, send func(context.Context, *protocol.Signed[P]) (settlementclient.Answer, error)) (sale.Answer, error) {
	signed, err := protocol.Sign(s.device.Signer, about)
	if err != nil {
		return sale.Answer{}, err
	}
	a, err := send(ctx, signed)
	return sale.Answer(a), translate(err)
}

// translate says in a sale's words what the client's errors mean. What is not
// known to be harmless is ErrNoAnswer.
func translate(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []struct{ from, to error }{
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
