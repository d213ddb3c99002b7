package sale

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// RefundView is what a screen may show of a refund.
type RefundView struct {
	// Number is the refund's own.
	Number uint64
	// Sale is the sale's number on this terminal, 0 when it was another's;
	// Reference is settlement's number for it.
	Sale, Reference uint64
	Amount          protocol.Amount
	Currency        protocol.Currency
	Void            bool
	Approver        protocol.ID
	// Rail is how the sale was paid, as far as is known here. One for cash is made at once,
	// from the drawer.
	Rail Rail
	// Stage is Sending, Unknown or Ended.
	Stage Stage
	// Ending, Reason, Decided and Settled, settlement's number for the refund,
	// are set when Ended.
	Ending  Ending
	Reason  Reason
	Decided time.Time
	Settled uint64
}

// Errors of refunds.
var (
	ErrNotPaid    = errors.New("this terminal knows no such paid sale")
	ErrTooMuch    = errors.New("more than is left of the sale")
	ErrRefundOpen = errors.New("an earlier refund of this sale has no answer yet")
	ErrNotVoid    = errors.New("only a whole sale of the open shift can be taken back")
	ErrNoRefund   = errors.New("there is no such refund")
	ErrStale      = errors.New("the sale has changed since the refund was planned")
	// ErrNotCleared says that settlement has not heard of the tap yet, so that there is
	// nothing to refund it by: once the network is there, it takes a moment.
	ErrNotCleared = errors.New("settlement has not cleared this tap yet: connect the network, wait a moment, then try again")
)

// PlanRefund says what a manager is to approve: amount of the sale with this
// number on this terminal, or where number is 0 of the one that settlement gave
// this reference. Amount 0 is all that is left. Errors: ErrNotPaid, ErrNotCleared,
// ErrTooMuch, ErrRefundOpen, and the journal's.
//
// A sale that another terminal made is known by its reference alone: its amount
// must be given, and what is left of it only settlement knows.
func (t *Till) PlanRefund(ctx context.Context, number, reference uint64, amount protocol.Amount) (staff.Matter, error) {
	p, err := t.plan(ctx, number, reference, amount)
	return p.Matter, err
}

// PlanVoid is PlanRefund for a whole sale of the open shift. Errors: ErrNotVoid
// and those of PlanRefund.
func (t *Till) PlanVoid(ctx context.Context, number uint64) (staff.Matter, error) {
	p, err := t.plan(ctx, number, 0, 0)
	if err == nil && !p.void {
		err = ErrNotVoid
	}
	return p.Matter, err
}

// planned is a refund that can be asked for.
type planned struct {
	staff.Matter
	void bool // takes back the whole sale within its shift
	rail Rail // of the sale; none where it is another terminal's
}

func (t *Till) plan(ctx context.Context, number, reference uint64, amount protocol.Amount) (p planned, err error) {
	if amount < 0 || amount > protocol.MaxMinor || number == 0 && reference == 0 {
		return p, fmt.Errorf("refund: %w: amount %d of sale %d, settlement's %d", protocol.ErrRange, amount, number, reference)
	}
	sold, err := t.Journal.Sold(ctx, number, reference)
	if err != nil {
		return p, fmt.Errorf("look for the sale: %w", err)
	}
	if open := sold.Open(); open != 0 {
		return p, fmt.Errorf("%w: refund %d", ErrRefundOpen, open)
	}
	if !sold.Paid() {
		if number != 0 || amount == 0 {
			return p, ErrNotPaid
		}
		return planned{Matter: staff.Matter{Reference: reference, Amount: amount, Currency: t.Currency}}, nil
	}
	if sold.Sale.Tap != nil && sold.Sale.Reference == 0 {
		return p, fmt.Errorf("%w: sale %d", ErrNotCleared, sold.Sale.Sale)
	}
	left := sold.Left()
	if amount == 0 {
		amount = left
	}
	if amount > left || amount == 0 {
		return p, fmt.Errorf("%w: %d of %d", ErrTooMuch, left, sold.Sale.Amount)
	}
	return planned{
		Matter: staff.Matter{Sale: sold.Sale.Sale, Reference: sold.Sale.Reference, Amount: amount, Currency: sold.Sale.Currency},
		void:   amount == sold.Sale.Amount && sold.Sale.Shift != 0 && sold.Sale.Shift == t.duty().Shift,
		rail:   sold.Sale.Rail(),
	}, nil
}

// Refund gives money back as planned and approved, and returns the refund's
// number. It goes on in View.Refunds, and is made when settlement's signed answer
// is in the journal, not before. One of a sale for cash is made, and in the journal, when
// Refund returns: the drawer may open. Errors, with which nothing was sent: ErrOffDuty,
// staff.ErrApproval, ErrStale, those of PlanRefund, the journal's, ErrClosed.
func (t *Till) Refund(ctx context.Context, m staff.Matter, approval *staff.Approval) (number uint64, err error) {
	return t.RefundFor(ctx, m, "", approval)
}

// RefundFor is Refund, and writes down why: at most MaxReason bytes of text in one line, or
// nothing. Errors: ErrReasonNeeded for another, and those of Refund.
func (t *Till) RefundFor(ctx context.Context, m staff.Matter, why string, approval *staff.Approval) (number uint64, err error) {
	if why != "" && !saysWhy(why) {
		return 0, ErrReasonNeeded
	}
	duty := t.duty()
	if !duty.May(staff.AskRefund) || duty.Shift == 0 {
		return 0, ErrOffDuty
	}
	t.refunding.Lock() // two refunds of one sale must not be planned side by side
	defer t.refunding.Unlock()
	now, err := t.plan(ctx, m.Sale, m.Reference, m.Amount)
	switch {
	case err != nil:
		return 0, err
	case now.Matter != m:
		return 0, ErrStale
	}
	by, err := approval.Use(m)
	if err != nil {
		return 0, err
	}
	r := &refund{till: t, fresh: true, entry: Entry{
		Sale: t.Journal.NextNumber(), Amount: m.Amount, Currency: m.Currency, Shift: duty.Shift, Cashier: duty.Cashier,
		Refund: &RefundOf{Sale: m.Sale, Reference: m.Reference, Key: protocol.NewCode(), Approver: by, Void: now.void, Rail: now.rail, Why: why},
	}}
	if now.rail == RailCash {
		return t.fromDrawer(ctx, r)
	}
	if err := r.journal(ctx, EventRefundAsked); err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return 0, ErrClosed // nothing was sent; the next start ends it
	}
	r.showLocked(func(v *RefundView) { v.Stage = Sending })
	number = r.entry.Sale
	t.running.Go(func() { r.run(t.ctx) }) // which has the entry to itself now
	return number, nil
}

// DismissRefund takes a refund off the list: one that has ended, or one without
// an answer, whose alert stands. Errors: ErrNoRefund, ErrSaleOpen while it is
// being sent.
func (t *Till) DismissRefund(number uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch r, there := t.refunds[number]; {
	case !there:
		return ErrNoRefund
	case r.Stage == Sending:
		return ErrSaleOpen
	}
	delete(t.refunds, number)
	t.showLocked()
	return nil
}

func (t *Till) refundsLocked() []RefundView {
	return slices.SortedFunc(maps.Values(t.refunds), func(a, b RefundView) int { return cmp.Compare(a.Number, b.Number) })
}
