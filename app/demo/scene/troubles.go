package scene

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// wrongFinger: the thief of a phone has another finger. Settlement compares, asks
// for two more tries, and refuses.
func wrongFinger(ctx context.Context, s *Stage) (Ending, error) {
	ending, err := s.sale(ctx, sum)
	if err != nil {
		return ending, err
	}
	for attempt := 1; attempt <= protocol.MaxAttempts; attempt++ {
		tried := chronicle.Said(terminal, "step", "step", fmt.Sprint(int(steps.FingerTaken)), "attempt", fmt.Sprint(attempt))
		if !s.has(tried) {
			return ending, &Failure{"wrong-finger", fmt.Sprintf("%s after %d tries", ending, attempt-1)}
		}
	}
	return ending, s.settlementsRefusal(ctx, "wrong-finger", ending, "finger")
}

// noFunds: everything is right but the account.
func noFunds(ctx context.Context, s *Stage) (Ending, error) {
	ending, err := s.sale(ctx, tooMuch)
	if err != nil {
		return ending, err
	}
	return ending, s.settlementsRefusal(ctx, "no-funds", ending, "funds")
}

// settlementsRefusal checks that settlement itself refused, by its own log, and
// moved nothing.
func (s *Stage) settlementsRefusal(ctx context.Context, scene string, ending Ending, reason string) error {
	if err := refused(scene, ending, settlement, reason); err != nil {
		return err
	}
	if !s.has(chronicle.Said(settlement, "refused", "result", reason)) {
		return &Failure{scene, "settlement's log knows nothing of having refused"}
	}
	return s.never(scene, "settlement's log has a verified payment", chronicle.Step(settlement, int(steps.Verified)))
}

// lateReasons are why a sale ends whose request's life is over, and tries how often
// expired is begun until the phone shows its code before that.
var lateReasons = []string{"timed-out", "expired"}

const tries = 5

