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
	// GivenUp: a torn tap; nothing was sold, and should the phone have been charged,
	// the money goes back to it.
	GivenUp Ending = "given-up"
	// Uncredited: a wallet has paid by tap, and settlement does not credit it.
	Uncredited Ending = "uncredited"
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
	ReasonNoFinger       Reason = "no-finger"       // the customer has none that can be read
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

// The reasons of taps.
const (
	ReasonTapLost       Reason = "tap-lost"        // taken away too early; nothing was asked for yet
	ReasonTapSlow       Reason = "tap-slow"        // no answer in time; nothing was asked for yet
	ReasonTapTwo        Reason = "tap-two"         // more than one card, or none that can be read
	ReasonTapNotOurs    Reason = "tap-not-ours"    // no wallet, or locked, or it refuses
	ReasonTapBad        Reason = "tap-bad"         // what it says is not genuine
	ReasonTapNumber     Reason = "tap-number"      // its number does not meet the requirements
	ReasonTapBlocked    Reason = "tap-blocked"     // on settlement's list of blocked cards
	ReasonTapExpired    Reason = "tap-expired"     // the card has ended
	ReasonTapIssuer     Reason = "tap-issuer"      // another settlement server's card
	ReasonTapCurrency   Reason = "tap-currency"    // a card in another currency
	ReasonTapFunds      Reason = "tap-funds"       // the card does not hold that much
	ReasonTapRefused    Reason = "tap-refused"     // the owner or the wallet refused
	ReasonTapNever      Reason = "tap-never"       // the torn tap has charged nothing: tap or scan
	ReasonTapTorn       Reason = "tap-torn"        // taken away after it was asked to pay
	ReasonTapOtherCard  Reason = "tap-other-card"  // torn, and another phone was held there
	ReasonTapFull       Reason = "tap-full"        // torn, and the wallet can say no more "never" for now
	ReasonTapMost       Reason = "tap-most"        // more than one tap may be
	ReasonTapCardMost   Reason = "tap-card-most"   // too much of this wallet's is not cleared yet
	ReasonTapUnsent     Reason = "tap-unsent"      // too much of this terminal's is not cleared yet
	ReasonBlocklist     Reason = "tap-blocklist"   // no current list of blocked cards
	ReasonTapSettlement Reason = "tap-certificate" // no certificate of settlement's
	ReasonReaderLost    Reason = "reader-lost"     // no reader
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
