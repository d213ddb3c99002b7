package protocol

import (
	"fmt"
	"time"
)

// Refund, by a terminal, gives back all or part of a paid sale.
//
// Terminal and Key name one refund for ever. Its content is Reference, Amount
// and Currency: the same under the same key is the same refund and answered the
// same, other content under it is RefundConflict. Staff and
// Sent are those of the first message that came; a terminal keeps what it signed
// and repeats those very bytes.
type Refund struct {
	// Reference is settlement's number for the sale.
	Reference uint64   `cbor:"1,keyasint"`
	Amount    Amount   `cbor:"2,keyasint"`
	Currency  Currency `cbor:"3,keyasint"`
	// Key makes a repeated refund the same refund.
	Key Code `cbor:"4,keyasint"`
	// Staff names who approved it.
	Staff ID   `cbor:"5,keyasint"`
	Sent  Time `cbor:"6,keyasint"`
}

func (Refund) context() string { return "cs1/refund" }

func (r Refund) validate() error {
	if r.Reference == 0 {
		return outOfRange("reference")
	}
	if err := (Advice{Amount: r.Amount, Currency: r.Currency, Sent: r.Sent}).validate(); err != nil {
		return err
	}
	return r.Staff.validate("staff")
}

// RefundResult is how settlement decided about a refund.
type RefundResult uint8

// The results. Only RefundMade moved money. All are final for their key: who
// wants to try again after money came in draws a new one.
const (
	RefundMade     RefundResult = 0 // the money went back
	RefundExceeds  RefundResult = 1 // more than is left of the sale
	RefundNotPaid  RefundResult = 2 // this terminal's merchant has no such paid sale, or it was reversed
	RefundConflict RefundResult = 3 // same key, other content: taken for fraud
	RefundDeclined RefundResult = 4 // issuer or acquirer declined
	RefundFunds    RefundResult = 5 // the merchant account does not cover it
)

// String returns the result's name as logs and records spell it.
func (r RefundResult) String() string {
	names := [...]string{"refunded", "exceeds", "not-paid", "conflict", "declined", "funds"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("refund result %d", uint8(r))
}

// RefundOutcome is settlement's signed answer to a refund. It names what it
// answers by key and content and not by the message's hash, because a repeat
// with another Sent is the same refund and gets the same answer.
type RefundOutcome struct {
	// Reference, Key, Amount and Currency are the refund's.
	Reference uint64       `cbor:"1,keyasint"`
	Key       Code         `cbor:"2,keyasint"`
	Result    RefundResult `cbor:"3,keyasint"`
	Amount    Amount       `cbor:"4,keyasint"`
	Currency  Currency     `cbor:"5,keyasint"`
	// Number is settlement's own number for the refund; 0 unless it was made.
	Number uint64 `cbor:"6,keyasint"`
	// Refunded is what has been given back of the sale altogether after this, 0
	// to MaxMinor; 0 where there is no paid sale.
	Refunded Amount `cbor:"7,keyasint"`
	Decided  Time   `cbor:"8,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"9,keyasint"`
}

func (RefundOutcome) context() string { return "cs1/refund-outcome" }

func (o RefundOutcome) validate() error {
	if o.Reference == 0 {
		return outOfRange("reference")
	}
	if o.Result > RefundFunds {
		return outOfRange("result")
	}
	if err := o.Amount.validate(); err != nil {
		return err
	}
	if err := o.Currency.validate(); err != nil {
		return err
	}
	if (o.Number != 0) != (o.Result == RefundMade) {
		return outOfRange("a number belongs to a refund that was made")
	}
	if o.Refunded < 0 || o.Refunded > MaxMinor {
		return outOfRange("refunded altogether")
	}
	if o.Result == RefundMade && o.Refunded < o.Amount {
		return outOfRange("less was refunded altogether than this time")
	}
	if o.Result == RefundNotPaid && o.Refunded != 0 {
		return outOfRange("refunded of a sale that was not paid")
	}
	return o.Decided.validate("decided")
}

// VerifyRefundOutcome checks that the answer was signed under the settlement
// certificate, which must itself be trusted now, and that it is about this
// refund: key and reference (ErrOtherRequest), amount (ErrOtherAmount), currency
// (ErrOtherCurrency).
func VerifyRefundOutcome(o *Signed[RefundOutcome], settlement *Signed[Certificate], refund Refund, t Trust, now time.Time) (RefundOutcome, error) {
	outcome, err := verifyAnswer(o, o.Unverified().Signer, settlement, t, now)
	switch {
	case err != nil:
		return RefundOutcome{}, err
	case outcome.Key != refund.Key || outcome.Reference != refund.Reference:
		return RefundOutcome{}, fmt.Errorf("%w: outcome is about another refund", ErrOtherRequest)
	case outcome.Amount != refund.Amount:
		return RefundOutcome{}, fmt.Errorf("%w: outcome is about %d, not %d", ErrOtherAmount, outcome.Amount, refund.Amount)
	case outcome.Currency != refund.Currency:
		return RefundOutcome{}, fmt.Errorf("%w: outcome is about %d, not %d", ErrOtherCurrency, outcome.Currency, refund.Currency)
	}
	return outcome, nil
}
