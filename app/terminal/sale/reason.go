package sale

import (
	"context"
	"errors"

	"countersign/protocol"
)

// Ending is how a sale ended.
type Ending string

// The endings.
const (
	Paid      Ending = "paid"
	Refused   Ending = "refused"
	Cancelled Ending = "cancelled"
	Expired   Ending = "expired"
	// Reversed: the outcome was unknown, and settlement has confirmed that
	// nothing is or stays charged.
	Reversed Ending = "reversed"
	// Refunded: settlement has given the money back.
	Refunded Ending = "refunded"
)

// Reason is why, as a screen chooses its words by it: the key of a phrase.
type Reason string

// The reasons. Those of settlement are its results.
const (
	ReasonNone           Reason = ""
	ReasonNotOurs        Reason = "not-ours"        // some other QR code
	ReasonDamaged        Reason = "damaged"         // ours, but broken
	ReasonOtherSale      Reason = "other-sale"      // sealed for another terminal or request: also a photographed code
	ReasonOtherAmount    Reason = "other-amount"    // a genuine wallet confirmed another amount
	ReasonOtherCurrency  Reason = "other-currency"  // or another currency
	ReasonWrongCode      Reason = "wrong-code"      // wrong or spent scramble code
	ReasonOtherAuthority Reason = "other-authority" // not a genuine wallet
	ReasonRole           Reason = "role"            // a certificate, but not a wallet's
	ReasonNotYetValid    Reason = "not-yet-valid"   // the wallet's certificate begins later
	ReasonCertExpired    Reason = "cert-expired"    // the wallet's certificate has ended
	ReasonRevoked        Reason = "revoked"         // the wallet's certificate was taken back
	ReasonTimedOut       Reason = "timed-out"       // nobody paid, or no finger came
	ReasonFingerPoor     Reason = "finger-poor"     // too poor to read, too often
	ReasonSensorLost     Reason = "sensor-lost"     // sensor pulled out
	ReasonCameraLost     Reason = "camera-lost"     // no camera
	ReasonToken          Reason = "token"           // the secure unit failed
	ReasonJournal        Reason = "journal"         // the journal could not be written
	ReasonUnreachable    Reason = "unreachable"     // settlement unreachable before sending
	ReasonBusy           Reason = "busy"            // settlement not ready
	ReasonSettlement     Reason = "not-settlement"  // settlement's certificate is not genuine
	ReasonOwnCert        Reason = "own-certificate" // our certificate has ended, or our clock is wrong
	ReasonListStale      Reason = "list-stale"      // no current revocation list
	ReasonFinger         Reason = "finger"          // settlement: not the owner's finger
	ReasonRetryFinger    Reason = "retry-finger"    // settlement: try again
	ReasonWallet         Reason = "wallet"          // settlement: wallet or account refused
	ReasonTerminal       Reason = "terminal"        // settlement: this terminal or its account refused
	ReasonLate           Reason = "late"            // settlement: too late
	ReasonConflict       Reason = "conflict"        // settlement: same sale, other content
	ReasonFunds          Reason = "funds"           // settlement: not enough money
	ReasonReversed       Reason = "reversed"        // settlement: taken back before
	ReasonNoAnswer       Reason = "no-answer"       // unknown
	ReasonDeclined       Reason = "declined"        // settlement: the card's issuer declined
	ReasonFull           Reason = "disk-full"       // no room for a new sale
	ReasonExceeds        Reason = "exceeds"         // settlement: more than is left of the sale
	ReasonNotPaid        Reason = "not-paid"        // settlement: there is no such paid sale
	ReasonMerchantFunds  Reason = "merchant-funds"  // settlement: the shop's account does not cover the refund
)

// reasonOf names an error of a step.
func reasonOf(err error) Reason {
	for _, known := range []struct {
		err    error
		reason Reason
	}{
		{ErrFull, ReasonFull},
		{ErrSettlement, ReasonSettlement}, // before the certificate's own faults, which are the wallet's
		{protocol.ErrNotOurs, ReasonNotOurs},
		{protocol.ErrMalformed, ReasonDamaged},
		{protocol.ErrRange, ReasonDamaged},
		{protocol.ErrSealed, ReasonOtherSale},
		{protocol.ErrOtherRequest, ReasonOtherSale},
		{protocol.ErrOtherAmount, ReasonOtherAmount},
		{protocol.ErrOtherCurrency, ReasonOtherCurrency},
		{protocol.ErrOtherAuthority, ReasonOtherAuthority},
		{protocol.ErrSignature, ReasonOtherAuthority},
		{protocol.ErrRole, ReasonRole},
		{protocol.ErrNotYetValid, ReasonNotYetValid},
		{protocol.ErrExpired, ReasonCertExpired},
		{protocol.ErrRevoked, ReasonRevoked},
		{protocol.ErrListStale, ReasonListStale},
		{protocol.ErrRequestExpired, ReasonTimedOut},
		{ErrWrongCode, ReasonWrongCode},
		{ErrFingerPoor, ReasonFingerPoor},
		{ErrSensorLost, ReasonSensorLost},
		{ErrCameraLost, ReasonCameraLost},
		{ErrNotSent, ReasonUnreachable},
		{ErrBusy, ReasonBusy},
		{ErrNoAnswer, ReasonNoAnswer},
		{context.DeadlineExceeded, ReasonTimedOut},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return ReasonToken
}

// reasonOfResult names settlement's result.
func reasonOfResult(r protocol.Result) Reason {
	switch r {
	case protocol.ResultPaid:
		return ReasonNone
	case protocol.ResultRetryFinger:
		return ReasonRetryFinger
	case protocol.ResultFinger:
		return ReasonFinger
	case protocol.ResultWallet:
		return ReasonWallet
	case protocol.ResultTerminal:
		return ReasonTerminal
	case protocol.ResultLate:
		return ReasonLate
	case protocol.ResultConflict:
		return ReasonConflict
	case protocol.ResultFunds:
		return ReasonFunds
	case protocol.ResultDeclined:
		return ReasonDeclined
	}
	return ReasonReversed
}
