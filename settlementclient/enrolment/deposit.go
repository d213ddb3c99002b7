package enrolment

import (
	"context"
	"fmt"

	"countersign/protocol"
)

// DepositTemplate hands an owner's sealed template from an enrolment desk to
// the authority, over TLS with the desk's leaf, and returns the enrolment code
// for the owner's wallet (claim 2 step B). It does not try again by itself; a
// repetition replaces the template and cancels the first code. Errors:
// ErrUnreachable, ErrRefused, ErrRevoked, ErrProof, ErrAnswer, ctx's.
func DepositTemplate(ctx context.Context, c *Credentials, o Options, deposit *protocol.Signed[protocol.TemplateDeposit]) (code string, err error) {
	authority, err := c.dialAsSelf(c.complete(o))
	if err != nil {
		return "", fmt.Errorf("deposit template: %w", err)
	}
	answer, err := authority.post(ctx, protocol.PathDeposits, protocol.ContentTypeCOSE, deposit.Bytes())
	if err != nil {
		return "", fmt.Errorf("deposit template: %w", err)
	}
	if err := c.isFor(string(answer), deposit.Unverified().Wallet); err != nil {
		return "", fmt.Errorf("deposit template: %w", err)
	}
	return string(answer), nil
}
