package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// begin has the cashier begin a sale of an amount that no sale of this stall had.
func (s *stall) begin(ctx context.Context, large bool) error {
	s.last++
	amount := s.last
	if large {
		amount += confirmed
	}
	s.cashier("begin", amount)
	return s.await(ctx, "the terminal waits for a phone", func() bool { return s.shows.Stage == "presenting" && s.shows.Tap == "ready" })
}

// confirmed is above what a card pays without its owner's word, in minor units.
const confirmed = 200_00

// enter brings the wallet into an empty field.
func (s *stall) enter(ctx context.Context, v visit) error {
	if err := s.await(ctx, "the field is empty", func() bool { return s.cards == 0 }); err != nil {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s.inside = true
	_, err = s.askOf(ctx, s.wallet, "enter", json.RawMessage(raw))
	return err
}

// tap holds the wallet to the terminal until it has come to something, and takes it
// away.
func (s *stall) tap(ctx context.Context, v visit) error {
	before := s.shows
	if err := s.enter(ctx, v); err != nil {
		return err
	}
	err := s.await(ctx, "the tap has come to something", func() bool {
		switch now := s.shows; {
		case s.dying != "":
			return true
		case now.Stage == "ended":
			return true
		case now.Stage == "confirm" && before.Stage != "confirm":
			return true
		case v.Cut == 0 && s.inside && before.Stage == "torn" && now.Stage != "torn":
			return false // it goes on by itself
		case now.Stage == "torn" && before.Stage != "torn":
			return true
		}
		return s.shows.Notices > before.Notices && s.shows.Tap == "ready"
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
	if _, err := s.ask(ctx, "leave", nil); err != nil || s.wallet == nil {
		return err
	}
	return s.await(ctx, "the wallet has left", func() bool { return !s.inside })
}

// dismiss takes an ended sale off the screen.
func (s *stall) dismiss(ctx context.Context) error {
	s.cashier("dismiss", nil)
	return s.await(ctx, "the sale is off the screen", func() bool { return s.shows.Stage == "idle" })
}

// finish brings the sale in front to its end by whole taps.
func (s *stall) finish(ctx context.Context) error {
	for range mostTaps {
		switch s.shows.Stage {
		case "idle":
			return nil
		case "ended":
			return s.dismiss(ctx)
		}
		if err := s.tap(ctx, visit{}); err != nil {
			return err
		}
	}
	return fmt.Errorf("stall %d: after %d whole taps it shows %+v", s.n, mostTaps, s.shows)
}

// mostTaps is how many whole taps end any sale.
const mostTaps = 4
