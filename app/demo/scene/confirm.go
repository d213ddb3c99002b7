package scene

import (
	"context"
	"fmt"

	"countersign/app/demo/chronicle"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// aboveSum is what aboveWord keys, in minor units.
const aboveSum = 21000

// confirmed: the amount is more than the card pays without its owner's word. The first
// tap deducts nothing; the owner confirms with a key of the secure screen, and the next
// tap pays, once.
func confirmed(ctx context.Context, s *Stage) (Ending, error) {
	before, err := s.Books.Card(ctx)
	if err != nil {
		return Ending{}, err
	}
	if err := s.begun(ctx, aboveWord); err != nil {
		return Ending{}, err
	}
	if err := s.holdPhone(ctx); err != nil {
		return Ending{}, err
	}
	wanted := chronicle.Said(terminal, "step", "tap", steps.TapPaid.String(), "status", protocol.TapConfirm.String())
	if _, err := s.only(ctx, "waiting for the card to want its owner's word", chronicle.Any(wanted, taken, unpaid, notTaken, endedHere)); err != nil {
		return Ending{}, err
	}
	for _, asks := range []struct{ party, screen, control string }{{terminal, "confirm", "cancel"}, {secure, "trusted-confirm", "confirm"}} {
		if _, err := s.only(ctx, "waiting for the "+asks.party+" to ask for the owner's word", chronicle.WithControl(asks.party, asks.control, asks.screen)); err != nil {
			return Ending{}, err
		}
	}
	if err := s.never("confirm", "the card has paid without its owner's word", taken); err != nil {
		return Ending{}, err
	}
	s.do("the owner looks at shop and amount on the phone's secure screen, and confirms", "机主在手机的安全屏幕上核对商户和金额，并确认")
	window, err := s.Secure(ctx)
	if err != nil {
		return Ending{}, err
	}
	if err := window.Tap(ctx, "confirm"); err != nil {
		return Ending{}, err
	}
	s.do("and holds the phone to the terminal again", "然后再次将手机靠近终端")
	if err := s.arm(ctx, "again", "card-again"); err != nil {
		return Ending{}, err
	}
	ending, err := s.tapOutcome(ctx)
	if err != nil {
		return ending, err
	}
	if ending.How != Approved {
		return ending, &Failure{"confirm", "the confirmed tap is " + ending.String()}
	}
	after, err := s.Books.Card(ctx)
	if err != nil {
		return ending, err
	}
	if after.Deducted-before.Deducted != aboveSum {
		return ending, &Failure{"confirm", fmt.Sprintf("the card was charged %d, not once %d", after.Deducted-before.Deducted, aboveSum)}
	}
	return ending, nil
}
