package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient"
)

// genuine accepts the checkpoints that this terminal has signed.
func genuine(device virtualrealm.Device) func([]byte) (uint64, journal.Hash, error) {
	return func(signed []byte) (uint64, journal.Hash, error) {
		s, err := protocol.Parse[protocol.JournalAnchor](signed)
		if err != nil {
			return 0, journal.Hash{}, err
		}
		a, err := s.Verify(device.Claims.Holder.Key)
		return a.Sequence, journal.Hash(a.Head), err
	}
}

// newKeeper returns who lodges the head of the journal with settlement.
func newKeeper(j *journal.Journal, device virtualrealm.Device, client *settlementclient.Client) *anchor.Keeper {
	return &anchor.Keeper{
		Settings: anchor.Defaults(), Journal: j, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Signer: func() (crypto.Signer, error) { return device.Signer, nil },
		Lodge: func(ctx context.Context, a *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
			answer, err := client.Anchor(ctx, a)
			var p *problem.Problem
			switch {
			case errors.As(err, &p) && p.Code == problem.Conflict:
				return nil, fmt.Errorf("%w: %w", anchor.ErrContradicted, err)
			case err != nil:
				return nil, err
			}
			return answer.Signed.Bytes(), nil
		},
	}
}

// closeDay asks settlement what it has for the last hour, and lodges the head.
func (c *counter) closeDay(ctx context.Context) {
	now := time.Now()
	_, _ = c.client.AllTotals(ctx, protocol.At(now.Add(-time.Hour)), protocol.At(now), // it asks again another time
		func(q protocol.TotalsQuery) (*protocol.Signed[protocol.TotalsQuery], error) {
			return protocol.Sign(c.device.Signer, q)
		})
	_ = c.keeper.Anchor(ctx) // and so does it
}
