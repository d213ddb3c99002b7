package protocol

import (
	"errors"
	"fmt"
	"time"
)

// Sum is money added up, in minor units: 0 to 2^53, which every CBOR and JSON
// library holds exactly.
type Sum int64

const maxSum Sum = 1 << 53

// maxCount is the most that loads and deductions are numbered to, for the same reason; and so
// that whoever keeps the books can add one to a number that a card made up.
const maxCount = 1 << 53

func validCount(n uint64, least uint64, field string) error {
	if n < least || n > maxCount {
		return outOfRange(field)
	}
	return nil
}

// LoadRequest, by a card's key, asks settlement for money on the card (充值, step S1):
// out of the card's account, or what waits for it there.
//
// Number, Sequence and Nonce name one request for ever. A wallet keeps it until
// it has a definite answer and repeats those very bytes.
type LoadRequest struct {
	Number CardNumber `cbor:"1,keyasint"`
	// Nonce is fresh from the trusted application; the load must carry it.
	Nonce    Code     `cbor:"2,keyasint"`
	Amount   Amount   `cbor:"3,keyasint"`
	Currency Currency `cbor:"4,keyasint"`
	// Sequence is one more than the last load's; the first is 1.
	Sequence uint64 `cbor:"5,keyasint"`
	// Waiting asks for what waits (CardState.Waiting): transfers from other wallets and
	// taps given back. Otherwise the card's account is debited.
	Waiting bool `cbor:"6,keyasint"`
	Sent    Time `cbor:"7,keyasint"`
}

func (LoadRequest) context() string { return "cs1/load-request" }

func (r LoadRequest) validate() error {
	if err := validCount(r.Sequence, 1, "sequence"); err != nil {
		return err
	}
	return errors.Join(r.Number.validate(), r.Amount.validate(), r.Currency.validate(), r.Sent.validate("sent"))
}

// Load is money on a card, signed by settlement after the account was debited. It is good once:
// for this card, as its next load, with the nonce that its wallet waits for.
type Load struct {
	Number   CardNumber `cbor:"1,keyasint"`
	Sequence uint64     `cbor:"2,keyasint"`
	Amount   Amount     `cbor:"3,keyasint"`
	Currency Currency   `cbor:"4,keyasint"`
	// Total is the sum of all loads of this card up to this one.
	Total Sum  `cbor:"5,keyasint"`
	Nonce Code `cbor:"6,keyasint"`
	Made  Time `cbor:"7,keyasint"`
	// Cleared is the counter up to which all of the card's deductions are settled: their results
	// need not be kept any longer.
	Cleared uint64 `cbor:"8,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"9,keyasint"`
}

func (Load) context() string { return "cs1/load" }

func (l Load) validate() error {
	if err := errors.Join(validCount(l.Sequence, 1, "sequence"), validCount(l.Cleared, 0, "cleared")); err != nil {
		return err
	}
	if l.Total < Sum(l.Amount) || l.Total > maxSum {
		return outOfRange("total")
	}
	return errors.Join(l.Number.validate(), l.Amount.validate(), l.Currency.validate(), l.Made.validate("made"))
}

// VerifyLoad is done by the trusted application before it credits: signed under
// settlement's certificate, and the answer to this request, which must be the one that it
// waits for (ErrOtherRequest, ErrOtherAmount, ErrOtherCurrency). total is what was loaded
// before.
func VerifyLoad(l *Signed[Load], settlement *Signed[Certificate], asked LoadRequest, total Sum, t Trust, now time.Time) (Load, error) {
	load, err := verifyAnswer(l, l.Unverified().Signer, settlement, t, now)
	switch {
	case err != nil:
		return Load{}, err
	case load.Number != asked.Number || load.Nonce != asked.Nonce || load.Sequence != asked.Sequence:
		return Load{}, fmt.Errorf("%w: another load", ErrOtherRequest)
	case load.Amount != asked.Amount || load.Total != total+Sum(load.Amount):
		return Load{}, fmt.Errorf("%w: load of %d to %d, not %d to %d", ErrOtherAmount, load.Amount, load.Total, asked.Amount, total+Sum(asked.Amount))
	case load.Currency != asked.Currency:
		return Load{}, fmt.Errorf("%w: load in %d", ErrOtherCurrency, load.Currency)
	}
	return load, nil
}

// Transfer, by a card's key, gives money to another virtual card (转账, step S1). It is a
// deduction in the sender's chain as a tap is. What settlement cannot
// deliver waits for the sender again.
type Transfer struct {
	From     CardNumber `cbor:"1,keyasint"`
	To       CardNumber `cbor:"2,keyasint"`
	Amount   Amount     `cbor:"3,keyasint"`
	Currency Currency   `cbor:"4,keyasint"`
	// Counter and Previous are as in TapResult.
	Counter  uint64 `cbor:"5,keyasint"`
	Previous Hash   `cbor:"6,keyasint"`
	Nonce    Code   `cbor:"7,keyasint"`
	Sent     Time   `cbor:"8,keyasint"`
}

func (Transfer) context() string { return "cs1/transfer" }

func (t Transfer) validate() error {
	if err := validCount(t.Counter, 1, "counter"); err != nil {
		return err
	}
	if (t.Counter == 1) != (t.Previous == Hash{}) {
		return outOfRange("previous of the first deduction, or none of a later one")
	}
	if t.From == t.To {
		return outOfRange("transfer to itself")
	}
	return errors.Join(t.From.validate(), t.To.validate(), t.Amount.validate(), t.Currency.validate(), t.Sent.validate("sent"))
}

