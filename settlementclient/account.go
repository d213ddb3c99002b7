package settlementclient

import (
	"context"
	"fmt"
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// RegisterAccount registers an account to the wallet's key, or takes it off
// again (claim 2 step F). It may be repeated: the same change is made once.
// Errors: ErrUnreachable, ErrUnknown, and ErrRefused with a *problem.Problem of
// code activation, not-registered, conflict, stale or another.
func (c *Client) RegisterAccount(ctx context.Context, change *protocol.Signed[protocol.AccountChange]) (protocol.AccountInfo, error) {
	a, err := c.do(ctx, messageAccount, http.MethodPost, protocol.PathAccounts, protocol.ContentTypeCOSE, change.Bytes())
	if err != nil {
		return protocol.AccountInfo{}, fmt.Errorf("register account: %w", err)
	}
	if a.status != http.StatusOK {
		return protocol.AccountInfo{}, fmt.Errorf("register account: %w", a.refused())
	}
	info, err := protocol.DecodeAccountInfo(a.body)
	if err != nil {
		return protocol.AccountInfo{}, fmt.Errorf("register account: %w: %w", ErrUnknown, err)
	}
	return info, nil
}

// DepositTemplate hands settlement the sealed template whose hash is in the
// wallet's certificate. It may be repeated. Errors as for RegisterAccount.
func (c *Client) DepositTemplate(ctx context.Context, d *protocol.Signed[protocol.TemplateDeposit]) error {
	a, err := c.do(ctx, messageDeposit, http.MethodPost, protocol.PathDeposits, protocol.ContentTypeCOSE, d.Bytes())
	if err != nil {
		return fmt.Errorf("deposit template: %w", err)
	}
	if a.status != http.StatusNoContent {
		return fmt.Errorf("deposit template: %w", a.refused())
	}
	return nil
}

// refused is refusal where no money is at stake.
func (a answer) refused() error {
	p := problem.Decode(a.status, a.body)
	if p.Code == problem.Internal {
		return fmt.Errorf("%w: %w", ErrUnknown, p)
	}
	return fmt.Errorf("%w: %w", ErrRefused, p)
}
