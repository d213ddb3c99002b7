package cardservice

import (
	"context"
	"errors"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// This file is the card that takes another's place on the same phone: settlement has
// blocked the one before, an older copy of it was put back, or its file is damaged.
//
// The new card has a key, a file and an anchor of its own, and the card before is used
// until the new one is there, so that a crash leaves one of them:
//
//	its key and its empty file are made         the card before is used
//	the application is kept, then sent          the card before is used; the same
//	                                            application is sent until it is answered
//	settlement's card is kept in the new file   the next start goes on from here
//	the secure unit holds the new number        the new card is used
//
// Nothing of the card before is deleted: its deductions are handed in from its file, and
// what it holds is at settlement, where the operator releases it.

// The fail points, beside those of the purses.
const (
	pointMade     = "card.made"     // the new card's file
	pointAccepted = "card.accepted" // the new card is in it
	pointPresent  = "card.present"  // and is the one that is used
)

// FailPoints lists the names that Options.FailPoint is called with.
func FailPoints() []string { return []string{pointMade, pointAccepted, pointPresent} }

// goOn takes up a replacement that was under way when the process ended: where the new
// card is there already it is the one that is used. The caller has mu; now is nil where
// it cannot be opened.
func (s *Service) goOn(ctx context.Context, number uint32, now *opened) (*opened, error) {
	if s.next != nil {
		return now, nil
	}
	next, err := s.underWay(ctx, number)
	switch {
	case err != nil:
		s.o.Log.WarnContext(ctx, "the card that is to take another's place cannot be opened", "error", err.Error())
		return now, nil // applying for it says so again
	case next == nil:
		return now, nil
	case !next.purse.View().Card:
		s.next = next
		return now, nil
	}
	err = s.setPresent(ctx, next.number)
	if now != nil {
		err = errors.Join(err, now.close())
	}
	if err != nil {
		return nil, errors.Join(err, next.close())
	}
	return next, nil
}

// underWay opens the card that was to take another's place, nil if there is none.
func (s *Service) underWay(ctx context.Context, number uint32) (*opened, error) {
	for number++; ; number++ {
		if there, err := s.has(number); err != nil || !there {
			return nil, err
		}
		if next, err := s.candidate(ctx, number); next != nil || err != nil {
			return next, err
		}
	}
}

// candidate opens a purse that is to take another's place, or makes it; nil if it is
// damaged or was put back before it was ever used: another number is free.
func (s *Service) candidate(ctx context.Context, number uint32) (*opened, error) {
	next, err := s.open(ctx, number)
	switch {
	case errors.Is(err, purse.ErrDamaged), errors.Is(err, purse.ErrCardKey):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if v := next.purse.View(); v.RolledBack && !v.Card {
		return nil, next.close()
	}
	return next, nil
}

// useless says why the card is of no more use, nil if it is of use or there is none yet.
func (s *Service) useless(ctx context.Context) (before purse.View, why error, err error) {
	p, err := s.Purse(ctx)
	switch {
	case errors.Is(err, purse.ErrDamaged), errors.Is(err, purse.ErrCardKey):
		return before, err, nil
	case err != nil:
		return before, nil, err
	}
	switch before = p.View(); {
	case before.RolledBack:
		return before, purse.ErrRolledBack, nil
	case before.Blocked:
		return before, purse.ErrBlocked, nil
	}
	return before, nil, nil
}

// askReplace has the owner agree with the PIN, unless that was done and the application
// has no answer yet.
func (s *Service) askReplace(ctx context.Context, before purse.View) error {
	s.mu.Lock()
	asked := s.next != nil && s.next.purse.View().Applying
	s.mu.Unlock()
	if asked {
		return s.o.Owner.Unlock(ctx)
	}
	return s.o.Owner.RequirePIN(ctx, trusted.Prompt{Purpose: trusted.ToReplace, Ending: before.Ending})
}

// replace applies for the card that takes the place of the one before, and has it used
// once it is there. The caller has sending.
func (s *Service) replace(ctx context.Context, client Settlement, before purse.View, number protocol.Account, currency protocol.Currency) error {
	if before.Card && before.Terms.Currency != currency {
		return purse.ErrOtherCardTerms
	}
	next, err := s.make(ctx)
	if err != nil {
		return err
	}
	asked, err := next.purse.Apply(ctx, number, currency)
	if err != nil {
		return err
	}
	return s.sendNext(ctx, client, next, asked)
}

// make returns the card that is to take the other's place, made if need be.
func (s *Service) make(ctx context.Context) (*opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		return s.next, nil
	}
	number, err := s.number()
	for err == nil && s.next == nil {
		number++
		s.next, err = s.candidate(ctx, number)
	}
	s.o.FailPoint(pointMade)
	return s.next, err
}

// sendNext sends the application of the card that is to take another's place. The
// caller has sending.
func (s *Service) sendNext(ctx context.Context, client Settlement, next *opened, asked *protocol.Signed[protocol.CardApplication]) error {
	if err := send(ctx, next.purse, client, asked); err != nil {
		return err
	}
	s.o.FailPoint(pointAccepted)
	if err := s.setPresent(ctx, next.number); err != nil {
		return err // the next start goes on from here
	}
	s.o.FailPoint(pointPresent)
	s.mu.Lock()
	before := s.now
	s.now, s.next = next, nil
	s.used.Store(next.number)
	s.mu.Unlock()
	s.o.Log.InfoContext(ctx, "another card has taken the place of the one before", "card", next.purse.View().Mark.String())
	s.show(purse.Event{Kind: purse.ShowCard, Currency: next.purse.View().Terms.Currency})
	if before == nil {
		return nil
	}
	return before.close()
}

// repeatNext sends that application again. The caller has sending.
func (s *Service) repeatNext(ctx context.Context, client Settlement) error {
	s.mu.Lock()
	next := s.next
	s.mu.Unlock()
	if next == nil {
		return nil
	}
	asked, err := next.purse.PendingApplication(ctx)
	if err != nil || asked == nil {
		return err
	}
	return s.sendNext(ctx, client, next, asked)
}
