package settlementclient

import (
	"context"
	"fmt"
	"net/http"

	"countersign/protocol"
)

// SendStatus tells settlement how this terminal is. It may be repeated, and lost:
// the next one says more. Errors: ErrUnreachable, ErrUnknown, and ErrRefused with a
// *problem.Problem; code conflict says that settlement has a later one.
func (c *Client) SendStatus(ctx context.Context, s *protocol.Signed[protocol.TerminalStatus]) error {
	a, err := c.do(ctx, messageStatus, http.MethodPost, protocol.PathStatuses, protocol.ContentTypeCOSE, s.Bytes())
	if err != nil {
		return fmt.Errorf("send status: %w", err)
	}
	if a.status != http.StatusNoContent {
		return fmt.Errorf("send status: %w", a.refused())
	}
	return nil
}
