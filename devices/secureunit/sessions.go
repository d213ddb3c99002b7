package secureunit

import (
	"context"
	"fmt"

	"github.com/miekg/pkcs11"
)

// session is one place in the pool: a PKCS#11 session once it was needed.
type session struct {
	open   bool
	era    int
	handle pkcs11.SessionHandle
}

// attempts is how often an operation is begun. The second repeats one that
// met a logout; the third is for a logout that came between another
// goroutine's recovery and the second.
const attempts = 3

// do runs f with a session that nobody else uses. If f finds that login,
// sessions or handles were taken away, they are brought back and f runs again,
// from its beginning and perhaps in another session.
func (u *Unit) do(ctx context.Context, what string, f func(pkcs11.SessionHandle) error) (err error) {
	for range attempts {
		epoch := u.currentEpoch()
		err = u.once(ctx, f)
		if !interrupted(err) && !u.disturbed(epoch, err) {
			break
		}
		if e := u.recover(epoch); e != nil {
			return during(what, e)
		}
	}
	return during(what, err)
}

func (u *Unit) once(ctx context.Context, f func(pkcs11.SessionHandle) error) error {
	s, err := u.take(ctx)
	if err != nil {
		return err
	}
	defer func() { u.pool <- s }()
	if err := u.ready(s); err != nil {
		return err
	}
	err = f(s.handle)
	if is(err, pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_SESSION_CLOSED) {
		s.open = false
	} else if code, ok := ckr(err); ok && leavesOperation(code) {
		// The session may still be in the middle of something: do not let the
		// next operation find it.
		s.open = false
		if e := u.shut(s.handle); e != nil {
			return fmt.Errorf("%w (and then %w)", err, e)
		}
	}
	return err
}

// leavesOperation tells whether a session that answered code may have an
// operation left open. The usual answers are known not to leave one.
func leavesOperation(code pkcs11.Error) bool {
	switch code {
	case pkcs11.CKR_SIGNATURE_INVALID, pkcs11.CKR_SIGNATURE_LEN_RANGE, pkcs11.CKR_USER_NOT_LOGGED_IN,
		pkcs11.CKR_KEY_HANDLE_INVALID, pkcs11.CKR_OBJECT_HANDLE_INVALID,
		pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED, pkcs11.CKR_KEY_TYPE_INCONSISTENT:
		return false
	}
	return true
}

// disturbed tells whether a call failed for no reason of its own while the
// login went away: SoftHSM answers CKR_GENERAL_ERROR and the like to a call
// that a logout hits in the middle.
func (u *Unit) disturbed(epoch int, err error) bool {
	if _, failed := ckr(err); !failed {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.epoch != epoch {
		return true
	}
	in, err := u.m.loggedIn(u.anchor)
	return err != nil || !in
}

// take waits for a place in the pool until ctx ends or the Unit closes.
func (u *Unit) take(ctx context.Context) (*session, error) {
	select {
	case <-u.closing:
		return nil, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	select {
	case s := <-u.pool:
		return s, nil
	case <-u.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

// ready opens the session if it is not. One of an earlier era is forgotten
// and not closed: its number may by now be somebody else's.
func (u *Unit) ready(s *session) error {
	u.mu.Lock()
	era, slot := u.era, u.slot
	u.mu.Unlock()
	if s.open && s.era == era {
		return nil
	}
	u.m.admin.Lock()
	defer u.m.admin.Unlock()
	handle, err := u.m.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		s.open = false
		return err
	}
	*s = session{open: true, era: era, handle: handle}
	return nil
}

func (u *Unit) currentEra() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.era
}

func (u *Unit) currentEpoch() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.epoch
}

// recover brings the login and, if they are gone, the sessions back. epoch is
// when the caller's operation began: if another goroutine has recovered since,
// there is nothing left to do.
func (u *Unit) recover(epoch int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.epoch != epoch {
		return nil
	}
	if u.refused != nil {
		return u.refused
	}
	u.m.admin.Lock()
	defer u.m.admin.Unlock()
	in, err := u.m.loggedIn(u.anchor)
	if err != nil {
		if err := u.reanchor(); err != nil {
			return err
		}
	}
	if err != nil || !in {
		pin, err := ask(u.pin)
		if err != nil {
			return err
		}
		err = u.m.rejoin(u.anchor, u.identity, pin)
		clear(pin)
		if err != nil {
			err = during("log in again", err)
			if is(err, pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_LOCKED) {
				u.refused = err
			}
			return err
		}
	}
	clear(u.keys)
	u.epoch++
	return nil
}

// reanchor opens a new anchor after all sessions were closed, or after the
// token was away. Called with mu and admin held.
func (u *Unit) reanchor() error {
	t, err := u.m.one(u.label)
	if err != nil {
		return err
	}
	if t.identity != u.identity {
		// Another token under the same label holds none of our keys.
		return fmt.Errorf("secure unit: token %q was exchanged: %w", u.label, ErrNoToken)
	}
	anchor, err := u.m.ctx.OpenSession(t.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return during("open session", err)
	}
	u.anchor, u.slot = anchor, t.slot
	u.era++
	return nil
}

// find returns the objects that match template. A session that is not logged
// in finds private objects missing instead of failing, which would read as
// "no such key": that is told apart here.
func (u *Unit) find(session pkcs11.SessionHandle, template []*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := u.m.ctx.FindObjectsInit(session, template); err != nil {
		return nil, err
	}
	var found []pkcs11.ObjectHandle
	for {
		some, _, err := u.m.ctx.FindObjects(session, 64)
		if err != nil {
			return nil, err // the session is closed, and the search with it
		}
		if len(some) == 0 {
			break
		}
		found = append(found, some...)
	}
	if err := u.m.ctx.FindObjectsFinal(session); err != nil {
		return nil, err
	}
	in, err := u.m.loggedIn(session)
	if err == nil && !in {
		err = pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN)
	}
	return found, err
}
