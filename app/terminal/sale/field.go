package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/clearing"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// readerAgain is the pause before a lost reader is looked for again.
const readerAgain = 500 * time.Millisecond

// Errors of a tap that the reader and the messages have no name for.
var (
	errBlocked     = errors.New("card is blocked")
	errBlocklist   = errors.New("no current list of blocked cards")
	errCertificate = errors.New("no certificate of settlement's that holds now")
	// errFull: a wallet remembers each code of which it has said "never" for some minutes,
	// and can say it of no more meanwhile.
	errFull = errors.New("the wallet keeps as many torn taps as it can")
)

// tapsOffered says whether this sale may be paid by tap, and shows why not.
func (s *payment) tapsOffered() bool {
	if s.till.Taps.Cards == nil {
		return false
	}
	err := s.till.tapsPossible()
	if err == nil {
		err = s.till.queue.Admit(s.entry.Amount)
	}
	s.update(func(v *View) {
		if v.Tap, v.TapReason = TapReady, ReasonNone; err != nil {
			v.Tap, v.TapReason = TapOff, reasonOfTap(err)
		}
	})
	if err != nil {
		s.till.Log.InfoContext(s.till.ctx, "no tap for this sale", "number", s.entry.Sale, "error", err.Error())
	}
	return err == nil
}

// tapsPossible says whether what a tap is verified and cleared with is there.
func (t *Till) tapsPossible() error {
	known := t.knownSettlement()
	if known == nil {
		return errCertificate
	}
	if _, err := t.Identity.Trust().Certificate(known, protocol.RoleSettlement, t.Now()); err != nil {
		return fmt.Errorf("%w: %w", errCertificate, err)
	}
	_, err := t.blocked()
	return err
}

// knownSettlement is settlement's certificate as it was last known, without asking.
func (t *Till) knownSettlement() *protocol.Signed[protocol.Certificate] {
	known := t.settlement.Load()
	if known == nil && t.Taps.Settlement != nil {
		known = t.Taps.Settlement()
	}
	if known == nil || known.Unverified().Subject != t.Settings.Settlement {
		return nil
	}
	return known
}

// blocked returns the list of blocked cards, if it is not too old.
func (t *Till) blocked() (*protocol.CardBlocklist, error) {
	list := t.Taps.Blocked()
	if list == nil {
		return nil, errBlocklist
	}
	if age := t.Now().Sub(list.Issued.Time()); age > t.Tap.BlocklistAge {
		return nil, fmt.Errorf("%w: it is %v old", errBlocklist, age)
	}
	return list, nil
}

// takeTap waits for phones until one of them has come to something. What keeps one
// from paying before PAY has left is said, and changes nothing.
func (s *payment) takeTap(ctx context.Context, code protocol.Code, first func()) error {
	for {
		card, err := s.nextCard(ctx)
		if err != nil {
			return err
		}
		err = s.tap(ctx, &held{card: card, code: code}, first)
		s.till.letGo(card)
		var refused *refusal
		switch {
		case errors.Is(err, errDeducted), errors.Is(err, errTorn), errors.Is(err, errConfirm), errors.Is(err, errAnew), errors.As(err, &refused):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		s.untaken(ctx, err)
	}
}

// untaken says why a phone was not charged.
func (s *payment) untaken(ctx context.Context, err error) {
	s.till.Log.WarnContext(ctx, "tap not taken", "sale", s.entry.Request.String(), "number", s.entry.Sale,
		"reason", string(reasonOfTap(err)), "error", err.Error())
	s.updateOf(RailTap, func(v *View) { v.Tap, v.Notice = TapReady, reasonOfTap(err); v.Notices++ })
}

// nextCard waits until the last phone has left the field, be it of the sale before,
// and then for the next: a phone that was left lying pays once.
func (s *payment) nextCard(ctx context.Context) (Card, error) {
	t := s.till
	t.field.Lock() // the sale before may be about to leave it
	defer t.field.Unlock()
	for ctx.Err() == nil {
		// A wait that lasts has a reader to wait at: nothing else tells that it is back.
		lasts := time.AfterFunc(readerAgain/5, func() {
			s.updateOf(RailTap, func(v *View) {
				if v.Tap == TapOff {
					v.Tap, v.TapReason = TapReady, ReasonNone
				}
			})
		})
		card, err := t.anotherCard(ctx)
		lasts.Stop()
		if err == nil {
			s.updateOf(RailTap, func(v *View) { v.Tap, v.TapReason = TapFound, ReasonNone })
			return card, nil
		}
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, ErrTwoCards) || errors.Is(err, ErrUnreadable) {
			s.untaken(ctx, err)
			continue
		}
		s.updateOf(RailTap, func(v *View) { v.Tap, v.TapReason = TapOff, ReasonReaderLost })
		_ = sleep(ctx, readerAgain)
	}
	return nil, context.Cause(ctx)
}

