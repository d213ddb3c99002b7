package protocol

import (
	"fmt"
	"time"
)

// CardBlocklist names the virtual cards that settlement no longer honours: the
// lost, the cloned and the rolled back. Lists are sequenced as revocation lists
// are.
type CardBlocklist struct {
	Issuer   ID         `cbor:"1,keyasint"`
	Sequence uint64     `cbor:"2,keyasint"`
	Issued   Time       `cbor:"3,keyasint"`
	Blocked  []CardMark `cbor:"4,keyasint"` // sorted, each once, at most 16384
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"5,keyasint"`
}

func (CardBlocklist) context() string { return "cs1/card-blocklist" }

func (l CardBlocklist) validate() error {
	if err := l.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := l.Issued.validate("issued"); err != nil {
		return err
	}
	if l.Blocked == nil || len(l.Blocked) > maxRevoked {
		return outOfRange("blocked")
	}
	for i := range l.Blocked {
		if i > 0 && l.Blocked[i-1].Compare(l.Blocked[i]) >= 0 {
			return outOfRange("blocked cards are not sorted")
		}
	}
	return nil
}

// Blocks says whether a card is on the list.
func (l CardBlocklist) Blocks(card Key) bool {
	mark := MarkOf(card)
	for _, m := range l.Blocked { // some thousands at the most, and once a tap
		if m == mark {
			return true
		}
	}
	return false
}

// VerifyCardBlocklist checks a fetched list against the certificate that it says
// it was signed under, and against the one that it replaces, which may be nil: a
// lower sequence is refused (ErrListStale).
func VerifyCardBlocklist(l *Signed[CardBlocklist], settlement *Signed[Certificate], old *CardBlocklist, t Trust, now time.Time) (CardBlocklist, error) {
	list, err := verifyAnswer(l, l.Unverified().Signer, settlement, t, now)
	if err != nil {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", err)
	}
	if list.Issuer != settlement.Unverified().Subject {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", ErrOtherSettlement)
	}
	if old != nil && old.Issuer == list.Issuer && (list.Sequence < old.Sequence || list.Issued < old.Issued) {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w: sequence %d after %d", ErrListStale, list.Sequence, old.Sequence)
	}
	if list.Issued.Time().Sub(now) > MaxSkew {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", ErrClockSkew)
	}
	return list, nil
}
