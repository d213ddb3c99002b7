package virtualsettlement

import (
	"context"
	"fmt"

	"countersign/protocol"
	"countersign/settlementclient"
)

// Submit does what a terminal does in steps 12 and 13: it fetches settlement's
// certificate, seals the submission to it and hands it over.
func Submit(ctx context.Context, c *settlementclient.Client, s *protocol.Signed[protocol.Submission]) (settlementclient.Answer, error) {
	settlement, err := c.Certificate(ctx)
	if err != nil {
		return settlementclient.Answer{}, fmt.Errorf("submit: %w", err)
	}
	claims := s.Unverified()
	asked := claims.Request.Unverified()
	envelope, err := protocol.SealSubmission(*settlement.Unverified().Device.Agreement, asked.Terminal.Unverified().Subject, s)
	if err != nil {
		return settlementclient.Answer{}, fmt.Errorf("submit: %w", err)
	}
	return c.Submit(ctx, envelope, protocol.Advice{
		Request: claims.Request.Hash(), Payment: claims.Payment.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble,
	}, claims.Attempt)
}
