package adapter

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/anchor"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient"
)

// Lodge hands anchors to settlement. That settlement holds another head is
// anchor.ErrContradicted; other errors are the client's.
func Lodge(client *settlementclient.Client) anchor.Lodge {
	return func(ctx context.Context, a *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
		answer, err := client.Anchor(ctx, a)
		if err != nil {
			var p *problem.Problem
			if errors.As(err, &p) && p.Code == problem.Conflict {
				return nil, fmt.Errorf("%w: %w", anchor.ErrContradicted, err)
			}
			return nil, err
		}
		return answer.Signed.Bytes(), nil
	}
}
