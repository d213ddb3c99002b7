package ledger

import (
	"bytes"
	"fmt"
	"slices"

	"countersign/protocol"
)

// RefundKey is where a refund is kept, for ever: the terminal that asked for it
// and the key that it drew.
type RefundKey struct {
	_        struct{} `cbor:",toarray"`
	Terminal protocol.ID
	Key      protocol.Code
}

// String names a refund in a finding.
func (k RefundKey) String() string { return fmt.Sprintf("refund %s/%x", k.Terminal, k.Key[:4]) }

// RefundState says how far a refund has come.
type RefundState uint8

// The states. Pending is a card's refund that the acquirer has not answered.
const (
	RefundPending RefundState = 1
	RefundDone    RefundState = 2
	RefundRefused RefundState = 3
)

// Refund is a refund that was asked for, and what became of it.
type Refund struct {
	_ struct{} `cbor:",toarray"`
	// Reference is the number that the sale was asked for by, and Sale is the
	// one that bears it; the zero SaleKey if none does.
	Reference uint64
	Sale      SaleKey
	Amount    protocol.Amount
	Currency  protocol.Currency
	// Staff approved it, at the shop.
	Staff protocol.ID
	State RefundState
	// Number is the refund's own, set when it is done.
	Number  uint64
	Decided protocol.Time
	// Answer is the signed answer, repeated to whoever asks again; nil while
	// pending.
	Answer []byte
	// Conflicts are the refusals of other refunds under the same key.
	Conflicts []RefundConflict
}

// RefundConflict is a refusal of other content under a refund's key.
type RefundConflict struct {
	_         struct{} `cbor:",toarray"`
	Reference uint64
	Amount    protocol.Amount
	Currency  protocol.Currency
	Decided   protocol.Time
	Answer    []byte
}

func (c RefundConflict) equal(d RefundConflict) bool {
	return c.Reference == d.Reference && c.Amount == d.Amount && c.Currency == d.Currency && c.Decided == d.Decided && bytes.Equal(c.Answer, d.Answer)
}

// follows says why r may not replace old.
func (r Refund) follows(old Refund) error {
	switch {
	case r.Reference != old.Reference || r.Sale != old.Sale || r.Amount != old.Amount || r.Currency != old.Currency || r.Staff != old.Staff:
		return fmt.Errorf("%w: what the refund is about", ErrKept)
	case old.State != RefundPending && (r.State != old.State || r.Number != old.Number || r.Decided != old.Decided || !bytes.Equal(r.Answer, old.Answer)):
		return fmt.Errorf("%w: a decided refund", ErrKept)
	}
	if len(r.Conflicts) < len(old.Conflicts) || !slices.EqualFunc(r.Conflicts[:len(old.Conflicts)], old.Conflicts, RefundConflict.equal) {
		return fmt.Errorf("%w: the refusal of another refund", ErrKept)
	}
	return nil
}

func (r Refund) validate() error {
	pending, done := r.State == RefundPending, r.State == RefundDone
	switch {
	case r.State < RefundPending || r.State > RefundRefused:
		return fmt.Errorf("refund in state %d", r.State)
	case pending != (len(r.Answer) == 0):
		return fmt.Errorf("a signed answer belongs to every decided refund, and to no other")
	case done != (r.Number != 0):
		return fmt.Errorf("a number belongs to every refund that was made, and to no other")
	}
	return nil
}
