package settlementclient

import (
	"context"
	"fmt"

	"countersign/protocol"
)

// SubmitSealed hands over a submission that the caller has sealed itself to the
// key of Certificate (step 13); about names the sale and attempt the finger
// attempt that is in it. Results and errors are those of Submit.
func (c *Client) SubmitSealed(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (Answer, error) {
	body, err := protocol.EncodeEnvelope(e)
	if err != nil {
		return Answer{}, fmt.Errorf("submit: %w: %w", ErrUntrusted, err)
	}
	return c.ask(ctx, "submit", protocol.PathPayments, protocol.ContentTypeCBOR, body, asked{
		request: about.Request, payment: about.Payment, amount: about.Amount, currency: about.Currency, attempt: attempt,
	})
}
