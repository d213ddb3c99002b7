package scene

import (
	"context"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/world"
	"countersign/protocol/steps"
)

// What the terminal and the phone tell of taps.
var (
	// taken is the terminal's word that a phone has paid (S9).
	taken = chronicle.Said(terminal, "step", "tap", steps.TapPaid.String(), "status", "deducted")
	// unpaid is the phone's answer that it has not.
	unpaid = chronicle.Any(
		chronicle.Said(terminal, "step", "tap", steps.TapPaid.String(), "status", "funds"),
		chronicle.Said(terminal, "step", "tap", steps.TapPaid.String(), "status", "refused"))
	notTaken = chronicle.Said(terminal, "tap not taken")
	torn     = chronicle.Said(terminal, "tap torn")
	cleared  = chronicle.Said(terminal, "tap cleared")
)

// tap plays one whole sale by tap, scan being offered until the tap has won.
func (s *Stage) tap(ctx context.Context, keys []string) (Ending, error) {
	if err := s.begin(ctx); err != nil {
		return Ending{}, err
	}
	if err := s.charge(ctx, keys); err != nil {
		return Ending{}, err
	}
	if err := s.offered(ctx); err != nil {
		return Ending{}, err
	}
	if err := s.holdPhone(ctx); err != nil {
		return Ending{}, err
	}
	return s.tapOutcome(ctx)
}

// offered sees that scan and tap are both offered: the code is on the screen, and no
// word says that the reader is off.
func (s *Stage) offered(ctx context.Context) error {
	if off, found := s.Chronicle.Find(s.from, s.Chronicle.Len(), chronicle.Said(terminal, "no tap for this sale")); found {
		return fmt.Errorf("the terminal offers no tap: %s", off.Entry.Text("error"))
	}
	_, err := s.wait(ctx, "waiting for the code beside the reader", chronicle.WithControl(terminal, world.CodeControl, "present"))
	return err
}

// holdPhone is the owner's: the card is opened on the phone, the wallet unlocked on its
// trusted screen, and the phone held to the reader.
func (s *Stage) holdPhone(ctx context.Context) error {
	if now := s.Chronicle.Now(phone); now == nil || now.Name != "card" {
		if _, _, err := s.turnTo(ctx, s.Phone, "card", "ready"); err != nil {
			return err
		}
	}
	s.do("the owner presses Tap to pay", "机主按“碰一碰付款”")
	return s.arm(ctx, "tap", "card")
}

// holdAgain is holdPhone after the phone was taken away too early: it shows what the tap
// came to or, where it has left the field before it was told, that it has left.
func (s *Stage) holdAgain(ctx context.Context) error {
	left := func(e chronicle.Event) bool {
		return chronicle.WithControl(phone, "tap", "card")(e) && e.Screen.Notice() != ""
	}
	now, err := s.shows(ctx, s.Phone, "what the tap came to", chronicle.Any(chronicle.WithControl(phone, "again", "card-ended"), left))
	if err != nil {
		return err
	}
	control := map[string]string{"card-ended": "again", "card": "tap"}[now.Name]
	return s.arm(ctx, control, now.Name)
}

// arm presses a control that holds the phone to the reader, and keys the PIN if the
// trusted screen asks for it. It returns with the phone in the field.
func (s *Stage) arm(ctx context.Context, control, screen string) error {
	touched, from, err := s.turnTo(ctx, s.Phone, control, screen)
	if err != nil {
		return err
	}
	asked := chronicle.WithControl(secure, "key.1")
	// A quick tap is over before the screen that says so is drawn.
	held := chronicle.Any(chronicle.OnScreen(phone, "card-held"), chronicle.Tap(phone, int(steps.TapMatched)))
	wrong := func(e chronicle.Event) bool {
		// What was said before it may be announced once more.
		return chronicle.OnScreen(phone, "card")(e) && e.Screen.Notice() != "" && e.Screen.Notice() != touched.Notice()
	}
	for {
		e, next, err := s.Chronicle.Wait(ctx, from, chronicle.Any(asked, held, wrong))
		switch {
		case err != nil:
			return fmt.Errorf("waiting for the phone to be held to the reader: %w", err)
		case held(e):
			return nil
		case wrong(e):
			return fmt.Errorf("the phone is not held to the reader: it shows %s", e.Screen.Notice())
		}
		if err := s.keyPIN(ctx, from); err != nil {
			return err
		}
		from, asked = next, held // once
	}
}

// keyPIN is the owner at the trusted screen, which asks since a place in the chronicle.
func (s *Stage) keyPIN(ctx context.Context, from int) error {
	s.do("the owner keys the PIN on the phone's secure screen", "机主在手机的安全屏幕上输入密码")
	window, err := s.Secure(ctx)
	if err != nil {
		return err
	}
	for _, digit := range s.PIN {
		if err := window.Tap(ctx, "key."+string(digit)); err != nil {
			return err
		}
	}
	if _, _, err := s.Chronicle.Wait(ctx, from, chronicle.WithControl(secure, "enter")); err != nil {
		return fmt.Errorf("waiting for the PIN to be long enough: %w", err)
	}
	return window.Tap(ctx, "enter")
}

// tapOutcome waits until a tap is paid, shown on both sides, and seen at settlement.
func (s *Stage) tapOutcome(ctx context.Context) (Ending, error) {
	e, err := s.only(ctx, "waiting for what the tap comes to", chronicle.Any(taken, unpaid, notTaken, torn, endedHere))
	if err != nil {
		return Ending{}, err
	}
	switch {
	case torn(e):
		return Ending{}, fmt.Errorf("waiting for what the tap comes to: it is torn: %s", e.Entry.Text("error"))
	case endedHere(e):
		return s.ending(e), nil
	case notTaken(e):
		return Ending{Refused, e.Entry.Text("reason"), terminal}, nil
	case unpaid(e):
		return Ending{Refused, e.Entry.Text("status"), phone}, nil
	}
	return s.credited(ctx)
}

// credited waits until both windows show that it is paid, and settlement has
// credited it.
func (s *Stage) credited(ctx context.Context) (Ending, error) {
	for _, window := range []struct{ party, screen string }{{terminal, "outcome"}, {phone, "card-ended"}} {
		if _, err := s.only(ctx, "waiting for the "+window.party+" to show the outcome", chronicle.OnScreen(window.party, window.screen)); err != nil {
			return Ending{}, err
		}
	}
	e, err := s.only(ctx, "waiting for settlement to credit the tap", cleared)
	if err != nil {
		return Ending{}, err
	}
	ending := Ending{How: Approved, Reason: e.Entry.Text("settlement")}
	if got := e.Entry.Text("result"); got != "credited" {
		return ending, &Failure{"tap", "settlement's answer to the tap is " + got}
	}
	return ending, nil
}
