package sale

import (
	"context"
	"fmt"
	"slices"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Begin is BeginBill for an amount alone.
func (t *Till) Begin(amount protocol.Amount) error { return t.BeginBill(Bill{Amount: amount}) }

// BeginBill is step 2: the cashier has keyed an amount, or what it is made of. Minor units
// of the till's currency, 1 to protocol.MaxMinor. Errors: protocol.ErrRange, ErrBill,
// ErrClosed, ErrSaleOpen, ErrOffDuty.
func (t *Till) BeginBill(b Bill) error {
	if err := b.Check(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	b.Items = slices.Clone(b.Items)
	duty := t.duty() // not under the lock: it may wait for a PIN that is being compared
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.beginLocked(b, false, duty)
}

// beginLocked begins a sale that is paid by scan or tap.
func (t *Till) beginLocked(b Bill, byPIN bool, duty staff.Duty) error {
	if err := t.maySellLocked(duty); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(t.ctx)
	s := &payment{till: t, cancel: cancel, entry: entryOf(b), bill: b}
	s.entry.ByPIN = byPIN
	t.frontLocked(s, duty)
	t.showLocked()
	t.running.Go(func() {
		defer cancel(nil)
		s.run(ctx)
	})
	return nil
}

// maySellLocked says why no sale may begin now.
func (t *Till) maySellLocked(duty staff.Duty) error {
	switch {
	case t.closed:
		return ErrClosed
	case t.front != nil:
		return ErrSaleOpen
	case t.StaffOnly && (!duty.May(staff.Sell) || duty.Shift == 0):
		return ErrOffDuty
	}
	return nil
}

// frontLocked gives a sale its number and puts it before the customer.
func (t *Till) frontLocked(s *payment, duty staff.Duty) {
	e := &s.entry
	e.Sale, e.Currency, e.Shift, e.Cashier = t.Journal.NextNumber(), t.Currency, duty.Shift, duty.Cashier
	s.view = View{
		Stage: Preparing, Number: e.Sale, Amount: e.Amount, Currency: t.Currency, Tip: e.Tip, Items: e.Items, Tax: e.Tax, Cash: e.Cash,
		ByPIN: e.ByPIN, Cancellable: true,
	}
	t.front = s
}

// entryOf is the begin of a sale's entry.
func entryOf(b Bill) Entry {
	return Entry{Amount: b.Amount, Tip: b.Tip, Items: b.Items, Tax: b.Tax()}
}
