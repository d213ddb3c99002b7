package protocol

import (
	"fmt"
	"time"
)

// Result is how settlement decided about a sale (steps 14 and 15).
type Result uint8

// The results. Only ResultPaid moved money; ResultRetryFinger is the only one
// that is not final.
const (
	ResultPaid        Result = 0 // the money moved
	ResultRetryFinger Result = 1 // the finger did not match; it may be tried again
	ResultFinger      Result = 2 // the finger did not match, or is locked
	ResultWallet      Result = 3 // wallet's certificate, signature or account refused
	ResultTerminal    Result = 4 // terminal's certificate, signature or merchant account refused
	ResultLate        Result = 5 // after the request's end; its code is burnt
	ResultConflict    Result = 6 // same key, other content: taken for fraud
	ResultFunds       Result = 7 // not enough money in the account
	ResultReversed    Result = 8 // taken back by the terminal, or never to be charged
	ResultDeclined    Result = 9 // the card's issuer declined
)

// String returns the result's name as logs and records spell it.
func (r Result) String() string {
	names := [...]string{"paid", "retry-finger", "finger", "wallet", "terminal", "late", "conflict", "funds", "reversed", "declined"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("result %d", uint8(r))
}

// Final says whether nothing more will be decided about the sale.
func (r Result) Final() bool { return r != ResultRetryFinger }

// Outcome is settlement's signed answer (step 15). The terminal shows and
// journals it and offers it to the phone as a CS1T: code.
type Outcome struct {
	// Request and Payment say which sale this is about.
	Request Hash `cbor:"1,keyasint"`
	Payment Hash `cbor:"2,keyasint"`
	// Attempt is the finger attempt that this answers, 1 to 3.
	Attempt uint8  `cbor:"3,keyasint"`
	Result  Result `cbor:"4,keyasint"`
	// Reference is settlement's number for the sale; 0 when none was given.
	Reference uint64   `cbor:"5,keyasint"`
	Amount    Amount   `cbor:"6,keyasint"`
	Currency  Currency `cbor:"7,keyasint"`
	Decided   Time     `cbor:"8,keyasint"`
	// Signer is the first 8 bytes of the Hash of settlement's certificate: it
	// tells which of settlement's keys to verify with.
	Signer [8]byte `cbor:"9,keyasint"`
}

func (Outcome) context() string { return "cs1/outcome" }

func (o Outcome) validate() error {
	if o.Attempt < 1 || o.Attempt > MaxAttempts {
		return outOfRange("attempt")
	}
	if o.Result > ResultDeclined {
		return outOfRange("result")
	}
	if o.Result == ResultPaid && o.Reference == 0 {
		return outOfRange("paid without a reference")
	}
	if o.Result == ResultRetryFinger && o.Attempt == MaxAttempts {
		return outOfRange("no attempt is left to retry")
	}
	if err := o.Amount.validate(); err != nil {
		return err
	}
	if err := o.Currency.validate(); err != nil {
		return err
	}
	return o.Decided.validate("decided")
}

// AttemptsLeft returns how many fingers may still be tried.
func (o Outcome) AttemptsLeft() int {
	if o.Result != ResultRetryFinger {
		return 0
	}
	return MaxAttempts - int(o.Attempt)
}

// VerifyOutcome checks that an outcome was signed under the settlement
// certificate, which must itself be trusted now, and that it is about this
// request and payment. Terminal and wallet both do so before they believe it.
func VerifyOutcome(o *Signed[Outcome], settlement *Signed[Certificate], request, payment Hash, t Trust, now time.Time) (Outcome, error) {
	outcome, err := verifyAnswer(o, o.Unverified().Signer, settlement, t, now)
	if err != nil {
		return Outcome{}, err
	}
	if outcome.Request != request || outcome.Payment != payment {
		return Outcome{}, fmt.Errorf("%w: outcome is about another sale", ErrOtherRequest)
	}
	return outcome, nil
}
