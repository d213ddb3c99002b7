package staff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"countersign/protocol"
)

// Members lists the staff by number.
func (d *Desk) Members() []Member {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Member, 0, len(d.state.Members))
	for _, m := range d.state.Members {
		list = append(list, m.Member)
	}
	slices.SortFunc(list, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Empty says that nobody was added yet.
func (d *Desk) Empty() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.state.Members) == 0
}

// Add adds a member, by a manager. The first is a manager, added by the installer
// with no session. Errors: ErrFirst, ErrNobody, ErrNotAllowed, ErrExists, ErrID,
// ErrRole, ErrPINPolicy.
func (d *Desk) Add(ctx context.Context, by *Session, id protocol.ID, role Role, pin []byte) error {
	may := func() error {
		if d.state.managers() == 0 && by == nil {
			if role != Manager {
				return ErrFirst
			}
		} else if err := d.allowedLocked(by, ChangeStaff); err != nil {
			return err
		}
		if err := errors.Join(checkID(id), CheckPIN(pin, id)); err != nil {
			return err
		}
		if _, err := ParseRole(string(role)); err != nil {
			return err
		}
		if _, exists := d.state.Members[id]; exists {
			return fmt.Errorf("%w: %q", ErrExists, id)
		}
		return nil
	}
	return d.hashed(pin, may, func(hash string) error {
		m := member{Member: Member{ID: id, Role: role, Since: d.now().UTC().Round(0)}, PIN: hash}
		return d.changeLocked(ctx, func(s *state) {
			s.Members[id] = m
			delete(s.Attempts, id) // of a stranger who tried that name
		}, Event{Kind: Added, Member: id, By: name(by), Role: role})
	})
}

// Remove removes a member, by a manager. Errors: ErrNobody, ErrNotAllowed,
// ErrUnknown, ErrLastManager.
func (d *Desk) Remove(ctx context.Context, by *Session, id protocol.ID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.allowedLocked(by, ChangeStaff); err != nil {
		return err
	}
	m, known := d.state.Members[id]
	switch {
	case !known:
		return fmt.Errorf("%w: %q", ErrUnknown, id)
	case m.Role == Manager && d.state.managers() == 1:
		return ErrLastManager
	}
	err := d.changeLocked(ctx, func(s *state) {
		delete(s.Members, id)
		delete(s.Attempts, id)
	}, Event{Kind: Removed, Member: id, By: name(by), Role: m.Role})
	if err == nil && d.duty != nil && d.duty.member.ID == id {
		d.duty = nil
	}
	return err
}

// SetPIN changes a PIN: one's own, or any by a manager, who thereby unlocks the
// name too. Errors: ErrNobody, ErrNotAllowed, ErrUnknown, ErrPINPolicy.
func (d *Desk) SetPIN(ctx context.Context, by *Session, id protocol.ID, pin []byte) error {
	needs := ChangeStaff
	if by != nil && by.member.ID == id {
		needs = ChangeOwnPIN
	}
	may := func() error {
		if err := d.allowedLocked(by, needs); err != nil {
			return err
		}
		if _, known := d.state.Members[id]; !known {
			return fmt.Errorf("%w: %q", ErrUnknown, id)
		}
		return CheckPIN(pin, id)
	}
	return d.hashed(pin, may, func(hash string) error {
		m := d.state.Members[id]
		m.PIN = hash
		return d.changeLocked(ctx, func(s *state) {
			s.Members[id] = m
			if needs == ChangeStaff {
				delete(s.Attempts, id)
			}
		}, Event{Kind: PINChanged, Member: id, By: name(by)})
	})
}

// Unlock clears the failures of a name, by a manager. Errors: ErrNobody,
// ErrNotAllowed, ErrUnknown.
func (d *Desk) Unlock(ctx context.Context, by *Session, id protocol.ID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.allowedLocked(by, Unlock); err != nil {
		return err
	}
	if _, known := d.state.Members[id]; !known {
		return fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	return d.changeLocked(ctx, func(s *state) { delete(s.Attempts, id) }, Event{Kind: Unlocked, Member: id, By: name(by)})
}

func name(s *Session) protocol.ID {
	if s == nil {
		return ""
	}
	return s.member.ID
}
