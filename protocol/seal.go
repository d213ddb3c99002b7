package protocol

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
)

// Sealed is a message only its recipient can open: the compressed encapsulated
// key (33 bytes), then AES-128-GCM ciphertext with its tag of 16 bytes.
type Sealed []byte

// sealedOverhead is what sealing adds to a plaintext, in bytes.
const sealedOverhead = 33 + 16

// purpose is the HPKE info string: it names the kind of sealed message, so that
// one can never be opened as another.
type purpose string

const (
	purposeEnrolledPrint purpose = "cs1/fp-enrolled"
	purposePayment       purpose = "cs1/payment-outer"
	purposePayerSecret   purpose = "cs1/payer-secret"
	purposeLivePrint     purpose = "cs1/fp-live"
	purposeSubmission    purpose = "cs1/submission"
	purposeChallenge     purpose = "cs1/enrolment-challenge"
	purposeTap           purpose = "cs1/tap"
	purposeTapRecovery   purpose = "cs1/tap-recover-answer"
	purposeTapClearing   purpose = "cs1/tap-clearing"
)

// seal encrypts plaintext to an agreement key (RFC 9180 base mode, one
// message). aad is bound but not carried.
func seal(to Point, why purpose, aad, plaintext []byte) (Sealed, error) {
	public, err := to.ECDH()
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", why, err)
	}
	recipient, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", why, err)
	}
	enc, sender, err := hpke.NewSender(recipient, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(why))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", why, err)
	}
	ciphertext, err := sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", why, err)
	}
	short := compress(enc)
	return append(short[:], ciphertext...), nil
}

// open decrypts a sealed message with an agreement key that may live in a
// token. It fails with ErrSealed, whatever was wrong; a token's own failure is
// wrapped beside it.
func open(with ecdh.KeyExchanger, why purpose, aad []byte, sealed Sealed) ([]byte, error) {
	if len(sealed) < sealedOverhead {
		return nil, fmt.Errorf("open %s: %w: too short", why, ErrSealed)
	}
	recipient, err := newRecipient(with, why, Point(sealed[:33]))
	if err != nil {
		return nil, err
	}
	plaintext, err := recipient.Open(aad, sealed[33:])
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", why, ErrSealed)
	}
	return plaintext, nil
}

// newRecipient is the receiving end of an HPKE context. A token's own failure is
// wrapped beside ErrSealed.
func newRecipient(with ecdh.KeyExchanger, why purpose, encapsulated Point) (*hpke.Recipient, error) {
	enc, err := encapsulated.decompress()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", why, ErrSealed)
	}
	private, err := hpke.NewDHKEMPrivateKey(with)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", why, err)
	}
	recipient, err := hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(why))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", why, ErrSealed, err)
	}
	return recipient, nil
}

// bind encodes the values that a sealed message is bound to.
func bind(values ...any) ([]byte, error) { return encode(values) }
