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
// compared at a time, which bounds the memory that argon2id takes.
type Desk struct {
	store  Store
	now    func() time.Time
	log    *slog.Logger
	costs  Costs
	nobody pinhash.Hash // compared with for a name that nobody has

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
	d := &Desk{store: o.Store, recorder: o.Recorder, now: o.Now, log: o.Log, costs: o.Costs, state: kept}
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
	d.mu.Lock()
	defer d.mu.Unlock()
	m, cleared, err := d.authenticateLocked(ctx, id, pin)
	if err != nil {
		return nil, err
	}
	if err := d.changeLocked(ctx, cleared, Event{Kind: SignedIn, Member: id, By: id, Role: m.Role}); err != nil {
		return nil, err
	}
	return &Session{m}, nil
}

// authenticateLocked counts the try, then compares (guarantees 2 to 4). cleared
// takes the count back; it is to be saved together with what the success is for.
func (d *Desk) authenticateLocked(ctx context.Context, id protocol.ID, pin []byte) (m Member, cleared func(*state), err error) {
	if err := checkID(id); err != nil {
		return Member{}, nil, err
	}
	now := d.now().UTC()
	a, until := d.state.Attempts[id].Locked(now)
	if now.Before(until) {
		err := d.changeLocked(ctx, func(s *state) { s.Attempts[id] = a }, Event{Kind: StillLocked, Member: id, Locked: until.Sub(now)})
		return Member{}, nil, errors.Join(&LockedError{until}, err)
	}
	a = a.Counted(now)
	if err := d.changeLocked(ctx, func(s *state) { s.Attempts[id] = a; s.forget() }); err != nil {
		return Member{}, nil, err // an uncounted try is no try
	}
	who, known := d.state.Members[id]
	kept := d.nobody
	if known {
		if kept, err = pinhash.Parse(who.PIN); err != nil {
			return Member{}, nil, fmt.Errorf("%w: member %q", ErrDamaged, id) // cannot be: decode has looked
		}
	}
	if len(pin) > MaxPIN {
		pin = nil // is nobody's, and takes as long
	}
	if matches := kept.Matches(pin); !matches || !known {
		err := d.changeLocked(ctx, nil, Event{Kind: Refused, Member: id, Locked: pinhash.LockAfter(a.Failures)})
		return Member{}, nil, errors.Join(ErrRefused, err)
	}
	if kept.Costs != d.costs {
		who.PIN = pinhash.New(pin, d.costs).Text()
	}
	return who.Member, func(s *state) {
		s.Members[id] = who
		delete(s.Attempts, id)
	}, nil
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
