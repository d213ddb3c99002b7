package staff

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// hasher is the slow part of a PIN, which takes tens of milliseconds and megabytes on
// purpose.
type hasher struct {
	matches func(pinhash.Hash, []byte) bool
	hash    func([]byte, Costs) pinhash.Hash
}

// argon2id is what PINs are kept with.
func argon2id() hasher { return hasher{matches: pinhash.Hash.Matches, hash: pinhash.New} }

// prove counts the try, then compares (guarantees 2 to 4), and has then do what the
// success is for, which saves cleared with it: that takes the count back. One name is
// proved at a time, from the count to the end, so that of tries made at once each sees
// those before it; mu is free while the PIN is compared, and held when then is called.
// Whoever was removed meanwhile is nobody.
func (d *Desk) prove(ctx context.Context, id protocol.ID, pin []byte, then func(m Member, cleared func(*state)) error) error {
	if err := checkID(id); err != nil {
		return err
	}
	d.proving.Lock()
	defer d.proving.Unlock()
	who, kept, failures, err := d.count(ctx, id)
	if err != nil {
		return err
	}
	if len(pin) > MaxPIN {
		pin = nil // is nobody's, and takes as long
	}
	matches, next := d.slow.matches(kept, pin), who
	if matches && who.ID != "" && kept.Costs != d.costs {
		next.PIN = d.slow.hash(pin, d.costs).Text()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now, known := d.state.Members[id]; !matches || !known || now != who {
		err := d.changeLocked(ctx, nil, Event{Kind: Refused, Member: id, Locked: pinhash.LockAfter(failures)})
		return errors.Join(ErrRefused, err)
	}
	return then(next.Member, func(s *state) {
		s.Members[id] = next
		delete(s.Attempts, id)
	})
}

// count counts a try and says what it is to be compared with; for a name that nobody has,
// with no member, and a hash that takes as long.
func (d *Desk) count(ctx context.Context, id protocol.ID) (who member, kept pinhash.Hash, failures int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now().UTC()
	a, until := d.state.Attempts[id].Locked(now)
	if now.Before(until) {
		err := d.changeLocked(ctx, func(s *state) { s.Attempts[id] = a }, Event{Kind: StillLocked, Member: id, Locked: until.Sub(now)})
		return member{}, kept, 0, errors.Join(&LockedError{until}, err)
	}
	a = a.Counted(now)
	if err := d.changeLocked(ctx, func(s *state) { s.Attempts[id] = a; s.forget() }); err != nil {
		return member{}, kept, 0, err // an uncounted try is no try
	}
	who, known := d.state.Members[id]
	if !known {
		return member{}, d.nobody, a.Failures, nil
	}
	if kept, err = pinhash.Parse(who.PIN); err != nil {
		return member{}, kept, 0, fmt.Errorf("%w: member %q", ErrDamaged, id) // cannot be: decode has looked
	}
	return who, kept, a.Failures, nil
}

// hashed hashes a PIN that is to be set, if it may be, and then has it set. may is asked
// twice: before the work, and again with what has changed meanwhile; mu is held for both,
// and for set, but not in between.
func (d *Desk) hashed(pin []byte, may func() error, set func(hash string) error) error {
	d.proving.Lock()
	defer d.proving.Unlock()
	d.mu.Lock()
	err := may()
	d.mu.Unlock()
	if err != nil {
		return err
	}
	hash := d.slow.hash(pin, d.costs).Text()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := may(); err != nil {
		return err
	}
	return set(hash)
}
