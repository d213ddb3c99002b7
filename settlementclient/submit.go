package settlementclient

import (
	"context"
	"fmt"
	"time"

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

// Submit hands over a submission that the caller has sealed to the key of
// Certificate, and returns the verified outcome (steps 13 and 15). about names
// the sale, and attempt the finger attempt that is sealed in e; the envelope
// does not tell. Errors: ErrUnreachable, ErrUntrusted and ErrNotKept, with which
// this call has charged nobody, and ErrUnknown.
func (c *Client) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (Answer, error) {
	body, err := protocol.EncodeEnvelope(e)
	if err != nil {
		return Answer{}, fmt.Errorf("submit: %w: %w", ErrUntrusted, err)
	}
	return c.ask(ctx, "submit", messagePayment, protocol.PathPayments, protocol.ContentTypeCBOR, body, asked{
		request: about.Request, payment: about.Payment, amount: about.Amount, currency: about.Currency, attempt: attempt,
	})
}

// Query asks how a sale stands. Errors: ErrNeverSeen; for a wallet ErrUndecided;
// and those of Submit.
func (c *Client) Query(ctx context.Context, q *protocol.Signed[protocol.Query]) (Answer, error) {
	return c.advise(ctx, "query", messageQuery, protocol.PathQueries, q.Bytes(), protocol.Advice(q.Unverified()))
}

// Reverse takes a sale back whose outcome was never learned. The answer says
// reversed, or how the sale ended if it cannot be taken back. It may be repeated
// until it is answered.
func (c *Client) Reverse(ctx context.Context, r *protocol.Signed[protocol.Reversal]) (Answer, error) {
	return c.advise(ctx, "reverse", messageReversal, protocol.PathReversals, r.Bytes(), protocol.Advice(r.Unverified()))
}

// Acknowledge tells settlement that the final outcome is verified and
// journalled. It may be repeated until it is answered. Errors: ErrNeverSeen and
// those of Submit.
func (c *Client) Acknowledge(ctx context.Context, a *protocol.Signed[protocol.Acknowledgement]) (Answer, error) {
	return c.advise(ctx, "acknowledge", messageAcknowledgement, protocol.PathAcknowledgements, a.Bytes(), protocol.Advice(a.Unverified()))
}

func (c *Client) advise(ctx context.Context, what string, m message, path string, body []byte, a protocol.Advice) (Answer, error) {
	return c.ask(ctx, what, m, path, protocol.ContentTypeCOSE, body, asked{request: a.Request, payment: a.Payment, amount: a.Amount, currency: a.Currency})
}

// ask sends a message that an outcome answers.
func (c *Client) ask(ctx context.Context, what string, m message, path, contentType string, body []byte, about asked) (Answer, error) {
	raw, err := c.settle(ctx, m, path, contentType, body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", what, err)
	}
	outcome, signed, err := believe(ctx, c, raw, func(o protocol.Outcome) [8]byte { return o.Signer },
		func(signed *protocol.Signed[protocol.Outcome], settlement *protocol.Signed[protocol.Certificate]) (protocol.Outcome, error) {
			return about.verify(signed, settlement, c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", what, err)
	}
	return Answer{Outcome: outcome, Signed: signed}, nil
}

// verify believes an outcome or does not.
func (a asked) verify(signed *protocol.Signed[protocol.Outcome], settlement *protocol.Signed[protocol.Certificate], trust protocol.Trust, now time.Time) (protocol.Outcome, error) {
	outcome, err := protocol.VerifyOutcome(signed, settlement, a.request, a.payment, trust, now)
	switch {
	case err != nil:
		return outcome, err
	case outcome.Amount != a.amount:
		return outcome, fmt.Errorf("%w: the outcome is about %d, not %d", protocol.ErrOtherAmount, outcome.Amount, a.amount)
	case outcome.Currency != a.currency:
		return outcome, protocol.ErrOtherCurrency
	case !outcome.Result.Final() && a.attempt != 0 && outcome.Attempt != a.attempt:
		return outcome, fmt.Errorf("%w: the outcome is about attempt %d", protocol.ErrOtherRequest, outcome.Attempt)
	}
	return outcome, nil
}
