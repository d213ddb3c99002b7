package ledger

import (
	"bytes"
	"fmt"

	"countersign/protocol"
)

// TapKey is where a tap is kept, for ever: the terminal and the first half of
// H(PAY), the whole of which is in the record; for what the operator closed see
// ClosedTapKey. Entries and refunds of a tap name it in the place of a sale.
type TapKey struct {
	_        struct{} `cbor:",toarray"`
	Terminal protocol.ID
	Pay      protocol.Code
}

// NewTapKey returns the key of a tap.
func NewTapKey(terminal protocol.ID, pay protocol.Hash) TapKey {
	return TapKey{Terminal: terminal, Pay: protocol.Code(pay[:16])}
}

// Sale is the key as entries and refunds hold it.
func (k TapKey) Sale() SaleKey { return SaleKey{Terminal: k.Terminal, Scramble: k.Pay} }

// TapOf is the inverse of TapKey.Sale.
func TapOf(k SaleKey) TapKey { return TapKey{Terminal: k.Terminal, Pay: k.Scramble} }

// String names a tap in a finding.
func (k TapKey) String() string { return fmt.Sprintf("tap %s/%x", k.Terminal, k.Pay[:4]) }

// Tap is what settlement knows of a PAY: from the wallet alone, until the
// terminal has handed it in (Answer) or given it up (Tombstone). What the wallet
// alone says gives way to the terminal's, also to another PAY of its under the key.
type Tap struct {
	_        struct{} `cbor:",toarray"`
	Pay      protocol.Hash
	Scramble protocol.Code
	Amount   protocol.Amount
	Currency protocol.Currency
	// Mark is the card's, as the abandonment names it; zeros without one.
	Mark protocol.CardMark
	// Number, Counter and Result name the deduction: its card, its place in the
	// chain and its hash; empty while there is none.
	Number  protocol.CardNumber
	Counter uint64
	Result  protocol.Hash
	// GivenUp and Decision are of the clearing that Answer answers.
	GivenUp  bool
	Decision protocol.ClearingResult
	// Reference, Merchant and Refunded are of a tap that was credited.
	Reference uint64
	Merchant  AccountID
	Refunded  protocol.Amount
	// Entry moved the money, to the merchant or back to the card; 0 if none did.
	Entry uint64
	// Answer and Tombstone are the signed answers to clearing and abandonment.
	Answer, Tombstone []byte
	// Conflicts are the refusals of other results for the same PAY.
	Conflicts []TapConflict
}

// TapConflict is a refusal of another result for a PAY.
type TapConflict struct {
	_       struct{} `cbor:",toarray"`
	Result  protocol.Hash
	GivenUp bool
	Answer  []byte
}

// Credited says whether the merchant has the money.
func (t Tap) Credited() bool { return t.Answer != nil && t.Decision == protocol.ClearingCredited }

// Answered returns what was answered to a result that a terminal handed in; nil
// if there is something to decide or to refuse. Once a tap was given up it does
// not matter whether its clearing says so.
func (t Tap) Answered(result protocol.Hash, givenUp bool) []byte {
	if t.Answer != nil && t.Result == result && (t.GivenUp == givenUp || t.Tombstone != nil) {
		return t.Answer
	}
	for _, c := range t.Conflicts {
		if c.Result == result && c.GivenUp == givenUp {
			return c.Answer
		}
	}
	return nil
}

// follows says why t may not replace old.
func (t Tap) follows(old Tap) error {
	decided := old.Answer != nil || old.Tombstone != nil
	switch {
	case t.Pay != old.Pay && !decided: // which a card has made up
		return nil
	case t.Pay != old.Pay:
		return fmt.Errorf("%w: another tap is kept there", ErrExists)
	case decided && (t.Amount != old.Amount || t.Currency != old.Currency || t.Scramble != old.Scramble || t.Mark != old.Mark):
		return fmt.Errorf("%w: what a tap is about", ErrKept)
	case old.Tombstone != nil && !bytes.Equal(t.Tombstone, old.Tombstone):
		return fmt.Errorf("%w: that a tap was given up", ErrKept)
	case old.Entry != 0 && (t.Entry != old.Entry || t.Number != old.Number || t.Counter != old.Counter || t.Result != old.Result):
		return fmt.Errorf("%w: what a tap moved", ErrKept)
	case old.Answer != nil && (!bytes.Equal(t.Answer, old.Answer) || t.Result != old.Result || t.GivenUp != old.GivenUp || t.Decision != old.Decision ||
		t.Reference != old.Reference || t.Merchant != old.Merchant || t.Entry != old.Entry || t.Tombstone != nil && old.Tombstone == nil):
		return fmt.Errorf("%w: a decided tap", ErrKept)
	case t.Refunded < old.Refunded || len(t.Conflicts) < len(old.Conflicts):
		return fmt.Errorf("%w: what was refunded or refused", ErrKept)
	}
	for i, c := range old.Conflicts {
		if t.Conflicts[i].Result != c.Result || t.Conflicts[i].GivenUp != c.GivenUp || !bytes.Equal(t.Conflicts[i].Answer, c.Answer) {
			return fmt.Errorf("%w: the refusal of another result", ErrKept)
		}
	}
	return nil
}

func (t Tap) validate() error {
	credited := t.Credited()
	switch {
	case t.Amount < 1 || t.Amount > protocol.MaxMinor:
		return fmt.Errorf("tap of %d", t.Amount)
	case credited != (t.Reference != 0) || credited != (t.Merchant != "") || credited && t.Entry == 0:
		return fmt.Errorf("reference, merchant and entry belong to taps that were credited")
	case t.Refunded < 0 || t.Refunded > t.Amount || t.Refunded > 0 && !credited:
		return fmt.Errorf("refunds of %d of a tap of %d", t.Refunded, t.Amount)
	case (t.Number == "") != (t.Counter == 0):
		return fmt.Errorf("a deduction has both a card and a counter")
	}
	return nil
}
