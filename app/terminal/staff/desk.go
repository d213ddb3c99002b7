package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// Errors of the desk.
var (
	// ErrRefused says that the PIN is wrong, or that nobody has that name; nothing
	// tells which.
	ErrRefused = errors.New("name or PIN is wrong")
	// ErrNotAllowed says that the role does not have the permission.
	ErrNotAllowed = errors.New("not allowed for this role")
	// ErrNobody says that nobody is on duty.
	ErrNobody = errors.New("nobody is signed in")
	// ErrShift says that a shift is open that should not be, or none that should.
	ErrShift = errors.New("not with the shift as it is")
	// ErrCash says that a float or a count is out of range: 0 to protocol.MaxMinor.
	ErrCash = errors.New("no such amount of cash")
	// ErrExists, ErrUnknown: adding who is there, changing who is not.
	ErrExists  = errors.New("there is a member of that name already")
	ErrUnknown = errors.New("there is no member of that name")
	// ErrLastManager says that nobody would be left to manage the staff.
	ErrLastManager = errors.New("the last manager cannot be removed")
	// ErrFirst says that the first member has to be a manager.
	ErrFirst = errors.New("the first member has to be a manager")
)

// Desk is where the staff sign in. It is safe for concurrent use; one PIN is
// compared or hashed at a time, which bounds the memory that argon2id takes, and what
// else is asked of the desk does not wait for it.
type Desk struct {
	store  Store
	now    func() time.Time
	log    *slog.Logger
	costs  Costs
	nobody pinhash.Hash // compared with for a name that nobody has
	slow   hasher

	// proving is held while a PIN is compared or hashed, from the count of the try on; it
	// is taken before mu.
	proving sync.Mutex

	mu       sync.Mutex
	recorder Recorder
	state    state
	duty     *Session
}

// mostPending is how many events wait for the journal before failed tries are no
// longer kept one by one.
const mostPending = 100

// Options are what a desk works with.
type Options struct {
	Store    Store
	Recorder Recorder
	// Now is the terminal's clock.
	Now func() time.Time
	Log *slog.Logger
	// Costs are those of PINs that are set from now on, or whose member logs in;
	// zero is OWASP's recommendation.
	Costs Costs
}

// Open reads the staff and hands events that an earlier crash kept back to the
// recorder.
func Open(ctx context.Context, o Options) (*Desk, error) {
	text, err := o.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := decode(text)
	if err != nil {
		return nil, err
	}
	d := &Desk{store: o.Store, recorder: o.Recorder, now: o.Now, log: o.Log, costs: o.Costs, slow: argon2id(), state: kept}
	if d.costs == (Costs{}) {
		d.costs = pinhash.OWASP()
	}
	d.nobody = pinhash.New(nil, d.costs)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tellLocked(ctx)
	return d, nil
}

// Session is a member who has proved the PIN.
type Session struct {
	member Member
}

// Member is who it is.
func (s *Session) Member() Member { return s.member }

// Login proves who somebody is. Errors: ErrRefused, ErrLocked (a *LockedError),
// and the store's.
func (d *Desk) Login(ctx context.Context, id protocol.ID, pin []byte) (*Session, error) {
	var s *Session
	err := d.prove(ctx, id, pin, func(m Member, cleared func(*state)) error {
		s = &Session{m}
		return d.changeLocked(ctx, cleared, Event{Kind: SignedIn, Member: id, By: id, Role: m.Role})
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// changeLocked saves a change with its events, all or nothing, and tells the
// events.
func (d *Desk) changeLocked(ctx context.Context, change func(*state), events ...Event) error {
	next := d.state
	next.Members, next.Attempts = maps.Clone(next.Members), maps.Clone(next.Attempts)
	next.Pending = slices.Clone(next.Pending)
	if change != nil {
		change(&next)
	}
	for _, e := range events {
		if len(next.Pending) >= mostPending && (e.Kind == Refused || e.Kind == StillLocked) {
			continue // the journal is gone, and somebody plays with the keys
		}
		next.Sequence++
		e.Sequence, e.At = next.Sequence, d.now().UTC()
		if e.Shift == 0 && next.Shift.Open() {
			e.Shift = next.Shift.Number
		}
		next.Pending = append(next.Pending, e)
	}
	if err := d.saveLocked(ctx, next); err != nil {
		return err
	}
	d.tellLocked(ctx)
	return nil
}

func (d *Desk) saveLocked(ctx context.Context, next state) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write staff: %w", err)
	}
	// What was decided is written down even if whoever asked has gone.
	if err := d.store.Save(context.WithoutCancel(ctx), text); err != nil {
		return err
	}
	d.state = next
	return nil
}

// tellLocked hands pending events to the recorder and forgets those it has. One
// that it does not take stays for the next time.
func (d *Desk) tellLocked(ctx context.Context) {
	told := 0
	for _, e := range d.state.Pending {
		if err := d.recorder.Record(context.WithoutCancel(ctx), e); err != nil {
			d.log.ErrorContext(ctx, "staff event not journalled", "event", string(e.Kind), "error", err.Error())
			break
		}
		told++
	}
	if told == 0 {
		return
	}
	next := d.state
	next.Pending = slices.Clone(next.Pending[told:])
	if err := d.saveLocked(ctx, next); err != nil {
		d.log.ErrorContext(ctx, "staff events may be journalled twice", "error", err.Error())
	}
}

// allowed says whether a session still stands and has a permission.
func (d *Desk) allowedLocked(s *Session, p Permission) error {
	if s == nil {
		return ErrNobody
	}
	m, known := d.state.Members[s.member.ID]
	if !known || m.Member != s.member {
		return ErrNobody // was removed, and perhaps added anew
	}
	if !m.Role.May(p) {
		return fmt.Errorf("%w: %s may not %s", ErrNotAllowed, m.Role, p)
	}
	return nil
}
