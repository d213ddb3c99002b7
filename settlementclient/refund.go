package settlementclient

import (
	"context"
	"fmt"

	"countersign/protocol"
)

// RefundAnswer is settlement's answer to a refund, verified: its signature under
// a trusted certificate, and that it is about the refund that was asked for.
type RefundAnswer struct {
	Outcome protocol.RefundOutcome
	// Signed is the message itself, to be journalled.
	Signed *protocol.Signed[protocol.RefundOutcome]
}

// Made says whether the money went back.
func (a RefundAnswer) Made() bool { return a.Outcome.Result == protocol.RefundMade }

// Refund gives back all or part of a paid sale. It may be repeated until it is
// answered, also after a restart, with the same signed bytes: under one key
// settlement refunds once and answers the same. Errors: ErrUnreachable and
// ErrNotKept, with which this call has given nothing back; ErrUndecided while
// the card's acquirer has not answered; and ErrUnknown. After the last two,
// repeat it and do not draw another key. Hints speak of a refund.
func (c *Client) Refund(ctx context.Context, r *protocol.Signed[protocol.Refund]) (RefundAnswer, error) {
	raw, err := c.settle(ctx, messageRefund, protocol.PathRefunds, protocol.ContentTypeCOSE, r.Bytes())
	if err != nil {
		return RefundAnswer{}, fmt.Errorf("refund: %w", ofRefund(err))
	}
	outcome, signed, err := believe(ctx, c, raw, func(o protocol.RefundOutcome) [8]byte { return o.Signer },
		func(signed *protocol.Signed[protocol.RefundOutcome], settlement *protocol.Signed[protocol.Certificate]) (protocol.RefundOutcome, error) {
			return protocol.VerifyRefundOutcome(signed, settlement, r.Unverified(), c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return RefundAnswer{}, fmt.Errorf("refund: %w", ofRefund(err))
	}
	return RefundAnswer{Outcome: outcome, Signed: signed}, nil
}
