package staff

import (
	"context"
	"time"

	"countersign/protocol"
)

// OnDuty is the session of whoever is on duty; nil where nobody is. What it may be used
// for is looked at again each time.
func (d *Desk) OnDuty() *Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.allowedLocked(d.duty, ChangeOwnPIN) != nil { // which everybody may
		return nil
	}
	return d.duty
}

// Allow says whether who is on duty has one of some permissions. Errors: ErrNobody,
// ErrNotAllowed, which it is too where none is named.
func (d *Desk) Allow(one ...Permission) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.allowedLocked(d.duty, ChangeOwnPIN) // which everybody may
	if err != nil {
		return err
	}
	err = ErrNotAllowed
	for _, p := range one {
		if err = d.allowedLocked(d.duty, p); err == nil {
			return nil
		}
	}
	return err
}

// Prove compares somebody's own PIN without putting anybody on duty.
func (d *Desk) Prove(ctx context.Context, s *Session, pin []byte) (*Session, error) {
	if s == nil {
		return nil, ErrNobody
	}
	return d.Login(ctx, s.member.ID, pin)
}

// Locked says until when a name is locked after wrong PINs; the zero time where it is not.
func (d *Desk) Locked(id protocol.ID) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now().UTC()
	if _, until := d.state.Attempts[id].Locked(now); now.Before(until) {
		return until
	}
	return time.Time{}
}
