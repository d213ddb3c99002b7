package staff

import (
	"context"
	"fmt"

	"countersign/protocol"
)

// Duty is who works now, for the entries of the journal.
type Duty struct {
	Cashier protocol.ID
	Role    Role
	Shift   uint64 // 0: none is open
}

// May says whether who is on duty has a permission.
func (d Duty) May(p Permission) bool { return d.Role.May(p) }

// Duty returns who is on duty; the zero Duty is nobody.
func (d *Desk) Duty() Duty {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dutyLocked()
}

func (d *Desk) dutyLocked() Duty {
	var now Duty
	if d.allowedLocked(d.duty, ChangeOwnPIN) == nil { // which everybody may
		now.Cashier, now.Role = d.duty.member.ID, d.duty.member.Role
	}
	if d.state.Shift.Open() {
		now.Shift = d.state.Shift.Number
	}
	return now
}

// SignIn logs a member in and puts him on duty in place of whoever was. Errors:
// those of Login.
func (d *Desk) SignIn(ctx context.Context, id protocol.ID, pin []byte) (Member, error) {
	s, err := d.Login(ctx, id, pin)
	if err != nil {
		return Member{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.duty = s
	return s.member, nil
}

// SignOut takes who is on duty off it; the shift goes on. Error: ErrNobody.
func (d *Desk) SignOut(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.duty == nil {
		return ErrNobody
	}
	id := d.duty.member.ID
	d.duty = nil
	return d.changeLocked(ctx, nil, Event{Kind: SignedOut, Member: id, By: id})
}

// Shift is the open shift, or the last.
func (d *Desk) Shift() Shift {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.Shift
}

// OpenShift opens the next shift with that much cash in the drawer, minor units, by who is on
// duty. Errors: ErrNobody, ErrNotAllowed, ErrShift, ErrCash.
func (d *Desk) OpenShift(ctx context.Context, float protocol.Amount) (Shift, error) {
	if float < 0 || float > protocol.MaxMinor {
		return Shift{}, fmt.Errorf("%w: float %d", ErrCash, float)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.allowedLocked(d.duty, OpenShift); err != nil {
		return Shift{}, err
	}
	if d.state.Shift.Open() {
		return Shift{}, fmt.Errorf("%w: shift %d is open", ErrShift, d.state.Shift.Number)
	}
	next := Shift{Number: d.state.Shift.Number + 1, OpenedBy: d.duty.member.ID, Opened: d.now().UTC().Round(0), Drawer: Drawer{Float: protocol.Sum(float)}}
	err := d.changeLocked(ctx, func(s *state) { s.Shift = next },
		Event{Kind: ShiftOpened, By: next.OpenedBy, Shift: next.Number, Drawer: next.Drawer})
	return next, err
}

// CloseShift closes the open shift, by who is on duty, with the cash that was counted, minor
// units, or Uncounted. What should have been there is not known here: package report says
// the difference. Errors: ErrNobody, ErrNotAllowed, ErrShift, ErrCash.
func (d *Desk) CloseShift(ctx context.Context, counted protocol.Amount) (Shift, error) {
	if counted < 0 && counted != Uncounted || counted > protocol.MaxMinor {
		return Shift{}, fmt.Errorf("%w: counted %d", ErrCash, counted)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.allowedLocked(d.duty, CloseShift); err != nil {
		return Shift{}, err
	}
	if !d.state.Shift.Open() {
		return Shift{}, fmt.Errorf("%w: none is open", ErrShift)
	}
	closed := d.state.Shift
	closed.ClosedBy, closed.Closed = d.duty.member.ID, d.now().UTC().Round(0)
	closed.Counted, closed.Uncounted = protocol.Sum(max(counted, 0)), counted == Uncounted
	err := d.changeLocked(ctx, func(s *state) { s.Shift = closed },
		Event{Kind: ShiftClosed, By: closed.ClosedBy, Shift: closed.Number, Drawer: Drawer{Counted: closed.Counted, Uncounted: closed.Uncounted}})
	return closed, err
}

// SetDifference keeps what a shift's Z report has said about its cash, for Shift; the journal
// has the report itself. It does nothing when the next shift is open already.
func (d *Desk) SetDifference(ctx context.Context, shift uint64, difference protocol.Sum) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.state.Shift; s.Number != shift || s.Open() || s.Difference == difference {
		return nil
	}
	return d.changeLocked(ctx, func(s *state) { s.Shift.Difference = difference })
}
