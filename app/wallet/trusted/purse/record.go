package purse

import (
	"encoding/binary"
	"fmt"

	"countersign/protocol"
)

// recordVersion is the format of the records below.
const recordVersion = 1

// state is all that the balance rests on, in one record.
type state struct {
	Version uint8 `cbor:"1,keyasint"`
	// Highest is the highest time seen.
	Highest protocol.Time `cbor:"2,keyasint"`
	// Application waits for its card; Key is the card key's thumbprint, zeros before the
	// first application.
	Application *application  `cbor:"3,keyasint"`
	Key         protocol.Hash `cbor:"4,keyasint"`
	// Card is the virtual card, Handle what the client holds of it.
	Card   []byte `cbor:"5,keyasint"`
	Handle []byte `cbor:"6,keyasint"`
	// Sequence, Total and Loaded (its hash) are of the last load; Requests are those that
	// may still be answered as the next one.
	Sequence uint64        `cbor:"7,keyasint"`
	Total    protocol.Sum  `cbor:"8,keyasint"`
	Loaded   protocol.Hash `cbor:"9,keyasint"`
	Requests []request     `cbor:"10,keyasint"`
	// Counter and Head are of the last deduction, Deducted the sum of all.
	Counter  uint64        `cbor:"11,keyasint"`
	Head     protocol.Hash `cbor:"12,keyasint"`
	Deducted protocol.Sum  `cbor:"13,keyasint"`
	// Dropped, Base and Before are counter, hash and sum of the deductions that are not
	// kept any more.
	Dropped uint64        `cbor:"14,keyasint"`
	Base    protocol.Hash `cbor:"15,keyasint"`
	Before  protocol.Sum  `cbor:"16,keyasint"`
	// What settlement said last, at Decided: Waiting, Cleared, Blocked. RolledBack is for
	// ever.
	Decided    protocol.Time `cbor:"17,keyasint"`
	Waiting    protocol.Sum  `cbor:"18,keyasint"`
	Cleared    uint64        `cbor:"19,keyasint"`
	Blocked    bool          `cbor:"20,keyasint"`
	RolledBack bool          `cbor:"21,keyasint"`
	// Unconfirmed counts and UnconfirmedSum adds up the taps since the owner's last word.
	Unconfirmed    uint32       `cbor:"22,keyasint"`
	UnconfirmedSum protocol.Sum `cbor:"23,keyasint"`
	// Burnt are the codes that RECOVER was told were never deducted.
	Burnt []burnt `cbor:"24,keyasint"`
	// First and Next bound the numbers of the history's entries.
	First uint64 `cbor:"25,keyasint"`
	Next  uint64 `cbor:"26,keyasint"`
	// Written counts the transactions.
	Written uint64 `cbor:"27,keyasint"`
}

// application is an application for a card that has no answer yet.
type application struct {
	_        struct{} `cbor:",toarray"`
	Account  protocol.Account
	Currency protocol.Currency
	Key      protocol.Code
	Sent     protocol.Time
	// Wallet is the hash of the certificate that Message was made under.
	Wallet  protocol.Hash
	Message []byte
}

// request is a load request without a definite answer. Refused says that somebody
// said that settlement refused it.
type request struct {
	_       struct{} `cbor:",toarray"`
	Message []byte
	Refused bool
}

// burnt is a code that deducts nothing until a time.
type burnt struct {
	_        struct{} `cbor:",toarray"`
	Terminal protocol.ID
	Code     protocol.Code
	Until    protocol.Time
}

// balance is the card's money, minor units.
func (s *state) balance() protocol.Sum { return s.Total - s.Deducted }

func (s *state) valid() error {
	switch {
	case s.Version != recordVersion:
		return fmt.Errorf("%w: version %d", ErrDamaged, s.Version)
	case s.Total < 0 || s.Deducted < 0 || s.Before < 0 || s.UnconfirmedSum < 0 || s.Waiting < 0,
		s.Before > s.Deducted, s.Deducted > s.Total:
		return fmt.Errorf("%w: sums", ErrDamaged)
	case s.Dropped > s.Counter || (s.Counter == 0) != (s.Head == protocol.Hash{}) || (s.Dropped == 0) != (s.Base == protocol.Hash{}),
		(s.Counter == 0) != (s.Deducted == 0), (s.Sequence == 0) != (s.Total == 0), s.First > s.Next:
		return fmt.Errorf("%w: counters", ErrDamaged)
	case (s.Card == nil) != (s.Handle == nil), s.Card != nil && s.Key == protocol.Hash{}, s.Card == nil && s.Total != 0:
		return fmt.Errorf("%w: card", ErrDamaged)
	case len(s.Requests) > maxRequests, len(s.Burnt) > maxBurnt:
		return fmt.Errorf("%w: lists", ErrDamaged)
	}
	return nil
}

// kept is a deduction as it is kept.
type kept struct {
	_ struct{} `cbor:",toarray"`
	// Transfer says that Message is a Transfer, not a TapResult.
	Transfer bool
	Message  []byte
	At       protocol.Time
	// Receipt is settlement's answer to a transfer, History the number of its entry.
	Receipt receipt
	History uint64
}

// receipt is how a transfer stands.
type receipt uint8

const (
	receiptNone receipt = iota // not a transfer, or not answered yet
	receiptMade
	receiptReturned
	receiptConflict
)

func encode(v any) ([]byte, error) {
	b, err := protocol.EncodeRecord(v)
	if err != nil {
		return nil, fmt.Errorf("keep the purse: %w", err)
	}
	return b, nil
}

// decode accepts only what encode makes.
func decode(b []byte, v any) error {
	if err := protocol.DecodeRecord(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func decodeState(b []byte) (state, error) {
	var s state
	if err := decode(b, &s); err != nil {
		return state{}, err
	}
	return s, s.valid()
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
