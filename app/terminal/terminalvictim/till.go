package main

import (
	"context"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// handleCash does what a cashier does with notes and coins, and with the drawer and the
// printer: settlement hears nothing of it, and the journal must hold whatever was answered.
func (c *counter) handleCash(ctx context.Context) {
	amount := protocol.Amount(1 + c.random.IntN(20_000))
	e, err := c.till.SellForCash(sale.Bill{Amount: amount}, amount+500)
	if err != nil {
		return // the journal is full, or the till is closing
	}
	_ = c.till.Printed(e.Sale, false)
	_ = c.till.Dismiss()
	_ = c.till.MoveCash(true, 500, "change")
	_ = c.till.OpenDrawer("to count")
	_ = c.till.MoveCash(false, 500, "to the bank")
	matter, err := c.till.PlanVoid(ctx, e.Sale)
	if err != nil {
		return
	}
	approval, err := c.desk.Approve(ctx, manager, []byte(pin), matter)
	if err != nil {
		return
	}
	if refund, err := c.till.Refund(ctx, matter, approval); err == nil {
		_ = c.till.Printed(refund, true)
		_ = c.till.DismissRefund(refund)
	}
}
