package settlementclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"countersign/protocol"
)

// settle sends a message that moves money, or asks about money, and returns a
// signed answer's bytes.
func (c *Client) settle(ctx context.Context, m message, path, contentType string, body []byte) ([]byte, error) {
	raw, err := c.do(ctx, m, http.MethodPost, path, contentType, body)
	if err != nil {
		return nil, err
	}
	switch raw.status {
	case http.StatusOK:
		return raw.body, nil
	case http.StatusAccepted:
		if m == messageQuery || m == messageRefund {
			return nil, ErrUndecided
		}
		return nil, fmt.Errorf("%w: HTTP status 202", ErrUnknown)
	}
	err = raw.refusal()
	if (m == messagePayment || m == messageRefund) && errors.Is(err, ErrNeverSeen) {
		// Settlement has no such path: not what it would say of a sale.
		err = fmt.Errorf("%w: %v", ErrUnknown, err)
	}
	return nil, err
}

// inquire sends a message that moves nothing, and returns a signed answer's
// bytes.
func (c *Client) inquire(ctx context.Context, m message, path string, body []byte) ([]byte, error) {
	raw, err := c.do(ctx, m, http.MethodPost, path, protocol.ContentTypeCOSE, body)
	if err != nil {
		return nil, err
	}
	if raw.status != http.StatusOK {
		return nil, raw.refused()
	}
	return raw.body, nil
}

// believe decodes settlement's signed answer, finds the certificate that it says
// it was signed under, and verifies it. Its error wraps ErrUnknown: the message
// was sent.
func believe[P protocol.Payload](ctx context.Context, c *Client, raw []byte, mark func(P) [8]byte,
	verify func(*protocol.Signed[P], *protocol.Signed[protocol.Certificate]) (P, error)) (payload P, signed *protocol.Signed[P], err error) {
	signed, err = protocol.Parse[P](raw)
	if err != nil {
		return payload, nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	settlement, err := c.SignedUnder(ctx, mark(signed.Unverified()))
	if err != nil {
		return payload, nil, fmt.Errorf("%w: %v", ErrUnknown, err) // not a fault of its own
	}
	if payload, err = verify(signed, settlement); err != nil {
		return payload, nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return payload, signed, nil
}
