package enrolment

import (
	"context"
	"crypto/tls"
	"fmt"

	"countersign/protocol"
)

// DepositTemplate hands an owner's sealed template from an enrolment desk to
// the authority, over TLS with the desk's leaf, and returns the enrolment code
// for the owner's wallet (claim 2 step B). It does not try again by itself; a
// repetition replaces the template and cancels the first code. Errors:
// ErrUnreachable, ErrRefused, ErrRevoked, ErrProof, ErrAnswer, ctx's.
func DepositTemplate(ctx context.Context, c *Credentials, o Options, deposit *protocol.Signed[protocol.TemplateDeposit]) (code string, err error) {
	o = c.complete(o)
	config := authorityTLS(c.Anchor, c.Root, o.Clock)
	config.Certificates = []tls.Certificate{c.Leaf}
	authority, err := newClient(o.AuthorityURL, config, o)
	if err != nil {
		return "", fmt.Errorf("deposit template: %w", err)
	}
	answer, err := authority.post(ctx, protocol.PathDeposits, protocol.ContentTypeCOSE, deposit.Bytes())
	if err != nil {
		return "", fmt.Errorf("deposit template: %w", err)
	}
	given, err := protocol.ParseEnrolmentText(string(answer))
	if err != nil {
		return "", fmt.Errorf("deposit template: %w: %w", ErrAnswer, err)
	}
	if given.Role != protocol.RoleWallet || given.Subject != deposit.Unverified().Wallet || given.Authority != c.Anchor.Key.Thumbprint() {
		return "", fmt.Errorf("deposit template: %w: the code is for another wallet", ErrAnswer)
	}
	return string(answer), nil
}
