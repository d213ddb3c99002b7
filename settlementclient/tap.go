package settlementclient

import (
	"context"
	"fmt"
	"net/http"

	"countersign/protocol"
)

// ClearedAnswer is settlement's answer about a tap, verified: its signature
// under a trusted certificate, and that it is about this PAY.
type ClearedAnswer struct {
	Cleared protocol.TapCleared
	// Signed is the message itself, to be journalled.
	Signed *protocol.Signed[protocol.TapCleared]
}

// Credited says whether the merchant has the money.
func (a ClearedAnswer) Credited() bool { return a.Cleared.Result == protocol.ClearingCredited }

// ClearTap hands in a tap that the terminal sealed to the key of Certificate
// when it queued it (protocol.SealTapClearing); pay is the PAY that it is about.
// It may be repeated until it is answered, also after a restart: settlement
// credits once and answers the same. Errors: ErrUnreachable, ErrNotKept,
// ErrUnknown, and ErrRefused with a *problem.Problem of code conflict, which no
// repeat of the same bytes will change.
func (c *Client) ClearTap(ctx context.Context, e protocol.Envelope, pay *protocol.Signed[protocol.TapPay]) (ClearedAnswer, error) {
	body, err := protocol.EncodeEnvelope(e)
	if err != nil {
		return ClearedAnswer{}, fmt.Errorf("clear a tap: %w: %w", ErrUntrusted, err)
	}
	return c.cleared(ctx, "clear a tap", messageTap, protocol.PathTaps, protocol.ContentTypeCBOR, body, pay)
}

// AbandonTap says that a torn tap was given up. Repeats and errors as for
// ClearTap. The answer is ClearingGivenBack, or how the tap ended if it was
// cleared before, or closed by settlement's operator.
func (c *Client) AbandonTap(ctx context.Context, a *protocol.Signed[protocol.TapAbandonment]) (ClearedAnswer, error) {
	return c.cleared(ctx, "abandon a tap", messageAbandonment, protocol.PathAbandonments, protocol.ContentTypeCOSE, a.Bytes(), a.Unverified().Pay)
}

func (c *Client) cleared(ctx context.Context, what string, m message, path, contentType string, body []byte, pay *protocol.Signed[protocol.TapPay]) (ClearedAnswer, error) {
	raw, err := c.settleCard(ctx, m, path, contentType, body)
	if err != nil {
		return ClearedAnswer{}, fmt.Errorf("%s: %w", what, ofClearing(err))
	}
	cleared, signed, err := believe(ctx, c, raw, func(t protocol.TapCleared) [8]byte { return t.Signer },
		func(signed *protocol.Signed[protocol.TapCleared], settlement *protocol.Signed[protocol.Certificate]) (protocol.TapCleared, error) {
			return protocol.VerifyTapCleared(signed, settlement, pay, c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return ClearedAnswer{}, fmt.Errorf("%s: %w", what, ofClearing(err))
	}
	return ClearedAnswer{Cleared: cleared, Signed: signed}, nil
}

// BlocklistAnswer is settlement's list of blocked cards, verified.
type BlocklistAnswer struct {
	List protocol.CardBlocklist
	// Signed is the message itself, to be kept until there is a newer one.
	Signed *protocol.Signed[protocol.CardBlocklist]
}

// Blocklist fetches the list of blocked virtual cards. old is the one that the
// caller has, or nil: an older one is not believed. Errors: ErrUnreachable,
// ErrUnknown, ErrRefused.
func (c *Client) Blocklist(ctx context.Context, old *protocol.CardBlocklist) (BlocklistAnswer, error) {
	fail := func(err error) (BlocklistAnswer, error) {
		return BlocklistAnswer{}, fmt.Errorf("fetch the list of blocked cards: %w", ofInquiry(err))
	}
	a, err := c.do(ctx, messageBlocklist, http.MethodGet, protocol.PathCardBlocklist, "", nil)
	if err != nil {
		return fail(err)
	}
	if a.status != http.StatusOK {
		return fail(a.refused())
	}
	list, signed, err := believe(ctx, c, a.body, func(l protocol.CardBlocklist) [8]byte { return l.Signer },
		func(signed *protocol.Signed[protocol.CardBlocklist], settlement *protocol.Signed[protocol.Certificate]) (protocol.CardBlocklist, error) {
			return protocol.VerifyCardBlocklist(signed, settlement, old, c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return fail(err)
	}
	return BlocklistAnswer{List: list, Signed: signed}, nil
}