// anotherCard waits for what is in the field to leave it, if that was dealt with, and
// for the next phone. field is held.
func (t *Till) anotherCard(ctx context.Context) (Card, error) {
	if t.left {
		if err := t.Taps.Cards.Removed(ctx); err != nil {
			return nil, err
		}
		t.left = false
	}
	card, err := t.Taps.Cards.Wait(ctx)
	t.left = errors.Is(err, ErrTwoCards) || errors.Is(err, ErrUnreadable)
	return card, err
}

// letGo closes a phone, which must be lifted before the next is waited for.
func (t *Till) letGo(card Card) {
	t.field.Lock()
	defer t.field.Unlock()
	t.left = true
	if err := card.Close(); err != nil {
		t.Log.WarnContext(t.ctx, "card not closed", "error", err.Error())
	}
}

// again has the phone that was let go be found again without being lifted.
func (t *Till) again() {
	t.field.Lock()
	defer t.field.Unlock()
	t.left = false
}

// confirmation is after the wallet has asked its owner: the same code and amount at
// the next tap pay. Nothing is deducted before, so that the cashier may cancel.
func (s *payment) confirmation(ctx context.Context, code protocol.Code) error {
	waiting, stop := context.WithTimeout(ctx, s.till.Tap.ConfirmFor)
	defer stop()
	s.update(func(v *View) {
		v.Stage, v.Cancellable, v.Request, v.Tap, v.Card = Confirm, true, "", TapReady, s.entry.Tap.Ending
		v.Until = s.till.Now().Add(s.till.Tap.ConfirmFor)
	})
	return s.takeTap(waiting, code, func() {})
}

// anew is how the next request is offered: with what was wrong with the last.
func (s *payment) anew(why Reason) {
	s.update(func(v *View) { v.Notice, v.Cancellable, v.Card = why, true, ""; v.Notices++ })
}

// reasonOfTap names what kept a phone from paying.
func reasonOfTap(err error) Reason {
	var status refusedCommand
	for _, known := range []struct {
		err    error
		reason Reason
	}{
		{ErrCardLost, ReasonTapLost},
		{ErrCardSlow, ReasonTapSlow},
		{context.DeadlineExceeded, ReasonTapSlow},
		{ErrTwoCards, ReasonTapTwo},
		{ErrUnreadable, ReasonTapTwo},
		{ErrReaderLost, ReasonReaderLost},
		{errBlocked, ReasonTapBlocked},
		{errFull, ReasonTapFull},
		{errBlocklist, ReasonBlocklist},
		{errCertificate, ReasonTapSettlement},
		{clearing.ErrTap, ReasonTapMost},
		{clearing.ErrCard, ReasonTapCardMost},
		{clearing.ErrTerminal, ReasonTapUnsent},
		{protocol.ErrOtherCard, ReasonTapOtherCard},
		{protocol.ErrCardNumber, ReasonTapNumber},
		{protocol.ErrOtherCurrency, ReasonTapCurrency},
		{protocol.ErrExpired, ReasonTapExpired},
		{protocol.ErrOtherSettlement, ReasonTapIssuer},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	if errors.As(err, &status) {
		return ReasonTapNotOurs
	}
	for _, bad := range []error{protocol.ErrMalformed, protocol.ErrRange, protocol.ErrSealed, protocol.ErrSignature, protocol.ErrOtherRequest,
		iso7816.ErrAnswer, iso7816.ErrStatus, iso7816.ErrLength} {
		if errors.Is(err, bad) {
			return ReasonTapBad
		}
	}
	return ReasonToken
}
