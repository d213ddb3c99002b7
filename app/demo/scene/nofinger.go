package scene

import (
	"context"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/world"
	"countersign/protocol/steps"
)

// noFinger: the customer's finger leaves nothing that can be read. For a larger amount
// the terminal offers nothing else. For a small one the cashier says so, the sale ends,
// and another of the same amount is paid with the PIN that the phone's secure screen
// takes; settlement accepts that below its limit.
func noFinger(ctx context.Context, s *Stage) (Ending, error) {
	before, err := s.Books.Balance(ctx)
	if err != nil {
		return Ending{}, err
	}
	if err := s.fingerOnly(ctx); err != nil {
		return Ending{}, err
	}
	if ending, err := s.unreadable(ctx); err != nil {
		return ending, err
	}
	if err := s.payByPIN(ctx); err != nil {
		return Ending{}, err
	}
	ending, err := s.outcome(ctx)
	if err != nil {
		return ending, err
	}
	if ending.How != Approved {
		return ending, &Failure{"no-finger", "paid by PIN it is " + ending.String()}
	}
	taken := chronicle.Any(chronicle.Step(terminal, int(steps.FingerTaken)), chronicle.Step(phone, int(steps.FingerTaken)))
	if err := s.never("no-finger", "somebody took a finger", taken); err != nil {
		return ending, err
	}
	if after, err := s.Books.Balance(ctx); err != nil || after != before-Sum {
		return ending, &Failure{"no-finger", fmt.Sprintf("the account held %d and holds %d after one sale of %d (%v)", before, after, Sum, err)}
	}
	return ending, nil
}

// upToFinger is a sale until the terminal asks for the finger, and that screen.
func (s *Stage) upToFinger(ctx context.Context, keys []string) (*chronicle.Screen, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	for _, act := range []func(context.Context) error{func(ctx context.Context) error { return s.charge(ctx, keys) }, s.scan, s.pay} {
		if err := act(ctx); err != nil {
			return nil, err
		}
	}
	e, err := s.wait(ctx, "waiting for the terminal to ask for the finger", chronicle.OnScreen(terminal, "finger"))
	return e.Screen, err
}

// fingerOnly is a sale above the limit, in which no PIN is offered.
func (s *Stage) fingerOnly(ctx context.Context) error {
	screen, err := s.upToFinger(ctx, aboveWord)
	if err != nil {
		return err
	}
	if screen.Has("no-finger") {
		return &Failure{"no-finger", fmt.Sprintf("the terminal offers a PIN for %d.%02d", aboveSum/100, aboveSum%100)}
	}
	s.do("for %d.%02d the terminal takes a finger and nothing else; the cashier cancels", "金额 %d.%02d 只能用指纹；收银员取消", aboveSum/100, aboveSum%100)
	if _, _, err := s.turnTo(ctx, s.Terminal, "cancel", "finger"); err != nil {
		return err
	}
	e, err := s.only(ctx, "waiting for the sale to be cancelled", chronicle.Any(endedHere, answered))
	if err != nil {
		return err
	}
	if got := e.Entry.Text("ending"); got != "cancelled" {
		return &Failure{"no-finger", "the cancelled sale is " + got}
	}
	return s.phoneTold(ctx)
}

// phoneTold waits until the phone, which settlement tells, shows that its payment was not
// taken: what is touched before may be meant for another screen.
func (s *Stage) phoneTold(ctx context.Context) error {
	_, err := s.only(ctx, "waiting for the phone to show that nothing was paid", chronicle.OnScreen(phone, "ended"))
	return err
}

// unreadable is a small sale that ends because no finger can be read.
func (s *Stage) unreadable(ctx context.Context) (Ending, error) {
	screen, err := s.upToFinger(ctx, sum)
	if err != nil {
		return Ending{}, err
	}
	if !screen.Has("no-finger") {
		return Ending{}, &Failure{"no-finger", fmt.Sprintf("the terminal offers no way without a finger for %d.%02d", Sum/100, Sum%100)}
	}
	s.do("the customer's finger leaves a smudge on the terminal's sensor", "顾客的手指在终端采集器上只留下模糊的痕迹")
	world.Smudge(s.TerminalGlass)
	defer s.TerminalGlass.Lift()
	poor := func(lifting bool) chronicle.Match {
		return func(e chronicle.Event) bool {
			return chronicle.OnScreen(terminal, "finger")(e) && e.Screen.Notice() != "" && e.Screen.Has(lift) == lifting
		}
	}
	if _, err := s.wait(ctx, "waiting for the terminal to say that it cannot read the finger", poor(true)); err != nil {
		return Ending{}, err
	}
	s.TerminalGlass.Lift()
	if _, err := s.wait(ctx, "waiting for the terminal to see that the finger was lifted", poor(false)); err != nil {
		return Ending{}, err
	}
	s.do("the cashier presses No readable finger", "收银员按“指纹读不出”")
	if _, _, err := s.turnTo(ctx, s.Terminal, "no-finger", "finger"); err != nil {
		return Ending{}, err
	}
	e, err := s.only(ctx, "waiting for the sale to end without a finger", ended)
	if err != nil {
		return Ending{}, err
	}
	ending := s.ending(e)
	if err := refused("no-finger", ending, terminal, "no-finger"); err != nil {
		return ending, err
	}
	return ending, s.phoneTold(ctx)
}

// payByPIN takes what the ended sale offers, until the phone shows a payment for which
// its owner has keyed the PIN.
func (s *Stage) payByPIN(ctx context.Context) error {
	if err := s.phoneHome(ctx); err != nil {
		return err
	}
	s.do("the cashier presses Pay with PIN: a new request, which asks for the phone's PIN", "收银员按“改用密码付款”：新的收款请求，要求手机密码")
	_, from, err := s.turnTo(ctx, s.Terminal, "by-pin", "outcome")
	if err != nil {
		return err
	}
	s.from = from
	if _, err := s.wait(ctx, "waiting for the request's code", chronicle.WithControl(terminal, world.CodeControl, "present")); err != nil {
		return err
	}
	if err := s.scan(ctx); err != nil {
		return err
	}
	if err := s.confirm(ctx); err != nil {
		return err
	}
	if _, err := s.wait(ctx, "waiting for the phone's secure screen to ask for the PIN", chronicle.WithControl(secure, "key.1", "trusted-pay")); err != nil {
		return err
	}
	if err := s.keyPIN(ctx, s.from); err != nil {
		return err
	}
	return s.paymentShown(ctx)
}
