package cardservice

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol/iso7816"
)

// atScreen puts the purse's questions on the trusted screen.
type atScreen struct{ owner *trusted.Owner }

func (o atScreen) Unlocked() bool { return o.owner.Unlocked() }

func (o atScreen) Confirm(ctx context.Context, q purse.Question) (bool, error) {
	prompt := trusted.Prompt{Purpose: trusted.ToPay, Shop: q.Shop, Amount: q.Amount, Currency: q.Currency, Until: q.Until}
	var err error
	switch q.About {
	case purse.AboutTap:
		err = o.owner.Confirm(ctx, prompt)
	case purse.AboutTransfer:
		prompt.Purpose, prompt.Receiver = trusted.ToTransfer, q.Receiver
		err = o.owner.RequirePIN(ctx, prompt)
	case purse.AboutClock:
		err = o.owner.RequirePIN(ctx, trusted.Prompt{Purpose: trusted.ToTrustClock, Until: q.Until})
	default:
		return false, fmt.Errorf("question %d has no screen", q.About)
	}
	if errors.Is(err, trusted.ErrDeclined) {
		return false, nil
	}
	return err == nil, err
}

// ArmCard has the owner unlock the wallet and the card answer.
func (s *Service) ArmCard(ctx context.Context) error {
	p, err := s.Purse(ctx)
	if err != nil {
		return err
	}
	if err := s.unlock(ctx, p); err != nil {
		return err
	}
	return p.Arm(ctx)
}

// unlock has the owner unlock the wallet, which is the owner's word for taps as well.
func (s *Service) unlock(ctx context.Context, p *purse.Purse) error {
	entered := !s.o.Owner.Unlocked()
	if err := s.o.Owner.Unlock(ctx); err != nil || !entered {
		return err
	}
	return p.OwnerVerified(ctx)
}

// present has the owner unlock the wallet before money is moved to the card or a card is
// applied for: what a client asks for is not the owner's wish yet. Where no PIN was set
// there is nobody to ask, and nothing to lose: a card pays nothing until there is one,
// and so a phone can be set up without its screen.
func (s *Service) present(ctx context.Context) error {
	has, err := s.o.Owner.HasPIN()
	if err != nil || !has {
		return err
	}
	p, err := s.Purse(ctx)
	if err != nil {
		return err
	}
	return s.unlock(ctx, p)
}

// ShowCardNumber shows the owner the card's number on the trusted screen.
func (s *Service) ShowCardNumber(ctx context.Context) error {
	p, err := s.Purse(ctx)
	if err != nil {
		return err
	}
	number, err := p.OwnNumber()
	if err != nil {
		return err
	}
	if err := s.unlock(ctx, p); err != nil {
		return err
	}
	return s.o.Owner.ShowNumber(ctx, number)
}

// TrustClock has the owner say that the clock is right although it was ahead once.
func (s *Service) TrustClock(ctx context.Context) error {
	p, err := s.Purse(ctx)
	if err != nil {
		return err
	}
	return p.TrustClock(ctx)
}

// TapRefused logs why a terminal's command was refused.
func (s *Service) TapRefused(ctx context.Context, command string, status iso7816.Status, err error) {
	s.o.Log.WarnContext(ctx, "tap refused", "command", command, "status", fmt.Sprintf("%04X", uint16(status)), "error", err.Error())
}

// show hands an event to Tell. It does not wait.
func (s *Service) show(e purse.Event) {
	select {
	case s.shown <- e:
	default:
	}
}

// Tell sends the client what its screen may show, until ctx ends.
func (s *Service) Tell(ctx context.Context, emit func(ctx context.Context, kind uint32, data []byte) error) {
	for {
		select {
		case e := <-s.shown:
			data, err := commands.CardEvent(e)
			if err == nil {
				err = emit(ctx, commands.EventCard, data)
			}
			if err != nil && ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "the client was not told what happened to the card", "error", err.Error())
			}
		case <-ctx.Done():
			return
		}
	}
}
