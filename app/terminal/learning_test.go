package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/training"
)

// Training is begun and ended with the arguments that the program was called with, and one
// more or less.
func TestTrainingArgs(t *testing.T) {
	real := "/usr/bin/terminal run --data /var/lib/x --shop-name Training --speech --pin-file p"
	for _, given := range []string{real, real + " --training", real + " -training", real + " --training=true", "/usr/bin/terminal run -training=1" + strings.TrimPrefix(real, "/usr/bin/terminal run")} {
		args := strings.Fields(given)
		before := slices.Clone(args)
		if got := strings.Join(trainingArgs(args, true), " "); got != real+" --training" {
			t.Errorf("%s: to train: %s", given, got)
		}
		if got := strings.Join(trainingArgs(args, false), " "); got != real {
			t.Errorf("%s: to sell: %s", given, got)
		}
		if !slices.Equal(args, before) {
			t.Errorf("%s: the arguments were changed to %v", given, args)
		}
	}
	for _, c := range []struct {
		args  string
		could bool
	}{
		{"--data d --training", false},
		{"--data d --training --pin-file p --settlement https://s --sensor tcp:f --merchant M-0001", true},
		{"--data d --training --pin-file p --settlement https://s --sensor tcp:f", false},
	} {
		term := &terminal{}
		if err := errors.Join(term.parse("run", strings.Fields(c.args), io.Discard, term.common, term.kiosk), term.checkKiosk()); err != nil {
			t.Fatal(err)
		}
		amounts := len(term.amounts)
		if could := term.couldSell(); could != c.could || !term.training || len(term.amounts) != amounts {
			t.Errorf("%s: could sell: %v", c.args, could)
		}
	}
	for _, train := range []bool{true, false} { // and the program understands them
		s := settings{}
		args := trainingArgs([]string{"terminal", "run", "--data", "d", "--training"}, train)
		if err := s.parse("run", args[2:], io.Discard, s.common, s.kiosk); err != nil || s.training != train {
			t.Errorf("%v: training %v, %v", args, s.training, err)
		}
	}
}

// The till itself says whether a sale is in front.
func TestNoTrainingWithinSale(t *testing.T) {
	settings := sale.Defaults()
	settings.Currency = 156
	till, err := training.Open(t.Context(), training.Options{Dir: t.TempDir(), Settings: settings, Show: func(sale.View) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer till.Close()
	if err := till.Begin(7800); err != nil {
		t.Fatal(err)
	}
	term := &terminal{till: till.Till}
	if err := term.beginTraining(); !errors.Is(err, sale.ErrSaleOpen) || term.next != nil {
		t.Errorf("have %v, next %v", err, term.next)
	}
}

type closing struct{ times int }

func (c *closing) Quit() { c.times++ }

// With a sale in front, also one that has ended and is still shown, nothing turns.
func TestNoTurnWithinSale(t *testing.T) {
	for _, train := range []bool{true, false} {
		for _, stage := range []sale.Stage{sale.Preparing, sale.Presenting, sale.Finger, sale.Torn, sale.Sending, sale.Unknown, sale.Ended, sale.Idle} {
			term, window := &terminal{}, &closing{}
			err := term.turn(func() sale.View { return sale.View{Stage: stage, Number: 7} }, window, train)
			turned := err == nil && window.times == 1 && term.next != nil
			stays := errors.Is(err, sale.ErrSaleOpen) && window.times == 0 && term.next == nil
			if stage == sale.Idle && !turned || stage != sale.Idle && !stays {
				t.Errorf("%s, to train %v: %v, closed %d times, next %v", stage, train, err, window.times, term.next)
			}
		}
	}
}
