package protocol

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
	"time"
)

// TapReader is the terminal's end of a TapCipher. It is not safe for concurrent
// use.
type TapReader struct {
	recipient *hpke.Recipient
	card      VirtualCard
}

// OpenTapAnswer is the first half of step S8. The terminal decrypts the answer with the key in its
// token, verifies the card under settlement's certificate and the signature over
// the sealed number under the card's key, and only then looks at the number: it
// must be the card's own (ErrOtherCard). Whether the card is blocked, and its
// currency the sale's, is left to the caller. Errors: ErrSealed, ErrMalformed,
// ErrSignature, ErrCardNumber, ErrOtherCard and those of VerifyVirtualCard.
func OpenTapAnswer(with ecdh.KeyExchanger, get Hash, a TapAnswer, settlement *Signed[Certificate], t Trust, now time.Time) (*TapReader, *Signed[VirtualCard], error) {
	if len(a.Number) < 33 {
		return nil, nil, fmt.Errorf("open %s: %w: too short", purposeTap, ErrSealed)
	}
	recipient, err := newRecipient(with, purposeTap, Point(a.Number[:33]))
	if err != nil {
		return nil, nil, err
	}
	digits, err := recipient.Open(get[:], a.Number[33:])
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", purposeTap, ErrSealed)
	}
	plaintext, err := recipient.Open(get[:], a.Proof)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", purposeTap, ErrSealed)
	}
	proof, err := decodeTapProof(plaintext)
	if err != nil {
		return nil, nil, err
	}
	card, err := VerifyVirtualCard(proof.Card, settlement, t, now)
	if err != nil {
		return nil, nil, fmt.Errorf("virtual card: %w", err)
	}
	if err := verifyDetached(card.Holder.Key, tapNumber{Get: get, Sealed: a.Number, Card: proof.Card.Hash()}, proof.Signature); err != nil {
		return nil, nil, err
	}
	number, err := CardNumberFromBCD(digits)
	if err != nil {
		return nil, nil, err
	}
	if err := number.Validate(); err != nil {
		return nil, nil, err
	}
	if number != card.Number {
		return nil, nil, fmt.Errorf("%w: number and card differ", ErrOtherCard)
	}
	return &TapReader{recipient: recipient, card: card}, proof.Card, nil
}

// Card returns the card that the answer proved.
func (r *TapReader) Card() VirtualCard { return r.card }

// OpenResult opens the answer to a PAY (step S9); [VerifyTapResult] is still to
// be called. It fails with ErrSealed, after which the true answer still opens, or with
// those of Parse. An answer opens once.
func (r *TapReader) OpenResult(pay Hash, sealed []byte) (*Signed[TapResult], error) {
	plaintext, err := r.recipient.Open(pay[:], sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purposeTap, ErrSealed)
	}
	result, err := unpad(plaintext, paddedResult)
	if err != nil {
		return nil, fmt.Errorf("tap result: %w", err)
	}
	return Parse[TapResult](result)
}

// verifyDetached verifies a signature whose message is not carried.
func verifyDetached[P Payload](key Key, payload P, sig [64]byte) error {
	body, err := encode(payload)
	if err != nil {
		return err
	}
	toSign, err := sigStructure(payload.context(), body)
	if err != nil {
		return err
	}
	if !lowS(sig) {
		return fmt.Errorf("verify %s: %w: signature has the high s", payload.context(), ErrMalformed)
	}
	_, err = (&Signed[P]{toSign: toSign, sig: sig, payload: payload}).Verify(key)
	return err
}
