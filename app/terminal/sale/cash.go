package sale

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// MaxReason is the longest reason for opening the drawer, moving cash or giving it back, in
// bytes.
const MaxReason = 120

// Errors of cash.
var (
	// ErrGiven says that the customer has handed over less than the amount, or more than a
	// till can count.
	ErrGiven = errors.New("less was given than is to be paid")
	// ErrReasonNeeded says that the drawer is not opened without a reason: 1 to MaxReason
	// bytes of text in one line.
	ErrReasonNeeded = errors.New("a reason is needed")
)

// SellForCash sells for notes and coins. The entry that it returns is in the journal, so
// that the drawer may open; until it is dismissed the sale stands in front as ended, with the
// change. given is at least the bill's amount. Errors, with which nothing is sold or shown:
// protocol.ErrRange, ErrBill, ErrGiven, ErrClosed, ErrSaleOpen, ErrOffDuty, ErrFull and the
// journal's.
func (t *Till) SellForCash(b Bill, given protocol.Amount) (Entry, error) {
	if err := b.Check(); err != nil {
		return Entry{}, err
	}
	if given < b.Amount || given > protocol.MaxMinor {
		return Entry{}, fmt.Errorf("%w: %d of %d", ErrGiven, given, b.Amount)
	}
	b.Items = slices.Clone(b.Items)
	duty := t.duty()
	t.mu.Lock()
	if err := t.maySellLocked(duty); err != nil {
		t.mu.Unlock()
		return Entry{}, err
	}
	s := &payment{till: t, cancel: func(error) {}, entry: entryOf(b), bill: b}
	s.entry.Cash = &CashOf{Given: given, Change: given - b.Amount}
	t.frontLocked(s, duty)
	sold := s.view // which nobody sees before the journal has it: else one that is not sold looked like one that was
	s.view = View{Stage: Idle, Currency: t.Currency}
	t.running.Add(1)
	t.mu.Unlock()
	defer t.running.Done()

	s.entry.Ending = Paid
	err := s.journal(t.ctx, EventCashSold)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.front = nil
		return Entry{}, fmt.Errorf("sell for cash: %w", err)
	}
	sold.Stage, sold.Ending, sold.Decided, sold.Cancellable = Ended, Paid, s.entry.At, false
	s.view = sold
	t.showLocked()
	t.Log.InfoContext(t.ctx, "sold for cash", "number", s.entry.Sale)
	return s.entry, nil
}

// MoveCash writes down that cash is put into the drawer, or taken out of it, without a sale.
// Errors, with which nothing is to be moved: protocol.ErrRange, ErrReasonNeeded, ErrClosed,
// ErrOffDuty and the journal's.
func (t *Till) MoveCash(in bool, amount protocol.Amount, reason string) error {
	if amount < 1 || amount > protocol.MaxMinor {
		return fmt.Errorf("move cash: %w: amount %d", protocol.ErrRange, amount)
	}
	event := EventCashOut
	if in {
		event = EventCashIn
	}
	return t.drawer(event, staff.MoveCash, amount, reason)
}

// OpenDrawer writes down that the drawer is opened without a sale; the caller opens it.
// Errors, with which it is not to be opened: ErrReasonNeeded, ErrClosed, ErrOffDuty and the
// journal's.
func (t *Till) OpenDrawer(reason string) error {
	return t.drawer(EventDrawer, staff.OpenDrawer, 0, reason)
}

func (t *Till) drawer(event Event, needs staff.Permission, amount protocol.Amount, reason string) error {
	if !saysWhy(reason) {
		return ErrReasonNeeded
	}
	duty := t.duty()
	if t.StaffOnly && (!duty.May(needs) || duty.Shift == 0) {
		return ErrOffDuty
	}
	return t.alone(Entry{Event: event, Amount: amount, Cash: &CashOf{Reason: reason}}, duty)
}

// saysWhy says whether a text can be a reason.
func saysWhy(text string) bool {
	return text != "" && len(text) <= MaxReason && utf8.ValidString(text) && !slices.ContainsFunc([]rune(text), unicode.IsControl)
}

// Printed writes down that the receipt of a sale or refund has been handed to the printer,
// for the first time or again. Errors: ErrClosed and the journal's.
func (t *Till) Printed(number uint64, again bool) error {
	event := EventPrinted
	if again {
		event = EventReprinted
	}
	return t.alone(Entry{Event: event, Of: number}, t.duty())
}

// alone writes an entry that belongs to no sale.
func (t *Till) alone(e Entry, duty staff.Duty) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.running.Done()
	e.At, e.Currency, e.Shift, e.Cashier = t.Now(), t.Currency, duty.Shift, duty.Cashier
	return t.Journal.Append(context.WithoutCancel(t.ctx), e)
}

// fromDrawer gives back in cash what was sold for cash. refunding is held.
func (t *Till) fromDrawer(ctx context.Context, r *refund) (number uint64, err error) {
	if err := t.enter(); err != nil {
		return 0, err
	}
	defer t.running.Done()
	r.entry.Cash, r.entry.Ending = &CashOf{}, Refunded
	if err := r.journal(ctx, EventCashRefunded); err != nil {
		return 0, err
	}
	t.Log.InfoContext(ctx, "refunded in cash", "refund", r.entry.Sale, "sale", r.entry.Refund.Sale)
	t.mu.Lock()
	defer t.mu.Unlock()
	r.showLocked(func(v *RefundView) { v.Stage, v.Ending, v.Decided = Ended, Refunded, r.entry.At })
	return r.entry.Sale, nil
}

// enter keeps the till from being closed under whoever writes to its journal; running.Done
// leaves. Error: ErrClosed.
func (t *Till) enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	t.running.Add(1)
	return nil
}
