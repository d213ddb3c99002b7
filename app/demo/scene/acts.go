package scene

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/world"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/steps"
)

// Sum is what scenes charge, in minor units.
const Sum = 7800

// How sums are keyed: Sum, one that is more than account or card hold, and one that a
// card does not pay without its owner's word.
var (
	sum       = []string{"key.7", "key.8", "key.00"}
	tooMuch   = []string{"key.9", "key.9", "key.9", "key.00"}
	aboveWord = []string{"key.2", "key.1", "key.0", "key.00"}
)

// Balance is what the owner's account must hold before the scenes, enough for
// all of them, and Load what of it goes onto the virtual card, as a shop keys them.
const (
	Balance = "1020.00"
	Load    = "620.00"
)

// PINMost is the largest amount for which the phone's PIN serves where no finger can be
// read: Sum is below it, what aboveWord keys above.
const PINMost = "100.00"

// When the programs read codes: requests and outcomes the phone, payments the terminal.
var (
	terminalLooks = world.Looker{Party: terminal, Screens: []string{"present"}}
	phoneLooks    = world.Looker{Party: phone, Screens: []string{"looking", "showing", "waiting"}}
)

// begin makes everything ready for a sale: the link is up, each camera sees the
// other's window, and the windows show where sales begin. What was before is of
// no interest any more.
func (s *Stage) begin(ctx context.Context) error {
	s.Link.Slow(0)
	s.Link.Mend()
	s.TerminalEye.Watch(s.Phone, terminalLooks)
	s.PhoneEye.Watch(s.Terminal, phoneLooks)
	if err := s.home(ctx, s.Terminal, "amount", map[string]string{"outcome": "new-sale", "present": "cancel", "unknown": "put-aside", "torn": "give-up", "confirm": "cancel"}); err != nil {
		return err
	}
	if err := s.phoneHome(ctx); err != nil {
		return err
	}
	s.from = s.Chronicle.Len()
	return nil
}

// phoneHome leaves whatever the phone shows, until it can scan.
func (s *Stage) phoneHome(ctx context.Context) error {
	return s.home(ctx, s.Phone, "ready", map[string]string{"ended": "done", "showing": "back", "waiting": "back", "looking": "back", "confirm": "back",
		"card": "back", "card-ended": "done", "card-asked": "done", "card-again": "done", "card-held": "lift", "card-unlocking": "lift"})
}

// pressAgain is after how long people press once more where nothing happens.
const pressAgain = 10 * time.Second

// home leaves one screen after the other until a window shows the one where
// everything begins. A screen of a sale that is over goes by itself: a touch that is
// meant for it would press whatever comes next.
func (s *Stage) home(ctx context.Context, w *world.Window, first string, ways map[string]string) error {
	for {
		from := s.Chronicle.Len()
		now, since := s.Chronicle.Showing(w.Party)
		if now != nil && now.Name == first {
			return nil
		}
		if now != nil && now.Has(ways[now.Name]) && !(now.Name == "present" && s.overSince(since)) {
			if err := w.Touch(ctx, now, ways[now.Name]); err != nil {
				return err
			}
		}
		another := func(e chronicle.Event) bool {
			return e.Party == w.Party && e.Screen != nil && (now == nil || e.Screen.Name != now.Name)
		}
		patience, done := context.WithTimeoutCause(ctx, pressAgain, errNothingHappens)
		_, _, err := s.Chronicle.Wait(patience, from, another)
		done()
		switch {
		case errors.Is(err, errNothingHappens):
			s.do("nothing happens; it is pressed once more", "没有反应；再按一次")
		case err != nil:
			shown := "nothing"
			if now != nil {
				shown = now.Name
			}
			return fmt.Errorf("waiting for the %s to show its first screen, not %s: %w", w.Party, shown, err)
		}
	}
}

var errNothingHappens = errors.New("nothing happens")

// overSince says whether the terminal's sale has ended from a place in the chronicle on.
func (s *Stage) overSince(since int) bool {
	_, over := s.Chronicle.Find(since, s.Chronicle.Len(), chronicle.Any(answered, endedHere))
	return over
}

// charge is the cashier's part (steps 2 and 3): the amount is keyed, as fast as
// the screen is touched, and charged.
func (s *Stage) charge(ctx context.Context, keys []string) error {
	s.do("the cashier keys the amount and presses Charge", "收银员输入金额并按“收款”")
	for _, key := range append(slices.Clone(keys), "charge") {
		// The keys may be away for a moment, such as under what is told of an earlier tap.
		if _, _, err := s.turnTo(ctx, s.Terminal, key, "amount"); err != nil {
			return err
		}
	}
	_, err := s.wait(ctx, "waiting for the request's code", chronicle.WithControl(terminal, world.CodeControl, "present"))
	return err
}