// unread is a sale up to the payment's code, to which the terminal's camera is covered.
func (s *Stage) unread(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.TerminalEye.Cover()
	for _, act := range []func(context.Context) error{func(ctx context.Context) error { return s.charge(ctx, sum) }, s.scan, s.pay} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// expired: the terminal's camera is covered until the request's life is over.
// Then the payment is held to it, in the next sale too: it belongs to a request
// that is over.
func expired(ctx context.Context, s *Stage) (Ending, error) {
	for try := 1; ; try++ {
		err := s.unread(ctx)
		if err == nil {
			break
		}
		// On a busy machine the request's life may be over before the phone shows its code.
		if over := (*endedError)(nil); try == tries || !errors.As(err, &over) || !slices.Contains(lateReasons, over.ending.Reason) {
			return Ending{}, err
		}
	}
	s.do("the phone is not held to the terminal's camera in time", "手机没有及时对准终端的摄像头")
	e, err := s.only(ctx, "waiting for the request's end", ended)
	if err != nil {
		return Ending{}, err
	}
	ending := s.ending(e)
	if err := refused("expired", ending, terminal, lateReasons...); err != nil {
		return ending, err
	}
	if got := e.Entry.Text("ending"); got != "expired" {
		return ending, &Failure{"expired", "the terminal's sale is " + got}
	}
	s.do("now it is, and the cashier tries again", "现在对准了，收银员再收一次")
	shown, err := s.Phone.Photograph(ctx)
	if err != nil {
		return ending, err
	}
	if err := s.begin(ctx); err != nil {
		return ending, err
	}
	s.TerminalEye.Show(shown)
	if err := s.charge(ctx, sum); err != nil {
		return ending, err
	}
	late, err := s.wait(ctx, "waiting for the terminal to refuse", chronicle.Said(terminal, "code refused"))
	if err != nil {
		return ending, err
	}
	if err := refused("expired", Ending{Refused, late.Entry.Text("reason"), terminal}, terminal, "other-sale"); err != nil {
		return ending, err
	}
	if err := s.notice(ctx, s.Terminal); err != nil {
		return ending, err
	}
	if err := s.cancel(ctx); err != nil {
		return ending, err
	}
	return ending, s.never("expired", "settlement was sent the late payment", submitted)
}

// hold is how long settlement's answers are on their way while the link is about
// to be cut, which it is as soon as settlement has decided: nearly as long as the
// terminal waits for them.
const hold = 8 * time.Second

// Unanswered has a customer pay whose terminal never learns of it: the line is cut
// between settlement's decision and its answer. The stage's hands must be at work.
func Unanswered(ctx context.Context, s *Stage) error {
	for try := 1; ; try++ {
		if err := s.begin(ctx); err != nil {
			return err
		}
		err := s.unanswered(ctx)
		// On a busy machine settlement may decide too late: then the terminal has taken the
		// payment back, and has shown what this is to show without its line being cut.
		if over := (*endedError)(nil); try == tries || !errors.As(err, &over) || over.ending.How != Unknown {
			return err
		}
	}
}

func (s *Stage) unanswered(ctx context.Context) error {
	if err := s.charge(ctx, sum); err != nil {
		return err
	}
	if err := s.scan(ctx); err != nil {
		return err
	}
	s.Link.Slow(hold)
	if err := s.pay(ctx); err != nil {
		return err
	}
	if _, err := s.wait(ctx, "waiting for settlement to decide", chronicle.Step(settlement, int(steps.Answered))); err != nil {
		return err
	}
	s.Link.Cut()
	s.do("settlement has moved the money; the line is cut before its answer is through", "结算中心已划款；应答送达之前线路中断")
	if _, err := s.wait(ctx, "waiting for the terminal not to know", chronicle.Said(terminal, "outcome unknown")); err != nil {
		return err
	}
	_, err := s.only(ctx, "waiting for the terminal's words", chronicle.OnScreen(terminal, "unknown"))
	return err
}

// networkLost: the submission arrives, settlement moves the money, and its answer
// never comes. The terminal says that it does not know, asks, and when it can
// reach settlement again takes the payment back.
func networkLost(ctx context.Context, s *Stage) (Ending, error) {
	before, err := s.Books.Balance(ctx)
	if err != nil {
		return Ending{}, err
	}
	if err := Unanswered(ctx, s); err != nil {
		return Ending{}, err
	}
	if paid, err := s.Books.Balance(ctx); err != nil || paid != before-Sum {
		return Ending{}, &Failure{"network-lost", fmt.Sprintf("the account held %d and holds %d with the sale unknown (%v)", before, paid, err)}
	}
	s.do("the terminal asks, and is told nothing: do not charge again", "终端查询，没有应答：请勿重复收款")
	if _, err := s.wait(ctx, "waiting for the terminal to give up asking", chronicle.Said(terminal, "reversal not delivered")); err != nil {
		return Ending{}, err
	}
	s.do("the line is mended; the terminal takes the payment back", "线路恢复；终端撤销这笔支付")
	s.Link.Slow(0)
	s.Link.Mend()
	e, err := s.only(ctx, "waiting for the payment to be taken back", ended)
	if err != nil {
		return Ending{}, err
	}
	ending := s.ending(e)
	if ending.How != Unknown {
		return ending, &Failure{"network-lost", ending.String() + ", and was to be taken back"}
	}
	if after, err := s.Books.Balance(ctx); err != nil || after != before {
		return ending, &Failure{"network-lost", fmt.Sprintf("the account held %d and holds %d after it was taken back (%v)", before, after, err)}
	}
	s.do("the phone reads from the terminal's screen that nothing was paid", "手机从终端屏幕得知没有付款")
	if _, err := s.only(ctx, "waiting for the phone to know", chronicle.Said(phone, "payment ended", "ending", "reversed")); err != nil {
		return ending, err
	}
	_, err = s.only(ctx, "waiting for the phone's words", chronicle.OnScreen(phone, "ended"))
	return ending, err
}

// Person plays nothing: people do, until the context ends.
func Person(ctx context.Context, s *Stage) {
	s.TerminalEye.Watch(s.Phone, terminalLooks)
	s.PhoneEye.Watch(s.Terminal, phoneLooks)
	s.Hands(ctx, s.Owner)
}
