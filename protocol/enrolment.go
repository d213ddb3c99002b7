package protocol

import (
	"crypto/ecdh"
	"crypto/sha256"
	"fmt"
)

// Challenge is the authority's fresh nonce for one enrolment or renewal, and a
// sealed secret that only the holder of the agreement key can open.
type Challenge struct {
	Nonce  Code   `cbor:"1,keyasint"`
	Sealed Sealed `cbor:"2,keyasint"` // 32 random bytes; nil for roles without an agreement key
	Issued Time   `cbor:"3,keyasint"`
}

func (Challenge) context() string { return "cs1/challenge" }

func (c Challenge) validate() error {
	if c.Sealed != nil && len(c.Sealed) != sealedOverhead+challengeLength {
		return outOfRange("length of the sealed challenge")
	}
	return c.Issued.validate("issued")
}

const challengeLength = 32

// SealChallenge seals the challenge's secret (32 bytes) to the key that is to
// be proved.
func SealChallenge(to Point, nonce Code, secret [challengeLength]byte) (Sealed, error) {
	return seal(to, purposeChallenge, nonce[:], secret[:])
}

// AnswerChallenge opens the secret and returns what proves it: its SHA-256.
func AnswerChallenge(with ecdh.KeyExchanger, c Challenge) (Hash, error) {
	secret, err := open(with, purposeChallenge, c.Nonce[:], c.Sealed)
	if err != nil {
		return Hash{}, err
	}
	return sha256.Sum256(secret), nil
}

// Enrolment is a device's application for a certificate (claim 2 steps A and C,
// claim 3 steps a and b). It is signed by the new signature key, answers the
// challenge with the agreement key, and its PKCS#10 request is signed by the
// TLS key and names the nonce: possession of each key is proved.
type Enrolment struct {
	Nonce Code `cbor:"1,keyasint"`
	// Secret is the enrolment code's.
	Secret    Code   `cbor:"2,keyasint"`
	Key       Key    `cbor:"3,keyasint"`
	Agreement *Point `cbor:"4,keyasint"` // nil for roles without one
	// Answer is SHA-256 of the opened challenge; nil without agreement key.
	Answer *Hash `cbor:"5,keyasint"`
	// Request is the PKCS#10 certification request for TLS, DER.
	Request []byte `cbor:"6,keyasint"`
	// ByHash, from a wallet, asks for a certificate with the template's hash
	// instead of the sealed template: the payment's code becomes smaller.
	ByHash bool `cbor:"7,keyasint,omitempty"`
}

func (Enrolment) context() string { return "cs1/enrolment" }

func (e Enrolment) validate() error {
	if err := e.Key.validate(); err != nil {
		return err
	}
	if err := validateAgreement(e.Agreement, e.Answer); err != nil {
		return err
	}
	if len(e.Request) < 1 || len(e.Request) > maxX509 {
		return outOfRange("certification request")
	}
	return nil
}

func validateAgreement(agreement *Point, answer *Hash) error {
	if (agreement == nil) != (answer == nil) {
		return outOfRange("agreement key and answer belong together")
	}
	if agreement != nil {
		if _, err := agreement.ECDH(); err != nil {
			return err
		}
	}
	return nil
}

// Renewal asks for a new certificate with new dates before the old one ends, or
// up to 30 days after unless it was revoked. It is signed by the certified key,
// which stays; the agreement and TLS keys may change and are proved again.
type Renewal struct {
	Nonce       Code                 `cbor:"1,keyasint"`
	Certificate *Signed[Certificate] `cbor:"2,keyasint"`
	Agreement   *Point               `cbor:"3,keyasint"`
	Answer      *Hash                `cbor:"4,keyasint"`
	Request     []byte               `cbor:"5,keyasint"`
}

func (Renewal) context() string { return "cs1/renewal" }

func (r Renewal) validate() error {
	if r.Certificate == nil {
		return outOfRange("certificate")
	}
	if err := validateAgreement(r.Agreement, r.Answer); err != nil {
		return err
	}
	if len(r.Request) < 1 || len(r.Request) > maxX509 {
		return outOfRange("certification request")
	}
	return nil
}

// Issued is the authority's answer to an enrolment or renewal (claim 2 step E,
// claim 3 step d). It is not signed as a whole: each part is.
type Issued struct {
	_ struct{} `cbor:",toarray"`
	// Certificate is the device's own.
	Certificate *Signed[Certificate]
	// Leaf is the X.509 certificate for its TLS key, DER.
	Leaf []byte
	// Settlement is settlement's certificate, nil until one is enrolled.
	Settlement *Signed[Certificate]
	// Deposit is the desk's signed template for a wallet that asked for its
	// hash: the wallet hands it to settlement. Nil otherwise.
	Deposit *Signed[TemplateDeposit]
}

// EncodeIssued returns the answer's bytes.
func EncodeIssued(i Issued) ([]byte, error) { return encode(i) }

// DecodeIssued is the inverse of EncodeIssued.
func DecodeIssued(b []byte) (Issued, error) {
	var i Issued
	if err := decode(b, &i); err != nil {
		return Issued{}, fmt.Errorf("issued certificates: %w", err)
	}
	if i.Certificate == nil || len(i.Leaf) < 1 || len(i.Leaf) > maxX509 {
		return Issued{}, fmt.Errorf("issued certificates: %w", outOfRange("certificate"))
	}
	return i, nil
}

// TemplateDeposit is how the enrolment desk hands an owner's sealed template to
// the authority, which archives it sealed (claim 2 step B); and how a wallet
// whose certificate holds only the hash hands it on to settlement.
type TemplateDeposit struct {
	// Authority and Wallet are what the template was sealed for.
	Authority ID     `cbor:"1,keyasint"`
	Wallet    ID     `cbor:"2,keyasint"`
	Sealed    Sealed `cbor:"3,keyasint"`
	Captured  Time   `cbor:"4,keyasint"`
	// Desk is the enrolment desk's certificate.
	Desk *Signed[Certificate] `cbor:"5,keyasint"`
	// Consent says that the owner agreed to the template being kept. There is
	// no deposit without it.
	Consent bool `cbor:"6,keyasint"`
	// Agreed is the record of that consent, nil from desks that keep none.
	Agreed *Signed[Consent] `cbor:"7,keyasint,omitempty"`
}

func (TemplateDeposit) context() string { return "cs1/template-deposit" }

func (d TemplateDeposit) validate() error {
	if err := d.Authority.validate("authority"); err != nil {
		return err
	}
	if err := d.Wallet.validate("wallet"); err != nil {
		return err
	}
	if !isSealedTemplate(d.Sealed) {
		return outOfRange("length of the sealed template")
	}
	if d.Desk == nil {
		return outOfRange("desk certificate")
	}
	if !d.Consent {
		return outOfRange("consent")
	}
	if d.Agreed != nil {
		if agreed := d.Agreed.Unverified(); agreed.Authority != d.Authority || agreed.Wallet != d.Wallet {
			return outOfRange("consent for another wallet")
		}
	}
	return d.Captured.validate("captured")
}

// SealedHash names a deposited template: SHA-256 of the sealed bytes.
func (d TemplateDeposit) SealedHash() Hash { return sha256.Sum256(d.Sealed) }
