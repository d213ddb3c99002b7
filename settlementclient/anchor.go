package settlementclient

import (
	"context"
	"fmt"

	"countersign/protocol"
)

// AnchorAnswer is settlement's receipt for a journal anchor, verified.
type AnchorAnswer struct {
	Receipt protocol.AnchorReceipt
	// Signed is the message itself, to be kept beside the journal.
	Signed *protocol.Signed[protocol.AnchorReceipt]
}

// Anchor lodges the head of this terminal's journal. It may be repeated: the
// first receipt is given again. Errors: ErrUnreachable; ErrUnknown, after which
// it is to be repeated; and ErrRefused, which wraps a *problem.Problem: code
// conflict says that settlement holds a head that this one contradicts.
func (c *Client) Anchor(ctx context.Context, a *protocol.Signed[protocol.JournalAnchor]) (AnchorAnswer, error) {
	raw, err := c.inquire(ctx, messageAnchor, protocol.PathAnchors, a.Bytes())
	if err != nil {
		return AnchorAnswer{}, fmt.Errorf("anchor the journal: %w", ofInquiry(err))
	}
	receipt, signed, err := believe(ctx, c, raw, func(r protocol.AnchorReceipt) [8]byte { return r.Signer },
		func(signed *protocol.Signed[protocol.AnchorReceipt], settlement *protocol.Signed[protocol.Certificate]) (protocol.AnchorReceipt, error) {
			return protocol.VerifyAnchorReceipt(signed, settlement, c.self(), a.Unverified(), c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return AnchorAnswer{}, fmt.Errorf("anchor the journal: %w", ofInquiry(err))
	}
	return AnchorAnswer{Receipt: receipt, Signed: signed}, nil
}

// self is this device's name; empty, which nothing is about, before it has a
// certificate.
func (c *Client) self() protocol.ID {
	own := c.o.Certificate()
	if own == nil {
		return ""
	}
	return own.Unverified().Subject
}
