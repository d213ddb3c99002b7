package ledger

import (
	"bytes"
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

// TapKey is where a tap is kept, for ever: the terminal and the first half of
// H(PAY), the whole of which is in the record. Entries and refunds of a tap name
// it in the place of a sale.
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
// terminal has handed it in (Answer) or given it up (Tombstone).
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
