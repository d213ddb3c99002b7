package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/steps"
)

// torn is a tap whose PAY may have arrived and whose result is not in hand: the
// customer is asked to hold the same phone again, and that phone alone can tell. It
// lasts until it has, or until the cashier gives up, over restarts.
func (s *payment) torn(ctx context.Context) error {
	isNew := s.entry.Unknown.IsZero()
	if isNew {
		s.entry.Unknown = s.till.Now()
		if err := s.journal(ctx, EventTapTorn); err != nil { // that it was asked for is there
			s.till.Log.ErrorContext(ctx, "torn tap not journalled", "number", s.entry.Sale, "error", err.Error())
		}
	}
	s.till.raise(ctx, s.alert(Retapping), isNew)
	s.update(func(v *View) {
		v.Stage, v.Cancellable, v.Request, v.Tap, v.Card = Torn, true, "", TapReady, s.entry.Tap.Ending
		v.Notice = ReasonNone
	})
	for {
		err := s.retap(ctx)
		switch {
		case errors.Is(err, errDeducted), errors.Is(err, errAnew):
			return err
		case errors.Is(context.Cause(ctx), errCancelled):
			return s.giveUp(ctx)
		case ctx.Err() != nil:
			return errLeftTorn
		}
		s.till.Log.WarnContext(ctx, "torn tap not cleared up", "number", s.entry.Sale, "reason", string(reasonOfTap(err)), "error", err.Error())
		s.update(func(v *View) { v.Tap, v.Notice = TapReady, reasonOfTap(err); v.Notices++ })
	}
}

// retap is one phone held to the reader of a torn tap.
func (s *payment) retap(ctx context.Context) error {
	if s.till.Taps.Cards == nil { // there was one before the restart
		s.update(func(v *View) { v.Tap, v.TapReason = TapOff, ReasonReaderLost })
		<-ctx.Done()
		return ctx.Err()
	}
	card, err := s.nextCard(ctx)
	if err != nil {
		return err
	}
	began := s.till.Now()
	of, signed, err := s.till.recover(ctx, card, s.entry.Tap)
	s.till.letGo(card)
	if err != nil {
		return err
	}
	pay, err := protocol.Parse[protocol.TapPay](s.entry.Tap.Pay)
	if err != nil {
		return err
	}
	s.logTap(ctx, steps.TapPaid, began, "status", signed.Unverified().Status.String(), "recovered", true)
	if signed.Unverified().Status == protocol.TapDeducted {
		if err := s.deducted(ctx, of, pay, signed); err != nil {
			return err
		}
		return errDeducted
	}
	if err := s.journal(ctx, EventTapNever); err != nil {
		return err // asked again, it says the same again
	}
	s.entry.Unknown = time.Time{}
	s.till.resolve(ctx, s.entry.Sale, Reversed, true)
	s.till.again() // it need not be lifted for the next try
	s.anew(ReasonTapNever)
	return errAnew
}

// recover asks a phone what became of a tap. The answer is its signed word about this
// very PAY: deducted, or never, now and later. protocol.ErrOtherCard says that it is
// another phone.
func (t *Till) recover(ctx context.Context, card Card, torn *TapOf) (*protocol.Signed[protocol.VirtualCard], *protocol.Signed[protocol.TapResult], error) {
	pay, err := protocol.Parse[protocol.TapPay](torn.Pay)
	if err != nil {
		return nil, nil, err
	}
	nonce, err := t.selectWallet(ctx, card)
	if err != nil {
		return nil, nil, err
	}
	signer, err := t.Unit.Signer()
	if err != nil {
		return nil, nil, err
	}
	asked, err := protocol.Sign(signer, protocol.TapRecover{
		Nonce: nonce, Scramble: pay.Unverified().Scramble, Terminal: t.Identity.Certificate(),
	})
	if err != nil {
		return nil, nil, err
	}
	sealed, err := t.command(ctx, card, tapCommand(protocol.TapInsRecover, asked.Bytes()))
	var status refusedCommand
	if errors.As(err, &status) && status.Status == iso7816.ConditionsNotSatisfied {
		err = fmt.Errorf("%w: %w", errFull, err) // nothing else is out of order behind a SELECT
	}
	if err != nil {
		return nil, nil, fmt.Errorf("recover: %w", err)
	}
	agreement, err := t.Unit.Agreement()
	if err != nil {
		return nil, nil, err
	}
	of, signed, err := protocol.OpenTapRecovery(agreement, asked, sealed, pay, torn.Card, t.self())
	if err == nil && signed.Unverified().Status == protocol.TapDeducted {
		// What is sold on the strength of this is cleared with the card beside it.
		_, err = protocol.VerifyRecoveredCard(of, t.knownSettlement(), t.Identity.Trust(), t.Now())
	}
	if err != nil {
		return nil, nil, err
	}
	return of, signed, nil
}

// giveUp ends a torn tap that nobody clears up: nothing is sold, settlement will be
// told, and should the phone have been charged, the money goes back to it.
func (s *payment) giveUp(ctx context.Context) error {
	s.entry.Ending, s.entry.Reason = GivenUp, ReasonTapTorn
	if err := s.journal(ctx, EventTapAbandoned); err != nil {
		s.entry.Ending, s.entry.Reason = "", ReasonNone
		s.till.Log.ErrorContext(ctx, "giving up not journalled", "number", s.entry.Sale, "error", err.Error())
		s.update(func(v *View) { v.Cancellable, v.Notice = false, ReasonJournal; v.Notices++ })
		return errLeftTorn // it still is, as the next start will see
	}
	s.till.Log.WarnContext(ctx, "torn tap given up", "sale", s.entry.Request.String(), "number", s.entry.Sale, "card", s.entry.Tap.Ending)
	s.till.owe(s.entry)
	s.till.resolve(ctx, s.entry.Sale, GivenUp, true)
	s.show(GivenUp, ReasonTapTorn, "")
	return errGivenUp
}

// resumeTorn takes up a torn tap that the journal left open: in front, because
// nothing else can be sold to whoever stands there.
func (s *payment) resumeTorn(ctx context.Context) {
	s.till.Log.WarnContext(ctx, "torn tap taken up again", "number", s.entry.Sale, "event", string(s.entry.Event))
	err := s.torn(ctx)
	var answer Answer
	if errors.Is(err, errAnew) {
		answer, err = s.rounds(ctx)
	}
	s.end(ctx, answer, err)
}
