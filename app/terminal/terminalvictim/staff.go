package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// The one person who works at a counter: cashier and manager in one.
const (
	manager protocol.ID = "M-01"
	pin     string      = "274951"
)

// memory keeps a counter's staff as long as the process runs: that file has tests
// of its own.
type memory struct{ text []byte }

func (m *memory) Load(context.Context) ([]byte, error) { return m.text, nil }

func (m *memory) Save(_ context.Context, text []byte) error {
	m.text = text
	return nil
}

// openDesk has the manager come to work and open a shift.
func (c *counter) openDesk(ctx context.Context) (err error) {
	c.desk, err = staff.Open(ctx, staff.Options{
		Store: &memory{}, Recorder: adapter.Book{Journal: c.journal}, Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Costs: staff.Costs{Memory: 64, Time: 1, Threads: 1}, // PINs are not what is tried here
	})
	if err != nil {
		return err
	}
	if err := c.desk.Add(ctx, nil, manager, staff.Manager, []byte(pin)); err != nil {
		return err
	}
	return c.beginShift(ctx)
}

func (c *counter) beginShift(ctx context.Context) error {
	if _, err := c.desk.SignIn(ctx, manager, []byte(pin)); err != nil {
		return err
	}
	_, err := c.desk.OpenShift(ctx, 0)
	return err
}

// changeShift closes the shift and begins another.
func (c *counter) changeShift(ctx context.Context) {
	if _, err := c.desk.CloseShift(ctx, staff.Uncounted); err != nil {
		return
	}
	_ = c.desk.SignOut(ctx)
	_ = c.beginShift(ctx)
}

// giveBack refunds one of the sales that were paid here since the start, all or a
// part of it, and waits for the first answer.
func (c *counter) giveBack(ctx context.Context) {
	number := c.paid[c.random.IntN(len(c.paid))]
	amount := protocol.Amount(c.random.IntN(3) * (1 + c.random.IntN(3000))) // 0 is all that is left
	matter, err := c.till.PlanRefund(ctx, number, 0, amount)
	if err != nil {
		return // it was given back already, or an earlier refund has no answer yet
	}
	approval, err := c.desk.Approve(ctx, manager, []byte(pin), matter)
	if err != nil {
		return
	}
	refund, err := c.till.Refund(ctx, matter, approval)
	if err != nil {
		return
	}
	_, _ = c.until(ctx, func(v sale.View) bool {
		for _, r := range v.Refunds {
			if r.Number == refund {
				return r.Stage != sale.Sending
			}
		}
		return true
	})
	_ = c.till.DismissRefund(refund)
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
