package protocol

import (
	"crypto/ecdh"
	"errors"
	"fmt"
	"time"
)

// TapClearing, by a terminal, hands a tap in at settlement for its money: card,
// PAY and result, and under whose certificate the terminal then acted. It is sealed
// where it is queued, so that a terminal keeps no card number.
//
// Terminal and H(PAY) name one clearing for ever; H(result) and GivenUp are its
// content.
type TapClearing struct {
	Card   *Signed[VirtualCard] `cbor:"1,keyasint"`
	Pay    *Signed[TapPay]      `cbor:"2,keyasint"`
	Result *Signed[TapResult]   `cbor:"3,keyasint"`
	// Terminal is the certificate of the GET.
	Terminal *Signed[Certificate] `cbor:"4,keyasint"`
	// Merchant is the merchant account, as in Request.
	Merchant []byte `cbor:"5,keyasint"`
	// GivenUp says that the sale was given up before this result was learned: the
	// amount goes back to the card.
	GivenUp bool `cbor:"6,keyasint"`
}

func (TapClearing) context() string { return "cs1/tap-clearing" }

func (c TapClearing) validate() error {
	if c.Card == nil || c.Pay == nil || c.Result == nil || c.Terminal == nil {
		return outOfRange("a part is missing")
	}
	if c.Result.Unverified().Status != TapDeducted {
		return outOfRange("nothing was deducted")
	}
	if len(c.Merchant) < 1 || len(c.Merchant) > 16 {
		return outOfRange("merchant account")
	}
	return nil
}

// TapAbandonment, by a terminal, says that it gave up a torn tap whose result it never
// learned: nothing was sold, and should the card have been charged, the money goes back to it. It is a
// tombstone, as a Reversal is.
type TapAbandonment struct {
	Pay  *Signed[TapPay] `cbor:"1,keyasint"`
	Card CardMark        `cbor:"2,keyasint"`
	Sent Time            `cbor:"3,keyasint"`
}

func (TapAbandonment) context() string { return "cs1/tap-abandonment" }

func (a TapAbandonment) validate() error {
	if a.Pay == nil {
		return outOfRange("PAY")
	}
	return a.Sent.validate("sent")
}

// SealTapClearing seals a clearing to settlement, bound to its PAY and to the
// terminal's name. The envelope's Request is H(PAY).
func SealTapClearing(settlement Point, terminal ID, c *Signed[TapClearing]) (Envelope, error) {
	pay := c.Unverified().Pay.Hash()
	aad, err := bind(pay, terminal)
	if err != nil {
		return Envelope{}, err
	}
	sealed, err := seal(settlement, purposeTapClearing, aad, c.Bytes())
	return Envelope{Request: pay, Sealed: sealed}, err
}

// OpenTapClearing is settlement's side of SealTapClearing. terminal is the name
// in the client's TLS certificate.
func OpenTapClearing(with ecdh.KeyExchanger, terminal ID, e Envelope) (*Signed[TapClearing], error) {
	aad, err := bind(e.Request, terminal)
	if err != nil {
		return nil, err
	}
	plaintext, err := open(with, purposeTapClearing, aad, e.Sealed)
	if err != nil {
		return nil, err
	}
	c, err := Parse[TapClearing](plaintext)
	if err != nil {
		return nil, err
	}
	if c.Unverified().Pay.Hash() != e.Request {
		return nil, fmt.Errorf("%w: envelope and clearing differ", ErrOtherRequest)
	}
	return c, nil
}

// VerifiedTap is a clearing after every signature in it was checked.
type VerifiedTap struct {
	Clearing TapClearing
	Card     VirtualCard
	Pay      TapPay
	Result   TapResult
	Terminal Certificate
}

