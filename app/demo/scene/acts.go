package scene

import (
	"context"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/world"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/steps"
)

// Sum is what every scene charges, in minor units, and how it is keyed.
const Sum = 7800

var sumKeys = []string{"key.7", "key.8", "key.00"}

// begin lets a new sale begin: what was before is of no interest any more.
func (s *Stage) begin() { s.from = s.Chronicle.Len() }

// charge is the cashier's part (steps 2 and 3): the amount is keyed, as fast as
// the screen is touched, and charged.
func (s *Stage) charge(ctx context.Context) error {
	s.do("the cashier keys the amount and presses Charge")
	if _, _, err := s.Chronicle.Wait(ctx, 0, chronicle.WithControl(terminal, "charge", "amount")); err != nil {
		return fmt.Errorf("waiting for the terminal's window: %w", err)
	}
	for _, key := range append(append([]string(nil), sumKeys...), "charge") {
		if err := s.turn(ctx, s.Terminal, key, "amount"); err != nil {
			return err
		}
	}
	_, err := s.wait(ctx, "waiting for the request's code", chronicle.WithControl(terminal, world.CodeControl, "present"))
	return err
}

// scan is the owner's look through the phone's camera (step 4).
func (s *Stage) scan(ctx context.Context) error {
	s.do("the owner holds the phone to the terminal's code")
	if _, _, err := s.Chronicle.Wait(ctx, 0, chronicle.WithControl(phone, "scan", "ready")); err != nil {
		return fmt.Errorf("waiting for the phone's window: %w", err)
	}
	return s.turn(ctx, s.Phone, "scan", "ready")
}

// pay is the owner's choice and confirmation (step 6), until the payment's code
// is shown (step 7).
func (s *Stage) pay(ctx context.Context) error {
	if err := s.turn(ctx, s.Phone, "account.0", "confirm"); err != nil {
		return err
	}
	s.do("the owner looks at shop and amount, picks an account and confirms")
	if err := s.turn(ctx, s.Phone, "pay", "confirm"); err != nil {
		return err
	}
	_, err := s.wait(ctx, "waiting for the payment's code", chronicle.WithControl(phone, world.CodeControl, "showing"))
	return err
}

// Hands lay fingers on the sensors when a screen asks for them, until the context
// ends: on the terminal's whoever is asked for, on the phone's always the owner's.
// It is the only one who does; run it on a goroutine and wait for it.
func (s *Stage) Hands(ctx context.Context, finger func() *world.Finger) {
	asked := chronicle.Any(
		chronicle.OnScreen(terminal, "finger"), chronicle.OnScreen(phone, "finger"),
		chronicle.Said(terminal, "step", "step", fmt.Sprint(int(steps.Submitted)), "result", "retry-finger"))
	taken := chronicle.Any(chronicle.Step(terminal, int(steps.FingerTaken)), chronicle.Step(phone, int(steps.FingerTaken)),
		chronicle.OnScreen(terminal, "amount", "outcome"), chronicle.OnScreen(phone, "showing", "ended"))
	screen := chronicle.Any(chronicle.OnScreen(terminal), chronicle.OnScreen(phone))
	var on *virtualsensor.Sensor // the glass on which a finger lies
	showing := map[string]string{}
	for from := 0; ; {
		e, next, err := s.Chronicle.Wait(ctx, from, chronicle.Any(asked, taken, screen))
		if err != nil {
			return
		}
		from = next
		if e.Screen != nil {
			same := showing[e.Party] == e.Screen.Name
			showing[e.Party] = e.Screen.Name
			if same {
				continue // only something on it moved
			}
		}
		glass, hand := s.TerminalGlass, finger
		if e.Party == phone {
			glass, hand = s.PhoneGlass, func() *world.Finger { return s.Owner }
		}
		switch {
		case asked(e) && on == nil && glass != nil:
			s.do("a finger is laid on the sensor of the %s", e.Party)
			hand().Press(glass)
			on = glass
		case taken(e) && on != nil:
			on.Lift()
			on = nil
		}
	}
}
