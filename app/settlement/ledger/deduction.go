package ledger

import (
	"fmt"

	"countersign/protocol"
)

// DeductionState says what became of a deduction.
type DeductionState uint8

// The states. Only a reported one is still to be settled.
const (
	DeductionReported    DeductionState = 1 // the wallet's word; no terminal's yet
	DeductionCredited    DeductionState = 2 // cleared to a merchant
	DeductionGivenBack   DeductionState = 3 // waits for the card again
	DeductionTransferred DeductionState = 4 // waits for another card
	DeductionUnpaid      DeductionState = 5 // final, and moved nothing
)

// String returns the state as lists show it.
func (s DeductionState) String() string {
	names := [...]string{"", "reported", "credited", "given-back", "transferred", "unpaid"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("deduction state %d", uint8(s))
}

// Settled says whether nothing more will become of it.
func (s DeductionState) Settled() bool { return s != DeductionReported }

// Moved says whether money left the purse for it.
func (s DeductionState) Moved() bool {
	return s == DeductionCredited || s == DeductionGivenBack || s == DeductionTransferred
}

// Deduction is a link of a card's chain: a tap or a transfer.
type Deduction struct {
	_              struct{} `cbor:",toarray"`
	Hash, Previous protocol.Hash
	Amount         protocol.Amount
	State          DeductionState
	// Tap is the tap; zeros for a transfer.
	Tap TapKey
	// Entry moved the money; 0 if nothing moved.
	Entry uint64
}

// DeductionKey is a place in a card's chain.
type DeductionKey struct {
	Number  protocol.CardNumber
	Counter uint64
}

// MaxForks bounds the deductions that are kept in one place of a chain.
const MaxForks = 64

// place says why links may not replace old in a place of a chain.
func place(links, old []Deduction) error {
	if len(links) < len(old) || len(links) == 0 || len(links) > MaxForks {
		return fmt.Errorf("%w: a deduction", ErrKept)
	}
	for i, d := range links {
		if d.State < DeductionReported || d.State > DeductionUnpaid || d.State.Moved() != (d.Entry != 0) || d.Amount < 1 {
			return fmt.Errorf("deduction of %d in state %d, entry %d", d.Amount, d.State, d.Entry)
		}
		if i >= len(old) {
			continue
		}
		o := old[i]
		if d.Hash != o.Hash || d.Previous != o.Previous || d.Amount != o.Amount || d.Tap != o.Tap || o.State.Settled() && (d.State != o.State || d.Entry != o.Entry) {
			return fmt.Errorf("%w: a settled deduction", ErrKept)
		}
	}
	return nil
}