// VerifyTapClearing checks whose card, whose PAY, whose result and whose clearing this is, and that
// all belong together. The terminal's certificate must have been good when the
// PAY was issued; revocation holds now. cardSigner is the settlement key that cards are
// signed with. Whether card and chain allow it is the ledger's question.
func VerifyTapClearing(c *Signed[TapClearing], self, peer ID, cardSigner Key, t Trust) (VerifiedTap, error) {
	claimed := c.Unverified()
	pay := claimed.Pay.Unverified()
	terminal, err := t.Certificate(claimed.Terminal, RoleTerminal, pay.Issued.Time())
	if err != nil {
		return VerifiedTap{}, fmt.Errorf("terminal's certificate: %w", err)
	}
	if terminal.Subject != peer {
		return VerifiedTap{}, fmt.Errorf("%w: tap of %q handed in by %q", ErrRole, terminal.Subject, peer)
	}
	if _, err := c.Verify(terminal.Holder.Key); err != nil {
		return VerifiedTap{}, err
	}
	if _, err := claimed.Pay.Verify(terminal.Holder.Key); err != nil {
		return VerifiedTap{}, err
	}
	card, err := claimed.Card.Verify(cardSigner)
	if err != nil {
		return VerifiedTap{}, err
	}
	if card.Issuer != self {
		return VerifiedTap{}, fmt.Errorf("%w: card of %q", ErrOtherSettlement, card.Issuer)
	}
	result, err := VerifyTapResult(claimed.Result, card, claimed.Pay, terminal.Subject)
	if err != nil {
		return VerifiedTap{}, err
	}
	return VerifiedTap{Clearing: claimed, Card: card, Pay: pay, Result: result, Terminal: terminal}, nil
}

// ClearingResult is how settlement decided about a tap.
type ClearingResult uint8

// The results; all are final. Only ClearingCredited paid the merchant.
const (
	ClearingCredited  ClearingResult = 0 // the merchant has the money
	ClearingGivenBack ClearingResult = 1 // given up by the terminal; what was deducted waits for the card
	ClearingUncovered ClearingResult = 2 // more than is left of what was loaded: a rolled-back or cloned card
	ClearingCard      ClearingResult = 3 // no such card, or it had expired
	ClearingTerminal  ClearingResult = 4 // the merchant account is not this terminal's
	ClearingConflict  ClearingResult = 5 // the same PAY with another result: taken for fraud
)

// String returns the result's name as logs and records spell it.
func (r ClearingResult) String() string {
	names := [...]string{"credited", "given-back", "uncovered", "card", "terminal", "conflict"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("clearing result %d", uint8(r))
}

// TapCleared is settlement's signed answer to a TapClearing and to a
// TapAbandonment, and to their repeats. What settlement's operator closed before, on the card's
// own word, is answered as it was closed: credited perhaps to who gave up, given
// back perhaps to who sold.
type TapCleared struct {
	Pay    Hash           `cbor:"1,keyasint"` // H(PAY)
	Result ClearingResult `cbor:"2,keyasint"`
	// Reference is settlement's number for the tap, by which it is refunded; 0 unless credited.
	Reference uint64   `cbor:"3,keyasint"`
	Amount    Amount   `cbor:"4,keyasint"`
	Currency  Currency `cbor:"5,keyasint"`
	// Forked says that the card's chain has two deductions with one counter: the
	// card is blocked from now on.
	Forked  bool `cbor:"6,keyasint"`
	Decided Time `cbor:"7,keyasint"`
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"8,keyasint"`
}

func (TapCleared) context() string { return "cs1/tap-cleared" }

func (c TapCleared) validate() error {
	if c.Result > ClearingConflict {
		return outOfRange("result")
	}
	if (c.Reference != 0) != (c.Result == ClearingCredited) {
		return outOfRange("a reference belongs to a tap that was credited")
	}
	return errors.Join(c.Amount.validate(), c.Currency.validate(), c.Decided.validate("decided"))
}

// VerifyTapCleared is the terminal's check of the answer to its clearing or
// abandonment of a PAY.
func VerifyTapCleared(c *Signed[TapCleared], settlement *Signed[Certificate], pay *Signed[TapPay], t Trust, now time.Time) (TapCleared, error) {
	cleared, err := verifyAnswer(c, c.Unverified().Signer, settlement, t, now)
	asked := pay.Unverified()
	switch {
	case err != nil:
		return TapCleared{}, err
	case cleared.Pay != pay.Hash():
		return TapCleared{}, fmt.Errorf("%w: answer about another tap", ErrOtherRequest)
	case cleared.Amount != asked.Amount:
		return TapCleared{}, fmt.Errorf("%w: answer about %d, not %d", ErrOtherAmount, cleared.Amount, asked.Amount)
	case cleared.Currency != asked.Currency:
		return TapCleared{}, fmt.Errorf("%w: answer about %d, not %d", ErrOtherCurrency, cleared.Currency, asked.Currency)
	}
	return cleared, nil
}
