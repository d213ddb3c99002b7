package sale

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/terminal/clearing"
	"countersign/protocol"
)

// deducted is where a tap is paid: its result is sealed to settlement at once, so
// that no card number lies here, and written down, and only then shown. An error
// leaves the sale as it was.
func (s *payment) deducted(ctx context.Context, of *protocol.Signed[protocol.VirtualCard], pay *protocol.Signed[protocol.TapPay], result *protocol.Signed[protocol.TapResult]) error {
	envelope, err := s.till.sealClearing(s.entry.Tap, of, pay, result, false)
	if err != nil {
		return err
	}
	before := s.entry
	tap := *s.entry.Tap
	tap.Sealed = envelope.Sealed
	s.entry.Tap, s.entry.Ending, s.entry.Reason = &tap, Paid, ReasonNone
	if err := s.journal(ctx, EventTapResult); err != nil {
		s.entry = before
		return err
	}
	s.update(func(v *View) { v.Card = tap.Ending })
	seen := s.show(Paid, ReasonNone, "")
	s.till.resolve(ctx, s.entry.Sale, Paid, seen)
	s.till.owe(s.entry) // after that: settlement's answer may put up an alert of its own
	return nil
}

// spendTapped spends the code that a tap was paid with, as step 10 does for a scan:
// the request with it is over.
func (s *payment) spendTapped(ctx context.Context, code ScrambleCode) {
	if err := code.Spend(s.entry.Scramble, s.entry.Request); err != nil { // which is no matter any more
		s.till.Log.WarnContext(ctx, "scramble code of a tap not spent", "number", s.entry.Sale, "error", err.Error())
	}
}

// sealClearing signs what settlement needs to pay the shop, and seals it to it.
func (t *Till) sealClearing(tap *TapOf, of *protocol.Signed[protocol.VirtualCard], pay *protocol.Signed[protocol.TapPay], result *protocol.Signed[protocol.TapResult], givenUp bool) (protocol.Envelope, error) {
	fail := func(err error) (protocol.Envelope, error) {
		return protocol.Envelope{}, fmt.Errorf("seal clearing: %w", err)
	}
	settlement := t.knownSettlement()
	if settlement == nil {
		return fail(errCertificate)
	}
	certificate, err := protocol.Parse[protocol.Certificate](tap.Terminal)
	if err != nil {
		return fail(err)
	}
	signer, err := t.Unit.Signer()
	if err != nil {
		return fail(err)
	}
	signed, err := protocol.Sign(signer, protocol.TapClearing{
		Card: of, Pay: pay, Result: result, Terminal: certificate, Merchant: t.Merchant, GivenUp: givenUp,
	})
	if err != nil {
		return fail(err)
	}
	return protocol.SealTapClearing(*settlement.Unverified().Device.Agreement, t.self(), signed)
}

// handIn tells settlement of a tap, as the queue asks for it.
func (t *Till) handIn(ctx context.Context, number uint64) error {
	e, there := t.owedTap(number)
	if !there {
		return nil
	}
	if t.Taps.Clearing == nil {
		return fmt.Errorf("tap %d: %w: no way to clear", number, clearing.ErrUnreachable)
	}
	pay, err := protocol.Parse[protocol.TapPay](e.Tap.Pay)
	if err != nil { // cannot be: the journal's chain holds
		return fmt.Errorf("tap %d: %w", number, err)
	}
	switch e.Event {
	case EventTapResult, EventTapFound:
		answer, err := t.Taps.Clearing.Clear(ctx, protocol.Envelope{Request: pay.Hash(), Sealed: e.Tap.Sealed}, pay)
		if errors.Is(err, ErrTapRefused) { // it is tried again all the same
			t.refusedClearing(ctx, e)
		}
		if err != nil {
			return later(number, err)
		}
		return t.cleared(ctx, e, answer)
	case EventTapAbandoned:
		signer, err := t.Unit.Signer()
		if err != nil {
			return later(number, err)
		}
		signed, err := protocol.Sign(signer, protocol.TapAbandonment{Pay: pay, Card: e.Tap.Card, Sent: protocol.At(e.At)})
		if err != nil {
			return later(number, err)
		}
		answer, err := t.Taps.Clearing.Abandon(ctx, signed)
		if err != nil {
			return later(number, err)
		}
		_, _, err = t.change(ctx, number, EventTapAbandoned, EventTapReported, func(e *Entry) { e.Tap.Cleared = answer.Signed.Bytes() })
		return err
	}
	return nil
}

// later says whether the other taps would fare any better.
func later(number uint64, err error) error {
	for _, nobody := range []error{ErrNotSent, ErrBusy, ErrSettlement} {
		if errors.Is(err, nobody) {
			return fmt.Errorf("tap %d: %w: %w", number, clearing.ErrUnreachable, err)
		}
	}
	return fmt.Errorf("tap %d: %w", number, err)
}

// cleared writes settlement's answer down. What is not as it should be stands as an
// alert until a manager has seen it.
func (t *Till) cleared(ctx context.Context, e Entry, answer ClearingAnswer) error {
	said := answer.Cleared
	wrong := alarming(e.Event, said)
	event := EventTapCleared
	if wrong != "" {
		event = EventTapUncleared
	}
	e, changed, err := t.change(ctx, e.Sale, e.Event, event, func(e *Entry) {
		e.Tap.Cleared, e.Reference = answer.Signed.Bytes(), said.Reference
		if e.Ending == Paid && said.Result != protocol.ClearingCredited {
			e.Ending = Uncredited
		}
	})
	if err != nil || !changed {
		return err
	}
	t.Log.InfoContext(ctx, "tap cleared", "number", e.Sale, "result", said.Result.String(), "forked", said.Forked, "settlement", said.Reference)
	if wrong != "" {
		t.raise(ctx, clearingAlert(e, wrong), true)
	}
	return nil
}

// refusedClearing tells a manager of a tap that settlement refuses to look at: once a
// start, until it has been seen.
func (t *Till) refusedClearing(ctx context.Context, e Entry) {
	t.owed.mu.Lock()
	told := t.owed.refused[e.Sale]
	t.owed.refused[e.Sale] = true
	t.owed.mu.Unlock()
	if !told {
		e.At = t.Now()
		t.raise(ctx, clearingAlert(e, NotLookedAt), true)
	}
}

// alarming is what a manager must know of settlement's answer, or nothing.
func alarming(event Event, said protocol.TapCleared) string {
	want := protocol.ClearingCredited
	if event == EventTapFound {
		want = protocol.ClearingGivenBack
	}
	switch {
	case said.Result != want:
		return said.Result.String()
	case said.Forked:
		return Forked
	}
	return ""
}

// NotLookedAt is Alert.Clearing for a tap that settlement has refused without deciding
// about it; it is handed in again until it is.
const NotLookedAt = "refused"

// Forked is Alert.Clearing for a card whose chain of deductions has come apart, so that
// settlement has blocked it.
const Forked = "forked"

func clearingAlert(e Entry, wrong string) Alert {
	return Alert{Number: e.Sale, Amount: e.Amount, Currency: e.Currency, Since: e.At, Clearing: wrong, Resolved: e.Ending}
}

// alarmAgain is the alert of an entry that no manager has seen before a restart.
func alarmAgain(e Entry) (Alert, error) {
	signed, err := protocol.Parse[protocol.TapCleared](e.Tap.Cleared)
	if err != nil {
		return Alert{}, err
	}
	event := EventTapResult
	if e.Ending == GivenUp {
		event = EventTapFound
	}
	return clearingAlert(e, alarming(event, signed.Unverified())), nil
}
