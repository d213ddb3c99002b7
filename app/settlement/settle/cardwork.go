package settle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// kick has KeepCards look at once.
func (s *Settler) kick() {
	select {
	case s.kicked <- struct{}{}:
	default:
	}
}

// KeepCards brings every authorisation that something is still to be heard of
// to its end, those of processes that are gone included, until ctx ends: it
// repeats reversals and refunds until the acquirer has answered them. Several
// processes may do so on one ledger. Without an acquirer it only warns.
func (s *Settler) KeepCards(ctx context.Context) error {
	if s.Acquirer == nil {
		return s.warnOfOpenCards(ctx)
	}
	every := time.NewTicker(s.Policy.CardRetry)
	defer every.Stop()
	for {
		if _, err := s.SettleCards(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "card payments are not brought to their end", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		case <-s.kicked:
		}
	}
}

// warnOfOpenCards says what an operator who took the acquirer away left open. A server
// that is told to end while it begins does so without that warning, and well.
func (s *Settler) warnOfOpenCards(ctx context.Context) error {
	open := 0
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		return r.EachOpenAuthorisation(func(ledger.AuthorisationKey, ledger.Authorisation) error {
			open++
			return nil
		})
	})
	if ctx.Err() != nil {
		return nil
	}
	if err == nil && open > 0 {
		s.Log.WarnContext(ctx, "card payments stay open: there is no acquirer to hear about them", "open", open)
	}
	return err
}

// maxCards is how many authorisations SettleCards works on at once: one that the
// acquirer does not answer holds the others up for a time-out.
const maxCards = 16

// SettleCards tries once to end each open authorisation that no process works
// on, and returns how many remain open: leased to somebody, or without a certain
// answer again. Without a link to the acquirer it tries none.
func (s *Settler) SettleCards(ctx context.Context) (open int, err error) {
	var keys []ledger.AuthorisationKey
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		return r.EachOpenAuthorisation(func(k ledger.AuthorisationKey, _ ledger.Authorisation) error {
			keys = append(keys, k)
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("look for open authorisations: %w", err)
	}
	if len(keys) == 0 {
		return 0, nil
	}
	if err := s.Acquirer.Await(ctx); err != nil {
		s.Log.WarnContext(ctx, "card payments stay open", "open", len(keys), "error", err)
		return len(keys), nil
	}
	done, failed := make([]bool, len(keys)), make([]error, len(keys))
	var work sync.WaitGroup
	free := make(chan struct{}, maxCards)
	for i, k := range keys {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			done[i], failed[i] = s.settleCard(ctx, k)
		})
	}
	work.Wait()
	for _, ended := range done {
		if !ended {
			open++
		}
	}
	return open, errors.Join(failed...)
}

// settleCard tries to end one authorisation.
func (s *Settler) settleCard(ctx context.Context, k ledger.AuthorisationKey) (done bool, err error) {
	a, repeat, claimed, err := s.claim(ctx, k)
	if err != nil || !claimed {
		return false, err
	}
	if k.Refund {
		_, _, err = s.askRefund(ctx, k, a, repeat)
	} else {
		err = s.takeBack(ctx, k, a, repeat)
	}
	if err == nil {
		return true, nil
	}
	s.Log.WarnContext(ctx, "card payment is still open", "terminal", string(k.Terminal), "refund", k.Refund, "card", a.Card.Tail(),
		"trace", a.Trace, "retrieval", a.Retrieval, "error", err)
	return false, s.postpone(ctx, k)
}

// postpone leaves an authorisation that this process works on for CardRetry.
func (s *Settler) postpone(ctx context.Context, k ledger.AuthorisationKey) error {
	return s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		now, err := tx.Authorisation(k)
		if err != nil || !now.State.Open() || now.Holder != s.Process {
			return err
		}
		now.Lease = s.leased(s.Policy.CardRetry)
		return tx.PutAuthorisation(k, now)
	})
}

// claim takes an open authorisation for this process, unless another has it. A
// purchase that was left behind is to be taken back from then on. repeat says that what
// there is to send may have been sent before.
func (s *Settler) claim(ctx context.Context, k ledger.AuthorisationKey) (a ledger.Authorisation, repeat, claimed bool, err error) {
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) (err error) {
		claimed = false
		if a, err = tx.Authorisation(k); err != nil {
			return err
		}
		if !a.State.Open() || s.leasedNow(a) {
			return nil
		}
		repeat = k.Refund || a.State == ledger.AuthorisationReversing && a.Holder != ""
		if !k.Refund {
			a.State = ledger.AuthorisationReversing
		}
		a.Lease, a.Holder, claimed = s.leased(s.Policy.CardLease), s.Process, true
		return tx.PutAuthorisation(k, a)
	})
	return a, repeat, claimed, err
}

// leasedNow says whether a process still works on an authorisation. No lease is
// given for longer than the longest: one that ends later is from before the
// clock was set back, and would hold the money up until it catches up.
func (s *Settler) leasedNow(a ledger.Authorisation) bool {
	longest := s.leased(max(s.Policy.CardLease, s.Policy.CardRetry))
	return !protocol.At(s.Clock()).Time().After(a.Lease.Time()) && a.Lease <= longest
}

// takeBack has the acquirer take a purchase back, and then ends the sale if
// nothing else has: no later approval can charge the card any more.
func (s *Settler) takeBack(ctx context.Context, k ledger.AuthorisationKey, a ledger.Authorisation, repeat bool) error {
	err := s.Acquirer.ReversalAdvice(ctx, transaction(k, a), repeat)
	if err != nil && !errors.Is(err, acquirer.ErrCard) {
		return err
	}
	sale := ledger.SaleKey{Terminal: k.Terminal, Scramble: k.Code}
	_, v, err := s.answered(ctx, sale, ledger.AuthorisationReversing, protocol.ResultDeclined, ledger.AuthorisationReversed, acquirer.Answer{})
	if err != nil {
		return err
	}
	if v.answer != nil {
		// The terminal took the sale back before.
		err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
			a, err := tx.Authorisation(k)
			if err != nil || a.State != ledger.AuthorisationReversing {
				return err
			}
			a.State, a.Lease, a.Holder = ledger.AuthorisationReversed, 0, ""
			return tx.PutAuthorisation(k, a)
		})
		if err != nil {
			return err
		}
	}
	s.Log.InfoContext(ctx, "card payment taken back", "terminal", string(k.Terminal), "card", a.Card.Tail(), "trace", a.Trace, "retrieval", a.Retrieval)
	return nil
}
