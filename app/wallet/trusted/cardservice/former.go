package cardservice

import (
	"context"
	"errors"

	"countersign/app/wallet/trusted/purse"
)

// handIn hands in what cards that are used no more have deducted and settlement has not
// settled, once a process: terminals send it as well, but a terminal that has given a tap
// up does not, and what a transfer gave away is for its receiver. The caller has sending.
func (s *Service) handIn(ctx context.Context, client Settlement) error {
	present, err := s.number()
	if err != nil {
		return err
	}
	var errs []error
	for number := uint32(1); number < present; number++ {
		if s.handedIn[number] {
			continue
		}
		if err := s.handInOf(ctx, client, number); err != nil {
			errs = append(errs, err)
			continue
		}
		s.handedIn[number] = true
	}
	return errors.Join(errs...)
}

// mostAsked bounds the questions about one card.
const mostAsked = 32

func (s *Service) handInOf(ctx context.Context, client Settlement, number uint32) (err error) {
	if there, err := s.has(number); err != nil || !there {
		return err
	}
	former, err := s.open(ctx, number)
	if errors.Is(err, purse.ErrDamaged) || errors.Is(err, purse.ErrCardKey) {
		return nil // nothing can be had of it
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, former.close()) }()
	v := former.purse.View()
	if !v.Card || v.Kept == 0 && v.Transfers == 0 {
		return nil
	}
	for _, sent := range former.purse.Transfers() {
		if err := transfer(ctx, former.purse, client, sent); err != nil && !refused(err) {
			return err
		}
	}
	for range mostAsked {
		err := refresh(ctx, former.purse, client)
		switch {
		case err != nil && !refused(err) && !errors.Is(err, purse.ErrRolledBack):
			return err
		case refused(err) || !former.purse.MoreToReport():
			return nil
		}
	}
	return nil
}
