package ledger

import (
	"fmt"

	"countersign/protocol"
)

// PurseAccount is the money on a virtual card: loaded, and neither cleared,
// transferred nor given back.
func PurseAccount(n protocol.CardNumber) AccountID { return AccountID("purse/" + n) }

// WaitingAccount is what waits for a virtual card until its wallet loads it:
// transfers from other cards, refunds, and taps that were given up.
func WaitingAccount(n protocol.CardNumber) AccountID { return AccountID("waiting/" + n) }

// BlockReason says why a virtual card is blocked; 0 if it is not.
type BlockReason uint8

// The reasons. All but BlockReplaced may be lifted by the operator.
const (
	BlockOperator  BlockReason = 1 // the operator's word: lost, stolen
	BlockForked    BlockReason = 2 // two deductions in one place of its chain
	BlockUncovered BlockReason = 3 // it paid more than was loaded
	BlockReplaced  BlockReason = 4 // its wallet has another card by now
)

// String returns the reason as lists show it.
func (r BlockReason) String() string {
	names := [...]string{"", "operator", "forked", "uncovered", "replaced"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("block reason %d", uint8(r))
}

// Purse is what is known of a virtual card, beside the balances of its two
// accounts. It is kept for ever under its number.
type Purse struct {
	_        struct{} `cbor:",toarray"`
	Number   protocol.CardNumber
	Currency protocol.Currency
	// Wallet and WalletKey are whose card it is, and the thumbprint of its
	// certified key; Key is the card's own.
	Wallet    protocol.ID
	WalletKey protocol.Hash
	Key       protocol.Key
	// Account is where loads come from.
	Account AccountID
	Ceiling protocol.Amount
	Expires protocol.Time
	// Signed is the newest card that was signed.
	Signed []byte
	// Sequence and Loaded are of the last load: Loaded is the sum of all.
	Sequence uint64
	Loaded   protocol.Sum
	// Deducted is the sum of all deductions that are known, whatever became of
	// them. Loaded − Deducted is the shadow balance: below zero it tells a card
	// that cheats.
	Deducted protocol.Sum
	// Cleared is the counter up to which all deductions are known and settled.
	Cleared uint64
	// Released is what the operator gave back to the account; a card of which
	// anything was released stays blocked.
	Released protocol.Sum
	// Forked says that the chain was ever found with two deductions in one place.
	Forked    bool
	Blocked   BlockReason
	BlockedAt protocol.Time
	// Note is the operator's, about the block or its end.
	Note string
}

// Mark names the card without its number.
func (p Purse) Mark() protocol.CardMark { return protocol.MarkOf(p.Key) }

// Block blocks the card, unless it is blocked already.
func (p *Purse) Block(why BlockReason, at protocol.Time) {
	if p.Blocked == 0 {
		p.Blocked, p.BlockedAt = why, at
	}
}

// follows says why p may not replace old.
func (p Purse) follows(old Purse) error {
	switch {
	case p.Number != old.Number || p.Currency != old.Currency || p.Wallet != old.Wallet || p.Key != old.Key:
		return fmt.Errorf("%w: whose card it is", ErrKept)
	case p.Loaded < old.Loaded || p.Sequence < old.Sequence || p.Deducted < old.Deducted || p.Cleared < old.Cleared || p.Released < old.Released:
		return fmt.Errorf("%w: what a card has loaded and deducted", ErrKept)
	case old.Forked && !p.Forked:
		return fmt.Errorf("%w: that a chain forked", ErrKept)
	case old.Blocked == BlockReplaced && p.Blocked != BlockReplaced:
		return fmt.Errorf("%w: that a card was replaced", ErrKept)
	}
	return nil
}

func (p Purse) validate() error {
	switch {
	case p.Number.Validate() != nil || p.Wallet == "" || p.Account == "" || len(p.Signed) == 0:
		return fmt.Errorf("virtual card …%s is not whole", p.Number.Ending())
	case p.Currency < 1 || p.Currency > 999 || p.Ceiling < 1:
		return fmt.Errorf("virtual card …%s: currency %d, ceiling %d", p.Number.Ending(), p.Currency, p.Ceiling)
	case p.Released != 0 && p.Blocked == 0:
		return fmt.Errorf("virtual card …%s is not blocked, and %d of it was released", p.Number.Ending(), p.Released)
	case p.Blocked > BlockReplaced || (p.Sequence == 0) != (p.Loaded == 0) || p.Loaded < 0 || p.Deducted < 0:
		return fmt.Errorf("virtual card …%s: blocked %d, %d loads of %d", p.Number.Ending(), p.Blocked, p.Sequence, p.Loaded)
	}
	return nil
}

// PurseLoadKey is where a load is kept, for ever.
type PurseLoadKey struct {
	_        struct{} `cbor:",toarray"`
	Number   protocol.CardNumber
	Sequence uint64
}

// PurseLoad is a load that was made.
type PurseLoad struct {
	_ struct{} `cbor:",toarray"`
	// Request is the hash of the bytes that asked for it.
	Request protocol.Hash
	Amount  protocol.Amount
	Waiting bool
	Total   protocol.Sum
	// Entry moved the money.
	Entry uint64
	Made  protocol.Time
	// Answer is the signed load, repeated to whoever asks again.
	Answer []byte
}

// RefusedLoad is a load that is never made: its request, sequence and nonce.
type RefusedLoad struct {
	_       struct{} `cbor:",toarray"`
	Request protocol.Hash
	// Code is the problem that it was answered with.
	Code    string
	Decided protocol.Time
}

// PurseTransfer is a transfer between cards, kept for ever under its hash.
type PurseTransfer struct {
	_         struct{} `cbor:",toarray"`
	From, To  protocol.CardNumber
	Counter   uint64
	Amount    protocol.Amount
	Result    protocol.TransferResult
	Reference uint64
	Entry     uint64
	Decided   protocol.Time
	Answer    []byte
}

// ApplicationKey names an application for a card: the wallet's key and the
// application's own.
type ApplicationKey struct {
	Wallet protocol.Hash
	Key    protocol.Code
}

// Application is an application for a card that was granted.
type Application struct {
	_       struct{} `cbor:",toarray"`
	Content protocol.Hash
	Number  protocol.CardNumber
	Card    []byte
}

// PurseReference is what a number was given to: a tap that was credited, or the
// hash of a transfer.
type PurseReference struct {
	_        struct{} `cbor:",toarray"`
	Tap      *TapKey
	Transfer *protocol.Hash
}

// BlockedCard is an entry of the list of blocked cards.
type BlockedCard struct {
	_       struct{} `cbor:",toarray"`
	Number  protocol.CardNumber
	Why     BlockReason
	Expires protocol.Time
}
