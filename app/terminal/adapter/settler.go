package adapter

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/settlementclient"
)

// Settler is settlement as a sale sees it: it signs the advices with the
// terminal's key and translates errors. It implements sale.Settler.
type Settler struct {
	Client *settlementclient.Client
	// Signer returns the terminal's signing key. It is asked for each advice.
	Signer func() (crypto.Signer, error)
}

// Certificate fetches settlement's certificate.
func (s Settler) Certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	c, err := s.Client.Certificate(ctx)
	return c, translate(err)
}

// Submit hands in a payment, the attempt-th time.
func (s Settler) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	a, err := s.Client.Submit(ctx, e, about, attempt)
	return sale.Answer(a), translate(err)
}

// Query asks what became of a payment.
func (s Settler) Query(ctx context.Context, about protocol.Advice) (sale.Answer, error) {
	return advise(ctx, s, protocol.Query(about), s.Client.Query)
}

// Reverse takes a payment back.
func (s Settler) Reverse(ctx context.Context, about protocol.Advice) (sale.Answer, error) {
	return advise(ctx, s, protocol.Reversal(about), s.Client.Reverse)
}

// Acknowledge says that the outcome is in the journal.
func (s Settler) Acknowledge(ctx context.Context, about protocol.Advice) error {
	_, err := advise(ctx, s, protocol.Acknowledgement(about), s.Client.Acknowledge)
	return err
}

// Refund sends a refund that was signed before.
func (s Settler) Refund(ctx context.Context, r *protocol.Signed[protocol.Refund]) (sale.RefundAnswer, error) {
	a, err := s.Client.Refund(ctx, r)
	return sale.RefundAnswer(a), translate(err)
}

// advise signs an advice and sends it.
func advise[P protocol.Payload](ctx context.Context, s Settler, about P, send func(context.Context, *protocol.Signed[P]) (settlementclient.Answer, error)) (sale.Answer, error) {
	signer, err := s.Signer()
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

// translate says in a sale's words what the client's errors mean.
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
