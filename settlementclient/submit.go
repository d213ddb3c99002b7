package settlementclient

import (
	"context"
	"fmt"
	"net/http"

	"countersign/protocol"
)

// Answer is an outcome that was verified: settlement's signature under a
// trusted certificate, and that it is about the sale that was asked about.
type Answer struct {
	// Outcome is what it says: Result tells paid, retry-finger, or refused and
	// why; AttemptsLeft how many fingers may still be tried.
	Outcome protocol.Outcome
	// Signed is the message itself, to be journalled and shown as CS1T:.
	Signed *protocol.Signed[protocol.Outcome]
}

// Paid says whether the money moved.
func (a Answer) Paid() bool { return a.Outcome.Result == protocol.ResultPaid }

// Retry says whether another finger may be tried.
func (a Answer) Retry() bool { return !a.Outcome.Result.Final() }

// asked is what an answer has to be about.
type asked struct {
	request, payment protocol.Hash
	amount           protocol.Amount
	currency         protocol.Currency
	// attempt is the only one that a retry-finger may be about; 0 for any.
	attempt uint8
}

// Submit seals a submission to settlement, hands it over and returns the
// verified outcome (steps 12, 13 and 15). Errors: ErrUnreachable, ErrUntrusted
// and ErrNotKept, with which this call has charged nobody, and ErrUnknown.
func (c *Client) Submit(ctx context.Context, s *protocol.Signed[protocol.Submission]) (Answer, error) {
	settlement, err := c.Certificate(ctx)
	if err != nil {
		return Answer{}, fmt.Errorf("submit: %w", err)
	}
	claims := s.Unverified()
	request := claims.Request.Unverified()
	server := settlement.Unverified()
	if server.Subject != request.Settlement {
		return Answer{}, fmt.Errorf("submit: %w: %w: request for %q, server is %q", ErrUntrusted, protocol.ErrOtherSettlement, request.Settlement, server.Subject)
	}
	envelope, err := protocol.SealSubmission(*server.Device.Agreement, request.Terminal.Unverified().Subject, s)
	if err != nil {
		return Answer{}, fmt.Errorf("submit: %w: %w", ErrUntrusted, err)
	}
	body, err := protocol.EncodeEnvelope(envelope)
	if err != nil {
		return Answer{}, fmt.Errorf("submit: %w: %w", ErrUntrusted, err)
	}
	return c.ask(ctx, "submit", protocol.PathPayments, protocol.ContentTypeCBOR, body, asked{
		request: claims.Request.Hash(), payment: claims.Payment.Hash(), amount: request.Amount, currency: request.Currency, attempt: claims.Attempt,
	})
}

// Query asks how a sale stands. Errors: ErrNeverSeen; for a wallet ErrUndecided;
// and those of Submit.
func (c *Client) Query(ctx context.Context, q *protocol.Signed[protocol.Query]) (Answer, error) {
	return c.advise(ctx, "query", protocol.PathQueries, q.Bytes(), protocol.Advice(q.Unverified()))
}

// Reverse takes a sale back whose outcome was never learned. The answer says
// reversed, or how the sale ended if it cannot be taken back. It may be repeated
// until it is answered.
func (c *Client) Reverse(ctx context.Context, r *protocol.Signed[protocol.Reversal]) (Answer, error) {
	return c.advise(ctx, "reverse", protocol.PathReversals, r.Bytes(), protocol.Advice(r.Unverified()))
}

// Acknowledge tells settlement that the final outcome is verified and
// journalled. It may be repeated until it is answered. Errors: ErrNeverSeen and
// those of Submit.
func (c *Client) Acknowledge(ctx context.Context, a *protocol.Signed[protocol.Acknowledgement]) (Answer, error) {
	return c.advise(ctx, "acknowledge", protocol.PathAcknowledgements, a.Bytes(), protocol.Advice(a.Unverified()))
}

func (c *Client) advise(ctx context.Context, what, path string, body []byte, a protocol.Advice) (Answer, error) {
	return c.ask(ctx, what, path, protocol.ContentTypeCOSE, body, asked{request: a.Request, payment: a.Payment, amount: a.Amount, currency: a.Currency})
}

// ask sends a message that an outcome answers.
func (c *Client) ask(ctx context.Context, what, path, contentType string, body []byte, about asked) (Answer, error) {
	raw, err := c.do(ctx, http.MethodPost, path, contentType, body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", what, err)
	}
	switch raw.status {
	case http.StatusOK:
	case http.StatusAccepted:
		if path == protocol.PathQueries {
			return Answer{}, fmt.Errorf("%s: %w", what, ErrUndecided)
		}
		return Answer{}, fmt.Errorf("%s: %w: HTTP status 202", what, ErrUnknown)
	default:
		err := raw.refusal()
		if path == protocol.PathPayments && is(err, ErrNeverSeen) {
			// Settlement has no such path: not what it would say of a sale.
			err = fmt.Errorf("%w: %v", ErrUnknown, err)
		}
		return Answer{}, fmt.Errorf("%s: %w", what, err)
	}
	answer, err := c.verify(ctx, raw.body, about)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w: %w", what, ErrUnknown, err)
	}
	return answer, nil
}

// verify believes an outcome or does not.
func (c *Client) verify(ctx context.Context, raw []byte, about asked) (Answer, error) {
	signed, err := protocol.Parse[protocol.Outcome](raw)
	if err != nil {
		return Answer{}, err
	}
	settlement, err := c.signedUnder(ctx, signed.Unverified().Signer)
	if err != nil {
		return Answer{}, fmt.Errorf("%v", err) // the sale was sent: not a fault of its own
	}
	outcome, err := protocol.VerifyOutcome(signed, settlement, about.request, about.payment, c.o.Trust(), c.o.Clock())
	switch {
	case err != nil:
		return Answer{}, err
	case outcome.Amount != about.amount:
		return Answer{}, fmt.Errorf("%w: the outcome is about %d, not %d", protocol.ErrOtherAmount, outcome.Amount, about.amount)
	case outcome.Currency != about.currency:
		return Answer{}, protocol.ErrOtherCurrency
	case !outcome.Result.Final() && about.attempt != 0 && outcome.Attempt != about.attempt:
		return Answer{}, fmt.Errorf("%w: the outcome is about attempt %d", protocol.ErrOtherRequest, outcome.Attempt)
	}
	return Answer{Outcome: outcome, Signed: signed}, nil
}
