package client

import (
	"errors"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Ending is how a payment, or a look at a shop's code, ended.
type Ending string

// The endings. Stopped was ended here, with nothing signed; the others are about
// a payment that was.
const (
	Stopped  Ending = "stopped"
	Paid     Ending = "paid"
	Refused  Ending = "refused"
	Reversed Ending = "reversed"
	Late     Ending = "late"
	// Unseen: settlement never saw the payment and would refuse it by now.
	Unseen Ending = "unseen"
)

// Reason is why, as a screen chooses its words by it: the key of a phrase.
type Reason string

// The reasons. Those of settlement are its results.
const (
	ReasonNone            Reason = ""
	ReasonNotOurs         Reason = "not-ours"         // some other QR code
	ReasonDamaged         Reason = "damaged"          // ours, but broken
	ReasonNotGenuine      Reason = "not-genuine"      // another authority's, a wrong signature, not a terminal's
	ReasonTerminalExpired Reason = "terminal-expired" // the shop's certificate has ended
	ReasonTerminalEarly   Reason = "terminal-early"   // the shop's certificate begins later
	ReasonTerminalRevoked Reason = "terminal-revoked" // the shop's certificate was taken back
	ReasonClockSkew       Reason = "clock-skew"       // see View.Ahead
	ReasonStale           Reason = "stale"            // an old code, or a clock that is far off
	ReasonExpired         Reason = "expired"          // not confirmed in time
	ReasonAnswered        Reason = "answered"         // this wallet has paid this code before
	ReasonOtherSettlement Reason = "other-settlement" // the shop's settlement is not ours
	ReasonNoSettlement    Reason = "no-settlement"    // no good certificate of settlement yet
	ReasonNoAccount       Reason = "no-account"       // none in the shop's currency
	ReasonListStale       Reason = "list-stale"       // no current revocation list
	ReasonOwnCertificate  Reason = "wallet-expired"   // ours is not good now
	ReasonPIN             Reason = "pin"              // the shop asks for a PIN, and none is set
	ReasonPINLocked       Reason = "pin-locked"       // too many wrong PINs
	ReasonDeclinedHere    Reason = "declined-here"    // the owner declined at the trusted screen
	ReasonEnded           Reason = "trusted-ended"    // the trusted application has ended; what it signed just before is pending
	ReasonCamera          Reason = "camera-missing"   // the camera cannot be read
	ReasonToken           Reason = "token"            // the secure unit failed
	ReasonFingerPoor      Reason = "finger-poor"      // too poor to read
	ReasonFingerTries     Reason = "finger-tries"     // too poor to read, too often
	ReasonFingerNone      Reason = "finger-none"      // no finger came
	ReasonSensorLost      Reason = "sensor-lost"      // the phone's sensor does not work
	ReasonOtherReceipt    Reason = "other-receipt"    // an outcome about no payment of ours that is pending
	ReasonForgedReceipt   Reason = "forged-receipt"   // an outcome that settlement did not sign
	ReasonRetryFinger     Reason = "retry-finger"     // settlement: try again at the shop's sensor
	ReasonFinger          Reason = "finger"           // settlement: not the owner's finger
	ReasonWallet          Reason = "wallet"           // settlement: wallet or account refused
	ReasonTerminal        Reason = "terminal"         // settlement: the shop's terminal refused
	ReasonConflict        Reason = "conflict"         // settlement: same sale, other content
	ReasonFunds           Reason = "funds"            // settlement: not enough money
	ReasonDeclined        Reason = "declined"         // the card's issuer declined
)

// reasonOf names an error on the way to a payment. The wallet's and settlement's
// certificates come first: their errors wrap the same causes as the terminal's.
func reasonOf(err error) Reason {
	for _, known := range []struct {
		err    error
		reason Reason
	}{
		{trusted.ErrOwnCertificate, ReasonOwnCertificate},
		{trusted.ErrNoSettlement, ReasonNoSettlement},
		{trusted.ErrEnded, ReasonEnded},
		{trusted.ErrNoPIN, ReasonPIN},
		{trusted.ErrNoScreen, ReasonPIN},
		{trusted.ErrLocked, ReasonPINLocked},
		{trusted.ErrDeclined, ReasonDeclinedHere},
		{trusted.ErrPromptOver, ReasonExpired},
		{trusted.ErrNoAccount, ReasonNoAccount},
		{trusted.ErrAnswered, ReasonAnswered},
		{trusted.ErrNotOffered, ReasonExpired},
		{trusted.ErrNotPending, ReasonOtherReceipt},
		{protocol.ErrNotOurs, ReasonNotOurs},
		{protocol.ErrMalformed, ReasonDamaged},
		{protocol.ErrRange, ReasonDamaged},
		{protocol.ErrOtherAuthority, ReasonNotGenuine},
		{protocol.ErrSignature, ReasonNotGenuine},
		{protocol.ErrRole, ReasonNotGenuine},
		{protocol.ErrNotYetValid, ReasonTerminalEarly},
		{protocol.ErrExpired, ReasonTerminalExpired},
		{protocol.ErrRevoked, ReasonTerminalRevoked},
		{protocol.ErrClockSkew, ReasonClockSkew},
		{protocol.ErrRequestStale, ReasonStale},
		{protocol.ErrRequestExpired, ReasonExpired},
		{protocol.ErrOtherSettlement, ReasonOtherSettlement},
		{protocol.ErrListStale, ReasonListStale},
		{errCamera, ReasonCamera},
		{ErrFingerPoor, ReasonFingerPoor},
		{ErrSensorLost, ReasonSensorLost},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return ReasonToken
}

// reasonOfReceipt names what was wrong with an outcome.
func reasonOfReceipt(err error) Reason {
	switch {
	case errors.Is(err, trusted.ErrNoSettlement):
		return ReasonNoSettlement
	case errors.Is(err, protocol.ErrSignature), errors.Is(err, protocol.ErrOtherAmount):
		return ReasonForgedReceipt
	case errors.Is(err, protocol.ErrOtherRequest):
		return ReasonOtherReceipt // another payment of the same request
	case errors.Is(err, protocol.ErrExpired), errors.Is(err, protocol.ErrRevoked), errors.Is(err, protocol.ErrOtherAuthority),
		errors.Is(err, protocol.ErrNotYetValid), errors.Is(err, protocol.ErrRole):
		return ReasonNoSettlement // the certificate is settlement's
	}
	return reasonOf(err)
}

// endingOf says how a payment with a final result ended.
func endingOf(r protocol.Result) (Ending, Reason) {
	switch r {
	case protocol.ResultPaid:
		return Paid, ReasonNone
	case protocol.ResultReversed:
		return Reversed, ReasonNone
	case protocol.ResultLate:
		return Late, ReasonNone
	case protocol.ResultFinger:
		return Refused, ReasonFinger
	case protocol.ResultWallet:
		return Refused, ReasonWallet
	case protocol.ResultTerminal:
		return Refused, ReasonTerminal
	case protocol.ResultFunds:
		return Refused, ReasonFunds
	case protocol.ResultDeclined:
		return Refused, ReasonDeclined
	}
	return Refused, ReasonConflict
}