// TransferResult is what settlement did with a transfer.
type TransferResult uint8

// The results; all are final.
const (
	TransferMade      TransferResult = 0 // the money waits for the other card
	TransferReturned  TransferResult = 1 // it could not be delivered, and waits for the sender
	TransferConflict  TransferResult = 2 // the chain has another deduction in its place: taken for fraud
	TransferUncovered TransferResult = 3 // more than is left of what was loaded: a rolled-back or cloned card
)

// Booked says whether the transfer is on the books: it moved money, and bears a number.
func (r TransferResult) Booked() bool { return r == TransferMade || r == TransferReturned }

// String returns the result's name.
func (r TransferResult) String() string {
	names := [...]string{"made", "returned", "conflict", "uncovered"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("transfer result %d", uint8(r))
}

// TransferReceipt is settlement's signed answer to a transfer, and to its repeats.
type TransferReceipt struct {
	Transfer Hash           `cbor:"1,keyasint"` // H(Transfer)
	Result   TransferResult `cbor:"2,keyasint"`
	// Reference is settlement's number for the transfer; 0 for one that is not Booked.
	Reference uint64 `cbor:"3,keyasint"`
	Decided   Time   `cbor:"4,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"5,keyasint"`
}

func (TransferReceipt) context() string { return "cs1/transfer-receipt" }

func (r TransferReceipt) validate() error {
	if r.Result > TransferUncovered {
		return outOfRange("result")
	}
	if (r.Reference != 0) != r.Result.Booked() {
		return outOfRange("a reference belongs to a transfer that is on the books")
	}
	return r.Decided.validate("decided")
}

// VerifyTransferReceipt is the wallet's check of the answer to its transfer.
func VerifyTransferReceipt(r *Signed[TransferReceipt], settlement *Signed[Certificate], transfer Hash, t Trust, now time.Time) (TransferReceipt, error) {
	receipt, err := verifyAnswer(r, r.Unverified().Signer, settlement, t, now)
	if err != nil {
		return TransferReceipt{}, err
	}
	if receipt.Transfer != transfer {
		return TransferReceipt{}, fmt.Errorf("%w: receipt of another transfer", ErrOtherRequest)
	}
	return receipt, nil
}

// maxReported bounds the results that one question carries.
const maxReported = 32

// CardQuestion, by a card's key, asks how the card stands at settlement, and
// hands in deductions that settlement may not have seen: what a terminal gave up after a
// torn tap is given back on the strength of them.
type CardQuestion struct {
	Number CardNumber `cbor:"1,keyasint"`
	Sent   Time       `cbor:"2,keyasint"`
	// Results are kept deductions by ascending counter, at most 32, perhaps none.
	Results []*Signed[TapResult] `cbor:"3,keyasint"`
}

func (CardQuestion) context() string { return "cs1/card-question" }

func (q CardQuestion) validate() error {
	if q.Results == nil || len(q.Results) > maxReported {
		return outOfRange("results")
	}
	var last uint64
	for _, r := range q.Results {
		if r == nil || r.Unverified().Counter <= last {
			return outOfRange("results are not by ascending counter")
		}
		last = r.Unverified().Counter
	}
	return errors.Join(q.Number.validate(), q.Sent.validate("sent"))
}

// CardState is settlement's signed answer to a CardQuestion.
type CardState struct {
	Number   CardNumber `cbor:"1,keyasint"`
	Currency Currency   `cbor:"2,keyasint"`
	// Waiting is what a LoadRequest may ask for with Waiting.
	Waiting Sum `cbor:"3,keyasint"`
	// Sequence and Total are of the last load; 0 before the first.
	Sequence uint64 `cbor:"4,keyasint"`
	Total    Sum    `cbor:"5,keyasint"`
	Cleared  uint64 `cbor:"6,keyasint"` // as in Load
	Blocked  bool   `cbor:"7,keyasint"`
	Decided  Time   `cbor:"8,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"9,keyasint"`
}

func (CardState) context() string { return "cs1/card-state" }

func (s CardState) validate() error {
	if err := errors.Join(validCount(s.Sequence, 0, "sequence"), validCount(s.Cleared, 0, "cleared")); err != nil {
		return err
	}
	if s.Waiting < 0 || s.Waiting > maxSum || s.Total < 0 || s.Total > maxSum || (s.Sequence == 0) != (s.Total == 0) {
		return outOfRange("waiting or total")
	}
	return errors.Join(s.Number.validate(), s.Currency.validate(), s.Decided.validate("decided"))
}

// VerifyCardState is the wallet's check of the answer to its question: about this
// card (ErrOtherRequest), and decided now by the wallet's clock, with the bounds of
// VerifyRequest (ErrClockSkew, ErrRequestStale), since nothing else in it would tell an earlier
// answer from this one.
func VerifyCardState(s *Signed[CardState], settlement *Signed[Certificate], number CardNumber, t Trust, now time.Time) (CardState, error) {
	state, err := verifyAnswer(s, s.Unverified().Signer, settlement, t, now)
	if err != nil {
		return CardState{}, err
	}
	if state.Number != number {
		return CardState{}, fmt.Errorf("%w: state of another card", ErrOtherRequest)
	}
	if err := current(state.Decided, now); err != nil {
		return CardState{}, fmt.Errorf("state of a card: %w", err)
	}
	return state, nil
}
