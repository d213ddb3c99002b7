package trusted

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/program/pinhash"
)

// Lengths of the owner's PIN, digits.
const (
	MinPIN     = 4
	DefaultPIN = 6
	MaxPIN     = 8
)

// Errors of the owner's PIN.
var (
	// ErrNoPIN says that the owner has not set a PIN yet.
	ErrNoPIN = errors.New("no PIN was set")
	// ErrPINSet says that there is a PIN already: it is changed with the old one.
	ErrPINSet = errors.New("a PIN was set before")
	// ErrWrongPIN says that a PIN is not the owner's.
	ErrWrongPIN = errors.New("wrong PIN")
	// ErrLocked is what a LockedError is.
	ErrLocked = errors.New("the PIN is locked")
)

// LockedError says that no PIN is taken for a while.
type LockedError struct{ For time.Duration }

func (e *LockedError) Error() string {
	return fmt.Sprintf("too many wrong PINs; locked for %v", e.For.Round(time.Second))
}

// Hint says what a person can do.
func (e *LockedError) Hint() string { return "Wait, then enter the PIN with care." }

// Unwrap returns ErrLocked.
func (e *LockedError) Unwrap() error { return ErrLocked }

// IdleTime is how long the wallet stays unlocked after the owner was last there: entered
// the PIN, or answered on the trusted screen of the unlocked wallet. What a client asks
// for without the owner does not count.
const IdleTime = 2 * time.Minute

// Owner knows the owner's PIN and mark. It is safe for concurrent use.
//
// # Guarantees
//
//  1. The PIN is kept as an argon2id hash in the secure unit, behind the unit's
//     own PIN, and as nothing else; it reaches no log, error or message.
//  2. A try is kept before the PIN is compared, so that a killed process gives no
//     try for nothing. After the third failure each locks for longer: 30 s, 60 s …
//     an hour (package pinhash). Setting the clock back does not shorten that.
//  3. The wallet is unlocked, and stays so, by the owner at the trusted screen alone.
//  4. Two trusted applications over one secure unit take turns, by Turns.
type Owner struct {
	unit     Unit
	prompter Prompter
	now      func() time.Time
	costs    pinhash.Costs
	turns    func() (release func(), err error)

	mu     sync.Mutex // one PIN is compared at a time, which bounds argon2id's memory
	asking sync.Mutex // one conversation with the owner at a time

	state    sync.Mutex
	unlocked time.Time // until when; zero: locked
}

// OwnerOptions are what an Owner works with beside the secure unit.
type OwnerOptions struct {
	// Prompter is the trusted screen; nil is none.
	Prompter Prompter
	// Now is the phone's clock.
	Now func() time.Time
	// Costs are those of PINs that are set from now on; zero is OWASP's
	// recommendation.
	Costs pinhash.Costs
	// Turns keeps other processes from counting tries while one is made; nil where
	// there are none.
	Turns func() (release func(), err error)
}

// NewOwner returns the owner of a secure unit, locked.
func NewOwner(unit Unit, o OwnerOptions) *Owner {
	owner := &Owner{unit: unit, prompter: o.Prompter, now: o.Now, costs: o.Costs, turns: o.Turns}
	if owner.prompter == nil {
		owner.prompter = noScreen{}
	}
	if owner.costs == (pinhash.Costs{}) {
		owner.costs = pinhash.OWASP()
	}
	if owner.turns == nil {
		owner.turns = func() (func(), error) { return func() {}, nil }
	}
	return owner
}

// HasPIN says whether a PIN was set.
func (o *Owner) HasPIN() (bool, error) {
	_, err := o.load()
	if errors.Is(err, ErrNoPIN) {
		return false, nil
	}
	return err == nil, err
}

// SetFirst sets the first PIN and the mark. Errors: ErrPINSet, pinhash.ErrPolicy,
// ErrMark.
func (o *Owner) SetFirst(ctx context.Context, pin []byte, mark Mark) error {
	if err := errors.Join(pinhash.Check(pin, MinPIN, MaxPIN), mark.Check()); err != nil {
		return err
	}
	return o.inTurn(func() error {
		switch _, err := o.load(); {
		case err == nil:
			return ErrPINSet
		case !errors.Is(err, ErrNoPIN):
			return err
		}
		return o.save(ctx, record{PIN: pinhash.New(pin, o.costs).Text(), Mark: mark})
	})
}

// Change sets another PIN; the old one counts as a try. A zero mark keeps the one
// there is. Errors: those of Verify and of SetFirst but ErrPINSet.
func (o *Owner) Change(ctx context.Context, old, pin []byte, mark Mark) error {
	if err := pinhash.Check(pin, MinPIN, MaxPIN); err != nil {
		return err
	}
	if mark != (Mark{}) {
		if err := mark.Check(); err != nil {
			return err
		}
	}
	return o.inTurn(func() error {
		kept, err := o.verify(ctx, old)
		if err != nil {
			return err
		}
		kept.PIN = pinhash.New(pin, o.costs).Text()
		if mark != (Mark{}) {
			kept.Mark = mark
		}
		return o.save(ctx, kept)
	})
}

// Verify compares a PIN; success clears the failures. Errors: ErrWrongPIN,
// ErrLocked (a *LockedError), ErrNoPIN and the secure unit's.
func (o *Owner) Verify(ctx context.Context, pin []byte) error {
	return o.inTurn(func() error {
		_, err := o.verify(ctx, pin)
		return err
	})
}

// Mark is the owner's mark, or zero.
func (o *Owner) Mark() Mark {
	kept, err := o.load()
	if err != nil {
		return Mark{}
	}
	return kept.Mark
}

// inTurn does something while nobody else makes a try, here or in another process.
func (o *Owner) inTurn(do func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	release, err := o.turns()
	if err != nil {
		return fmt.Errorf("wait for a turn at the PIN: %w", err)
	}
	defer release()
	return do()
}

// verify counts the try, then compares. The caller has the turn.
func (o *Owner) verify(ctx context.Context, pin []byte) (record, error) {
	kept, err := o.load()
	if err != nil {
		return record{}, err
	}
	// What is counted stays counted, whoever has gone meanwhile.
	ctx = context.WithoutCancel(ctx)
	now := o.now().UTC().Round(0)
	attempts, until := kept.Attempts.Locked(now)
	if now.Before(until) {
		var saved error
		if attempts != kept.Attempts {
			kept.Attempts = attempts
			saved = o.save(ctx, kept)
		}
		return record{}, errors.Join(&LockedError{until.Sub(now)}, saved)
	}
	kept.Attempts = attempts.Counted(now)
	if err := o.save(ctx, kept); err != nil {
		return record{}, err // an uncounted try is no try
	}
	hash, err := pinhash.Parse(kept.PIN)
	if err != nil {
		return record{}, err // cannot be: load has looked
	}
	if len(pin) < MinPIN || len(pin) > MaxPIN || !hash.Matches(pin) {
		if lock := pinhash.LockAfter(kept.Attempts.Failures); lock > 0 {
			return record{}, errors.Join(ErrWrongPIN, &LockedError{lock})
		}
		return record{}, ErrWrongPIN
	}
	kept.Attempts = pinhash.Attempts{}
	if hash.Costs != o.costs {
		kept.PIN = pinhash.New(pin, o.costs).Text()
	}
	return kept, o.save(ctx, kept)
}
