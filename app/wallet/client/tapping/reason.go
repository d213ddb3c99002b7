package tapping

import (
	"context"
	"errors"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// Reason is why something was not done.
type Reason string

// The reasons.
const (
	ReasonNone       Reason = ""
	ReasonNoPIN      Reason = "no-pin"
	ReasonLocked     Reason = "pin-locked"
	ReasonDeclined   Reason = "declined"
	ReasonWaits      Reason = "waits"       // settlement's answer is not known yet
	ReasonRefused    Reason = "refused"     // by settlement
	ReasonFunds      Reason = "funds"       // of the account, or of the card
	ReasonCeiling    Reason = "ceiling"     // the card may not hold so much
	ReasonBlocked    Reason = "blocked"     //
	ReasonRolledBack Reason = "rolled-back" // an older copy was put back
	ReasonClock      Reason = "clock"       //
	ReasonExpired    Reason = "expired"     //
	ReasonListStale  Reason = "list-stale"  //
	ReasonNumber     Reason = "number"      // not a card's number
	ReasonRadio      Reason = "radio"       //
	ReasonField      Reason = "field"       // the phone left the field too early
	ReasonTime       Reason = "time"        // nothing came
	ReasonEnded      Reason = "trusted"     // the trusted application has ended
	ReasonUnexpected Reason = "unexpected"
)

// reasonOf names an error; nil and the context's are none.
func reasonOf(err error) Reason {
	if err == nil || errors.Is(err, context.Canceled) {
		return ReasonNone
	}
	for _, known := range []struct {
		err    error
		reason Reason
	}{
		{ErrRadioLost, ReasonRadio}, {ErrFieldLost, ReasonField}, {errTime, ReasonTime}, {trusted.ErrEnded, ReasonEnded},
		{trusted.ErrNoPIN, ReasonNoPIN}, {trusted.ErrLocked, ReasonLocked},
		{trusted.ErrDeclined, ReasonDeclined}, {trusted.ErrPromptOver, ReasonDeclined}, {purse.ErrDeclined, ReasonDeclined},
		{purse.ErrFunds, ReasonFunds}, {purse.ErrCeiling, ReasonCeiling}, {purse.ErrBlocked, ReasonBlocked},
		{purse.ErrRolledBack, ReasonRolledBack}, {purse.ErrClock, ReasonClock}, {protocol.ErrExpired, ReasonExpired},
		{protocol.ErrListStale, ReasonListStale}, {protocol.ErrCardNumber, ReasonNumber}, {protocol.ErrRange, ReasonNumber},
		{commands.ErrCardWaits, ReasonWaits}, {purse.ErrWaits, ReasonWaits}, {commands.ErrCardRefused, ReasonRefused},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return ReasonUnexpected
}
