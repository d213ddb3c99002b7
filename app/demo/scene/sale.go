package scene

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/protocol/steps"
)

// sale plays one whole sale, and returns how it ended, whichever way.
func (s *Stage) sale(ctx context.Context, keys []string) (Ending, error) {
	if err := s.begin(ctx); err != nil {
		return Ending{}, err
	}
	err := s.charge(ctx, keys)
	if err == nil {
		err = s.scan(ctx)
	}
	if err == nil {
		err = s.pay(ctx)
	}
	if err == nil {
		return s.outcome(ctx)
	}
	var over *endedError
	if errors.As(err, &over) {
		return over.ending, nil
	}
	return Ending{}, err
}

// outcome waits for the end of a sale whose payment is shown.
func (s *Stage) outcome(ctx context.Context) (Ending, error) {
	e, err := s.only(ctx, "waiting for the outcome", ended)
	if err != nil {
		return Ending{}, err
	}
	ending := s.ending(e)
	if !answered(e) {
		return ending, nil
	}
	// Settlement told its own part, and the owner's phone is told the outcome by
	// the terminal's code, too.
	if _, err := s.only(ctx, "waiting for settlement's word", chronicle.Step(settlement, int(steps.Answered))); err != nil {
		return Ending{}, err
	}
	s.do("the phone reads the outcome from the terminal's screen", "手机从终端屏幕读取结果")
	if _, err := s.only(ctx, "waiting for the phone to know the outcome", chronicle.Said(phone, "payment ended")); err != nil {
		return Ending{}, err
	}
	if _, err := s.only(ctx, "waiting for the phone to show the outcome", chronicle.OnScreen(phone, "ended")); err != nil {
		return Ending{}, err
	}
	return ending, nil
}

// refused checks that a sale was refused by a party, and for one of the reasons.
func refused(scene string, got Ending, by string, reasons ...string) error {
	if got.How != Refused || got.By != by {
		return &Failure{scene, fmt.Sprintf("%s, and not refused by %s", got, by)}
	}
	for _, r := range reasons {
		if got.Reason == r {
			return nil
		}
	}
	return &Failure{scene, fmt.Sprintf("%s, but the reason must be %v", got, reasons)}
}

// never checks that something did not happen in the present sale.
func (s *Stage) never(scene, what string, match chronicle.Match) error {
	if s.has(match) {
		return &Failure{scene, what}
	}
	return nil
}

// cancel is the cashier's end of a sale that nobody will pay.
func (s *Stage) cancel(ctx context.Context) error {
	s.do("the cashier cancels", "收银员取消")
	// What was wrong may be said before the next request is there to be cancelled.
	if _, _, err := s.turnTo(ctx, s.Terminal, "cancel", "present"); err != nil {
		return err
	}
	e, err := s.only(ctx, "waiting for the sale to be cancelled", chronicle.Any(endedHere, answered))
	if err != nil {
		return err
	}
	if got := e.Entry.Text("ending"); got != "cancelled" {
		return fmt.Errorf("the sale was to be cancelled, and is %s", got)
	}
	return nil
}