// scan is the owner's look through the phone's camera (step 4).
func (s *Stage) scan(ctx context.Context) error {
	s.do("the owner holds the phone to the terminal's code", "机主用手机扫描终端的二维码")
	for {
		if err := s.phoneHome(ctx); err != nil {
			return err
		}
		_, from, err := s.turnTo(ctx, s.Phone, "scan", "ready")
		if err != nil {
			return err
		}
		// How a sale before this one ended may come to the phone's screen only now, and take
		// the touch. A code that is read at once leaves no time to show that it is looked for.
		next, _, err := s.Chronicle.Wait(ctx, from, leftReady)
		if err != nil {
			return fmt.Errorf("waiting for the phone to look for a code: %w", err)
		}
		if next.Screen.Name != "ended" || s.has(requestRead) {
			return nil
		}
	}
}

// requestRead is step 4.
var requestRead = chronicle.Step(phone, int(steps.RequestRead))

// leftReady matches the phone with any screen but the one where everything begins.
func leftReady(e chronicle.Event) bool {
	return e.Party == phone && e.Screen != nil && e.Screen.Name != "ready"
}

// pay is the owner's choice and confirmation (step 6), until the payment's code
// is shown (step 7).
func (s *Stage) pay(ctx context.Context) error {
	if err := s.confirm(ctx); err != nil {
		return err
	}
	return s.paymentShown(ctx)
}

// confirm is the owner's choice and confirmation on the phone's ordinary screen.
func (s *Stage) confirm(ctx context.Context) error {
	if err := s.turn(ctx, s.Phone, "account.0", "confirm"); err != nil {
		return err
	}
	s.do("the owner looks at shop and amount, picks an account and confirms", "机主核对商户和金额，选择账户并确认")
	return s.turn(ctx, s.Phone, "pay", "confirm")
}

// paymentShown waits for the payment's code.
func (s *Stage) paymentShown(ctx context.Context) error {
	_, err := s.wait(ctx, "waiting for the payment's code", chronicle.WithControl(phone, world.CodeControl, "showing"))
	return err
}

// lift is the control of the terminal's screen that waits for a finger to be lifted.
const lift = "lift"

// Hands lay fingers on the sensors when a screen asks for them, until the context
// ends: on the terminal's whoever is asked for, on the phone's always the owner's. With a nil finger the terminal's is left alone.
// It is the only one who does; run it on a goroutine and wait for it.
func (s *Stage) Hands(ctx context.Context, finger *world.Finger) {
	// What was read is lifted first: the terminal says when it has seen that.
	asked := chronicle.Any(chronicle.OnScreen(phone, "finger"), func(e chronicle.Event) bool {
		return chronicle.OnScreen(terminal, "finger")(e) && !e.Screen.Has(lift)
	})
	taken := chronicle.Any(chronicle.Step(terminal, int(steps.FingerTaken)), chronicle.Step(phone, int(steps.FingerTaken)),
		chronicle.OnScreen(terminal, "amount", "outcome"), chronicle.OnScreen(phone, "showing", "ended"),
		func(e chronicle.Event) bool { return chronicle.OnScreen(terminal, "finger")(e) && e.Screen.Has(lift) })
	screen := chronicle.Any(chronicle.OnScreen(terminal), chronicle.OnScreen(phone))
	var on *virtualsensor.Sensor // the glass on which a finger lies
	showing := map[string]string{}
	for from := s.Chronicle.Len(); ; {
		e, next, err := s.Chronicle.Wait(ctx, from, chronicle.Any(asked, taken, screen))
		if err != nil {
			return
		}
		from = next
		if e.Screen != nil {
			now := e.Screen.Name + " " + e.Screen.Notice() // which is another one for each try
			if e.Screen.Has(lift) {
				now += " " + lift
			}
			same := showing[e.Party] == now
			showing[e.Party] = now
			if same {
				continue // only something on it moved
			}
		}
		glass, hand := s.TerminalGlass, finger
		if e.Party == phone {
			glass, hand = s.PhoneGlass, s.Owner
		}
		switch {
		case asked(e) && on == nil && glass != nil && hand != nil:
			if e.Party == phone {
				s.do("a finger is laid on the phone's sensor", "手指按在手机的采集器上")
			} else {
				s.do("a finger is laid on the terminal's sensor", "手指按在终端的采集器上")
			}
			hand.Press(glass)
			on = glass
		case taken(e) && on != nil:
			on.Lift()
			on = nil
		}
	}
}
