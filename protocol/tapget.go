package protocol

import (
	"crypto"
	"crypto/hpke"
	"fmt"
	"time"
)

// TapGet, by a terminal, is GET VIRTUAL CARD NUMBER (step S4): only a genuine
// terminal can ask, and only for this tap, since it signs the nonce that the
// wallet answered SELECT with.
type TapGet struct {
	// Nonce is the wallet's, of this SELECT.
	Nonce Code `cbor:"1,keyasint"`
	// Scramble is the sale's code, drawn by the terminal; every command of the tap
	// is bound to it.
	Scramble Code `cbor:"2,keyasint"`
	// Settlement is the server that the terminal clears with.
	Settlement ID                   `cbor:"3,keyasint"`
	Terminal   *Signed[Certificate] `cbor:"4,keyasint"`
}

func (TapGet) context() string { return "cs1/tap-get" }

func (g TapGet) validate() error {
	if g.Terminal == nil {
		return outOfRange("terminal certificate")
	}
	return g.Settlement.validate("settlement")
}

// VerifyTapGet is done by the wallet's trusted application before anything
// leaves it: the terminal's certificate, its signature, this SELECT's nonce
// (ErrOtherRequest) and the card's own issuer (ErrOtherSettlement).
func VerifyTapGet(g *Signed[TapGet], nonce Code, issuer ID, t Trust, now time.Time) (TapGet, Certificate, error) {
	terminal, err := t.Certificate(g.Unverified().Terminal, RoleTerminal, now)
	if err != nil {
		return TapGet{}, Certificate{}, fmt.Errorf("terminal's certificate: %w", err)
	}
	get, err := g.Verify(terminal.Holder.Key)
	switch {
	case err != nil:
		return TapGet{}, Certificate{}, err
	case get.Nonce != nonce:
		return TapGet{}, Certificate{}, fmt.Errorf("%w: nonce of another SELECT", ErrOtherRequest)
	case get.Settlement != issuer:
		return TapGet{}, Certificate{}, fmt.Errorf("%w: %q", ErrOtherSettlement, get.Settlement)
	}
	return get, terminal, nil
}

// TapAnswer is the wallet's answer to TapGet (step S7). Both parts are sealed to the
// terminal in one HPKE context, so that a bare reader learns no identifier.
type TapAnswer struct {
	_ struct{} `cbor:",toarray"`
	// Number is the sealed card number (the encryption module's work, step S6).
	Number Sealed
	// Proof is the sealed card and the signature over Number (the signing module's).
	Proof []byte
}

// tapProof is the plaintext of TapAnswer.Proof.
type tapProof struct {
	_         struct{} `cbor:",toarray"`
	Card      *Signed[VirtualCard]
	Signature [64]byte
}

// paddedProof is the length that every proof is padded to before it is sealed, bytes: the longest has
// 262.
const paddedProof = 264

// sealTag is what sealing adds to a message of a context that has begun, bytes.
const sealTag = 16

// decodeTapProof reads what OpenTapAnswer has opened.
func decodeTapProof(padded []byte) (tapProof, error) {
	plaintext, err := unpad(padded, paddedProof)
	if err != nil {
		return tapProof{}, fmt.Errorf("tap proof: %w", err)
	}
	var proof tapProof
	if err := decode(plaintext, &proof); err != nil {
		return tapProof{}, fmt.Errorf("tap proof: %w", err)
	}
	if proof.Card == nil {
		return tapProof{}, fmt.Errorf("tap proof: %w: no card", ErrMalformed)
	}
	return proof, nil
}

// EncodeTapAnswer returns the response data of GET.
func EncodeTapAnswer(a TapAnswer) ([]byte, error) { return encode(a) }

// DecodeTapAnswer is the inverse of EncodeTapAnswer.
func DecodeTapAnswer(b []byte) (TapAnswer, error) {
	var a TapAnswer
	if err := decode(b, &a); err != nil {
		return TapAnswer{}, fmt.Errorf("tap answer: %w", err)
	}
	if len(a.Number) != sealedOverhead+cardDigits/2 || len(a.Proof) != paddedProof+sealTag {
		return TapAnswer{}, fmt.Errorf("tap answer: %w", outOfRange("length"))
	}
	return a, nil
}

// AnswerHash names one answer to one GET; PAY carries it, and so names the card.
func AnswerHash(get Hash, answer []byte) Hash { return thumb(get[:], answer) }

// tapNumber is what the signing module signs (step S6: the ciphertext, not the number).
type tapNumber struct {
	_      struct{} `cbor:",toarray"`
	Get    Hash
	Sealed Sealed
	Card   Hash
}

func (tapNumber) context() string { return "cs1/tap-number" }
func (tapNumber) validate() error { return nil }

// SignTapNumber is the signing module (签名模块, step S6): it signs the sealed
// number for this GET with the card's key.
func SignTapNumber(card crypto.Signer, get Hash, sealed Sealed, of *Signed[VirtualCard]) ([64]byte, error) {
	signed, err := Sign(card, tapNumber{Get: get, Sealed: sealed, Card: of.Hash()})
	if err != nil {
		return [64]byte{}, err
	}
	return signed.sig, nil
}

// TapCipher is the encryption module (加密模块, step S6) for one tap: one HPKE
// context to the terminal's agreement key, whose three messages are the number, the
// proof and the result, in this order. It is not safe for concurrent use.
type TapCipher struct {
	enc    Point
	sender *hpke.Sender
	get    Hash
	next   int
}

// NewTapCipher begins a tap with the terminal that a verified GET came from.
func NewTapCipher(terminal Point, get Hash) (*TapCipher, error) {
	public, err := terminal.ECDH()
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purposeTap, err)
	}
	recipient, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purposeTap, err)
	}
	enc, sender, err := hpke.NewSender(recipient, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(purposeTap))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purposeTap, err)
	}
	return &TapCipher{enc: compress(enc), sender: sender, get: get}, nil
}

func (c *TapCipher) seal(turn int, aad, plaintext []byte) ([]byte, error) {
	if c.next != turn {
		return nil, fmt.Errorf("seal %s: message %d in the place of %d", purposeTap, turn, c.next)
	}
	c.next++
	sealed, err := c.sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purposeTap, err)
	}
	return sealed, nil
}

// SealNumber encrypts the card number (step S6).
func (c *TapCipher) SealNumber(n CardNumber) (Sealed, error) {
	digits, err := n.BCD()
	if err != nil {
		return nil, err
	}
	sealed, err := c.seal(0, c.get[:], digits[:])
	if err != nil {
		return nil, err
	}
	return append(c.enc[:], sealed...), nil
}

// SealProof encrypts the card and the signature over the sealed number, padded.
func (c *TapCipher) SealProof(card *Signed[VirtualCard], signature [64]byte) ([]byte, error) {
	plaintext, err := encode(tapProof{Card: card, Signature: signature})
	if err != nil {
		return nil, err
	}
	padded, err := pad(plaintext, paddedProof)
	if err != nil {
		return nil, err
	}
	return c.seal(1, c.get[:], padded)
}

// SealResult encrypts the answer to a PAY (step S9), padded: every status and
// amount has the same length.
func (c *TapCipher) SealResult(pay Hash, result *Signed[TapResult]) ([]byte, error) {
	padded, err := pad(result.Bytes(), paddedResult)
	if err != nil {
		return nil, err
	}
	return c.seal(2, pay[:], padded)
}
