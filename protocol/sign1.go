package protocol

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"

	"github.com/veraison/go-cose"
)

// Hash is the SHA-256 of a message's COSE Sig_structure (RFC 9052 §4.4:
// protected header, context, payload). It identifies the message; two
// signatures over the same content have the same Hash.
type Hash [32]byte

// String returns the first eight hex digits, enough to tell messages apart in
// a log.
func (h Hash) String() string { return hex.EncodeToString(h[:4]) }

// Payload is what a signed message can carry. It is implemented by the message
// types of this package only: the context string keeps the kinds apart.
type Payload interface {
	// context is the external AAD of the signature: the message's kind.
	context() string
	// validate checks ranges that the encoding itself does not.
	validate() error
}

// Signed is a COSE_Sign1 message (RFC 9052 §4.2) with payload P that was
// decoded strictly or made by Sign. That it exists says nothing about its
// signature: Verify does. It is immutable and safe for concurrent use.
type Signed[P Payload] struct {
	raw     []byte
	toSign  []byte
	hash    Hash
	sig     [64]byte
	payload P
}

// protectedES256 is the only protected header there is: {1: -7}, ES256.
var protectedES256 = []byte{0xa1, 0x01, 0x26}

// envelope is an untagged COSE_Sign1.
type envelope struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected map[int]int
	Payload     []byte
	Signature   []byte
}

// halfOrder is half the order of P-256, rounded down: the largest low s.
func halfOrder() *big.Int { return new(big.Int).Rsh(elliptic.P256().Params().N, 1) }

// Sign makes the signed message for a payload. The signer holds a P-256 key;
// it is asked to sign a SHA-256 digest and may live in a token. The payload is
// validated first, as is the key's curve (ErrRange).
func Sign[P Payload](signer crypto.Signer, payload P) (*Signed[P], error) {
	kind := payload.context()
	// The COSE library makes a longer signature with a larger key.
	if public, ok := signer.Public().(*ecdsa.PublicKey); !ok || public.Curve != elliptic.P256() {
		return nil, fmt.Errorf("sign %s: %w", kind, outOfRange("signature key is not on P-256"))
	}
	if err := payload.validate(); err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	body, err := encode(payload)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	toSign, err := sigStructure(kind, body)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	es256, err := cose.NewSigner(cose.AlgorithmES256, digestSigner{signer})
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	sig, err := es256.Sign(rand.Reader, toSign)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	makeLowS(sig)
	raw, err := encode(envelope{Protected: protectedES256, Unprotected: map[int]int{}, Payload: body, Signature: sig})
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", kind, err)
	}
	return &Signed[P]{raw: raw, toSign: toSign, hash: sha256.Sum256(toSign), sig: [64]byte(sig), payload: payload}, nil
}

// Parse decodes a message of kind P strictly, without looking at whose
// signature it bears. It fails with ErrMalformed or ErrRange.
func Parse[P Payload](raw []byte) (*Signed[P], error) {
	var payload P
	kind := payload.context()
	var env envelope
	if err := decode(raw, &env); err != nil {
		return nil, fmt.Errorf("parse %s: %w", kind, err)
	}
	// A null in place of the header also decodes to no entries, and re-encodes
	// to null: without the comparison with nil a message would have two forms.
	if !bytes.Equal(env.Protected, protectedES256) || env.Unprotected == nil || len(env.Unprotected) != 0 || len(env.Signature) != 64 {
		return nil, fmt.Errorf("parse %s: %w: not ES256 with an empty unprotected header", kind, ErrMalformed)
	}
	if !lowS([64]byte(env.Signature)) {
		return nil, fmt.Errorf("parse %s: %w: signature has the high s", kind, ErrMalformed)
	}
	if err := decode(env.Payload, &payload); err != nil {
		return nil, fmt.Errorf("parse %s: %w", kind, err)
	}
	if err := payload.validate(); err != nil {
		return nil, fmt.Errorf("parse %s: %w", kind, err)
	}
	toSign, err := sigStructure(kind, env.Payload)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", kind, err)
	}
	return &Signed[P]{
		raw: bytes.Clone(raw), toSign: toSign, hash: sha256.Sum256(toSign),
		sig: [64]byte(env.Signature), payload: payload,
	}, nil
}

// Verify returns the payload if the signature is by key, else ErrSignature.
func (s *Signed[P]) Verify(key Key) (P, error) {
	var none P
	public, err := key.ECDSA()
	if err != nil {
		return none, fmt.Errorf("verify %s: %w", none.context(), err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmES256, public)
	if err != nil {
		return none, fmt.Errorf("verify %s: %w", none.context(), err)
	}
	if err := verifier.Verify(s.toSign, s.sig[:]); err != nil {
		return none, fmt.Errorf("verify %s: %w", none.context(), ErrSignature)
	}
	return s.payload, nil
}

// Unverified returns the payload as claimed, for finding the key to verify
// with. Nothing may be decided on it.
func (s *Signed[P]) Unverified() P { return s.payload }

// Bytes returns the encoded message. The caller must not change it.
func (s *Signed[P]) Bytes() []byte { return s.raw }

// Hash returns the message's identity.
func (s *Signed[P]) Hash() Hash { return s.hash }

// sigStructure returns what is signed: RFC 9052 §4.4 with the kind as external
// AAD.
func sigStructure(kind string, payload []byte) ([]byte, error) {
	return encode([]any{"Signature1", protectedES256, []byte(kind), payload})
}

// lowS says whether a signature has the lower of the two values of s.
func lowS(sig [64]byte) bool { return new(big.Int).SetBytes(sig[32:]).Cmp(halfOrder()) <= 0 }

// makeLowS replaces s by n−s where that is smaller. Both verify; only the low
// one is accepted, so that a message has one signature for each nonce.
func makeLowS(sig []byte) {
	s := new(big.Int).SetBytes(sig[32:])
	if s.Cmp(halfOrder()) > 0 {
		s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	}
}

// digestSigner names the hash to the signer. The COSE library passes none,
// which a token may refuse.
type digestSigner struct{ crypto.Signer }

func (d digestSigner) Sign(random io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return d.Signer.Sign(random, digest, crypto.SHA256)
}

// Public returns the P-256 public key of the signer.
func (d digestSigner) Public() crypto.PublicKey {
	if public, ok := d.Signer.Public().(*ecdsa.PublicKey); ok {
		return public
	}
	return nil
}

// MarshalCBOR encloses the message in another one as a byte string.
func (s *Signed[P]) MarshalCBOR() ([]byte, error) {
	if s == nil {
		return encode(nil)
	}
	return encode(s.raw)
}

// UnmarshalCBOR decodes a message that was enclosed as a byte string.
func (s *Signed[P]) UnmarshalCBOR(data []byte) error {
	var raw []byte
	if err := decode(data, &raw); err != nil {
		return err
	}
	parsed, err := Parse[P](raw)
	if err != nil {
		return err
	}
	*s = *parsed
	return nil
}
