package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/app/program/victim"
)

// begin has the cashier begin a sale of an amount that no sale of this stall had.
func (s *stall) begin(ctx context.Context, large bool) error {
	s.last++
	amount := s.last
	if large {
		amount += confirmed
	}
	s.cashier("begin", amount)
	return s.await(ctx, "the terminal waits for a phone", func() bool {
		return s.dying != "" || s.shows.Stage == "presenting" && s.shows.Tap == "ready"
	})
}

// confirmed is above what a card pays without its owner's word, in minor units.
const confirmed = 200_00

// enter brings the wallet into an empty field.
func (s *stall) enter(ctx context.Context, v visit) error {
	if err := s.await(ctx, "the field is empty", func() bool { return s.dying != "" || s.cards == 0 }); err != nil || s.dying != "" {
		return err
	}
	s.apdus, s.found, s.asked, s.paying = nil, false, false, false
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s.inside = true
	_, err = s.askOf(ctx, s.wallet, "enter", json.RawMessage(raw))
	return err
}

// find brings the wallet into the field until it is found there. The service can miss a
// card that comes within the same look at which it has taken the power from the last: it
// is lifted and held again, as a person does.
func (s *stall) find(ctx context.Context, v visit) error {
	for {
		if err := s.enter(ctx, v); err != nil {
			return err
		}
		err := s.awaitWithin(ctx, looks, "the wallet is found", func() bool { return s.dying != "" || s.found || !s.inside })
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
		s.market.missed.Add(1)
		if err := s.leave(ctx); err != nil {
			return err
		}
		victim.Pause(ctx, looks/4) // a look, at which the field is empty for certain
	}
}

// looks is some five of the service's.
const looks = 2 * time.Second

// tap holds the wallet to the terminal until it has come to something, and takes it
// away.
func (s *stall) tap(ctx context.Context, v visit) error {
	before := s.shows
	if err := s.find(ctx, v); err != nil {
		return err
	}
	err := s.await(ctx, "the tap has come to something", func() bool {
		switch now := s.shows; {
		case s.dying != "":
			return true
		case now.Stage == "ended":
			return true
		case v.Cut != 0 && s.inside:
			return false // it leaves by itself
		case now.Stage == "confirm" && (before.Stage != "confirm" || s.paying): // once more, if its wallet has forgotten
			return true
		case v.Cut == 0 && s.inside && before.Stage == "torn" && now.Stage != "torn":
			return false // it goes on by itself
		case now.Stage == "torn" && before.Stage != "torn":
			return true
		}
		return s.shows.Tap == "ready" && (s.asked && s.shows.Notices > s.told || s.shows.Notice == "tap-two" && s.shows.Notices > before.Notices)
	})
	if err != nil {
		return err
	}
	return s.leave(ctx)
}

// leave takes the wallet out of the field.
func (s *stall) leave(ctx context.Context) error {
	if s.wallet == nil {
		s.inside = false
		return nil
	}
	if !s.inside {
		return nil
	}
	if _, err := s.ask(ctx, "leave", nil); err != nil || s.wallet == nil {
		return err
	}
	return s.await(ctx, "the wallet has left", func() bool { return !s.inside })
}

// dismiss takes an ended sale off the screen. The terminal does that whoever else is dying: it was told once, and there is
// no sale to take off when it is told again.
func (s *stall) dismiss(ctx context.Context) error {
	s.cashier("dismiss", nil)
	return s.await(ctx, "the sale is off the screen", func() bool { return s.terminal == nil || s.shows.Stage == "idle" })
}
