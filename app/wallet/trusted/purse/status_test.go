package purse_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// screen is the trusted screen with somebody before it who answers when told to.
type screen struct {
	asked  chan purse.Question
	answer chan any // bool or error
}

func (s *scene) screen() *screen {
	c := &screen{asked: make(chan purse.Question, 8), answer: make(chan any)}
	s.Owner.Answer(func(ctx context.Context, q purse.Question) (bool, error) {
		c.asked <- q
		select {
		case a := <-c.answer:
			if err, no := a.(error); no {
				return false, err
			}
			return a.(bool), nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	})
	return c
}

// says answers the question and waits until the purse has heard it.
func (c *screen) says(s *scene, answer any) {
	c.answer <- answer
	s.Answered()
}

// Above the limit the owner is asked, and the same shop, code and amount are paid at the
// next tap within a minute; nothing else is.
func TestConfirm(t *testing.T) {
	s := begin(t, 100_000, nil)
	c := s.screen()
	code := protocol.NewCode()
	pay := func(code protocol.Code, amount protocol.Amount, want protocol.TapStatus) {
		t.Helper()
		if _, status := s.pay(code, amount); status != want {
			t.Errorf("%d: %v, want %v", amount, status, want)
		}
	}
	pay(code, 10_001, protocol.TapConfirm)
	if q := <-c.asked; q.About != purse.AboutTap || q.Shop != "Corner Café" || q.Amount != 10_001 || q.Currency != 156 || !q.Until.Equal(s.Now().Add(time.Minute)) {
		t.Errorf("asked %+v", q)
	}
	pay(code, 10_001, protocol.TapConfirm)                // the question is still there, and not asked twice
	pay(protocol.NewCode(), 20_000, protocol.TapRefused)  // another does not take its place
	pay(protocol.NewCode(), 10_000, protocol.TapDeducted) // what needs no word needs none
	c.says(s, true)
	pay(protocol.NewCode(), 10_001, protocol.TapConfirm) // another code
	<-c.asked
	c.says(s, false)
	pay(code, 10_002, protocol.TapConfirm) // another amount
	<-c.asked
	c.says(s, errors.New("no answer"))
	pay(code, 10_001, protocol.TapDeducted)
	s.balance(100_000 - 10_000 - 10_001)
	if len(c.asked) != 0 {
		t.Error("asked once more")
	}
}

func TestConfirmationEnds(t *testing.T) {
	s := begin(t, 100_000, nil)
	c := s.screen()
	code := protocol.NewCode()
	for _, after := range []time.Duration{61 * time.Second, -61 * time.Second} {
		if _, status := s.pay(code, 50_000); status != protocol.TapConfirm {
			t.Fatal(status)
		}
		<-c.asked
		c.says(s, true)
		s.Pass(after)
		s.arm()
	}
	if _, status := s.pay(code, 50_000); status != protocol.TapConfirm {
		t.Error(status)
	}
	<-c.asked
	c.says(s, false)
	if _, status := s.pay(code, 50_000); status != protocol.TapRefused {
		t.Error(status)
	}
	s.Pass(61 * time.Second)
	s.arm()
	if _, status := s.pay(code, 50_000); status != protocol.TapConfirm {
		t.Error(status)
	}
	<-c.asked
	s.balance(100_000)
}

// Small taps are bounded in number and sum, over restarts, until the owner says a word.
func TestUnconfirmedCaps(t *testing.T) {
	for name, test := range map[string]struct {
		amount protocol.Amount
		taps   int
	}{"count": {100, 5}, "sum": {9_000, 3}} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, 150_000, nil)
			for range test.taps {
				if _, status := s.pay(protocol.NewCode(), test.amount); status != protocol.TapDeducted {
					t.Fatal(status)
				}
			}
			s.again()
			s.arm()
			code := protocol.NewCode()
			if _, status := s.pay(code, test.amount); status != protocol.TapConfirm {
				t.Fatal(status)
			}
			s.Answered() // the owner agrees at once
			if _, status := s.pay(code, test.amount); status != protocol.TapDeducted {
				t.Fatal(status)
			}
			if v := s.View(); v.Unconfirmed != 0 || v.UnconfirmedSum != 0 {
				t.Errorf("%+v", v)
			}
			if _, status := s.pay(protocol.NewCode(), test.amount); status != protocol.TapDeducted {
				t.Error(status)
			}
			if err := s.OwnerVerified(t.Context()); err != nil || s.View().Unconfirmed != 0 {
				t.Error(err, s.View().Unconfirmed)
			}
		})
	}
}

// What a card cannot or may not pay is told the terminal, and nothing is deducted.
func TestStatuses(t *testing.T) {
	for name, test := range map[string]struct {
		amount protocol.Amount
		change func(*purse.Options)
		before func(*testing.T, *scene)
		want   protocol.TapStatus
	}{
		"funds":            {5_001, nil, nil, protocol.TapFunds},
		"funds, not asked": {50_000, nil, nil, protocol.TapFunds},
		"too many kept": {100, func(o *purse.Options) { o.MaxKept = 2 }, func(t *testing.T, s *scene) {
			s.pay(protocol.NewCode(), 1)
			s.pay(protocol.NewCode(), 1)
		}, protocol.TapRefused},
		"settled meanwhile": {100, func(o *purse.Options) { o.MaxKept = 2 }, func(t *testing.T, s *scene) {
			s.pay(protocol.NewCode(), 1)
			s.pay(protocol.NewCode(), 1)
			s.Clear(1)
			s.told(t)
		}, protocol.TapDeducted},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, 5_000, test.change)
			if test.before != nil {
				test.before(t, s)
			}
			before := s.View().Balance
			_, status := s.pay(protocol.NewCode(), test.amount)
			if status != test.want {
				t.Errorf("%v", status)
			}
			if test.want == protocol.TapDeducted {
				before -= protocol.Sum(test.amount)
			}
			s.balance(before)
		})
	}
}

// told has settlement tell how the card stands.
func (s *scene) told(t *testing.T) {
	t.Helper()
	if _, err := s.AcceptState(t.Context(), s.State()); err != nil {
		t.Fatal(err)
	}
}
