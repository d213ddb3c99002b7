package protocol

import (
	"fmt"
	"unicode/utf8"
)

// Identity is what an authority says of itself before TLS can verify it: its
// name, its key and the root of its TLS certificates. A device believes it
// because its enrolment code carries the key's thumbprint (claim 2 step E).
type Identity struct {
	Authority ID     `cbor:"1,keyasint"` // InforA
	Key       Key    `cbor:"2,keyasint"` // PubA
	Root      []byte `cbor:"3,keyasint"` // X.509 certificate, DER
	Issued    Time   `cbor:"4,keyasint"`
}

func (Identity) context() string { return "cs1/identity" }

func (i Identity) validate() error {
	if err := i.Authority.validate("authority"); err != nil {
		return err
	}
	if err := i.Key.validate(); err != nil {
		return err
	}
	if len(i.Root) < 1 || len(i.Root) > maxX509 {
		return outOfRange("root")
	}
	return i.Issued.validate("issued")
}

// maxX509 bounds an X.509 certificate or certification request, in bytes.
const maxX509 = 2048

// VerifyIdentity checks an authority's statement about itself against the
// thumbprint of PubA that came with an enrolment code.
func VerifyIdentity(i *Signed[Identity], thumbprint Hash) (Identity, error) {
	key := i.Unverified().Key
	if key.Thumbprint() != thumbprint {
		return Identity{}, fmt.Errorf("%w: its key is not the one in the enrolment code", ErrOtherAuthority)
	}
	return i.Verify(key)
}

// Anchor returns the pair that is to be kept.
func (i Identity) Anchor() Anchor { return Anchor{Authority: i.Authority, Key: i.Key} }

// EnrolmentCode starts the enrolment of one device in one role. Whoever holds
// it may enrol once; it must travel privately.
type EnrolmentCode struct {
	_       struct{} `cbor:",toarray"`
	Role    Role
	Subject ID
	// Authority is the thumbprint of PubA.
	Authority Hash
	// Secret is 128 random bits.
	Secret Code
}

func (c EnrolmentCode) validate() error {
	if c.Role < RoleTerminal || c.Role > RoleDesk {
		return outOfRange("role")
	}
	return c.Subject.validate("subject")
}

// ChallengeRequest opens an enrolment or a renewal. It carries no secret: the
// code is named by its hash, a renewal by the hash of the certificate.
type ChallengeRequest struct {
	_ struct{} `cbor:",toarray"`
	// About is SHA-256 of the enrolment code's secret, or the Hash of the
	// certificate to be renewed.
	About Hash
	// Agreement is the key whose possession is to be proved by opening the
	// challenge; nil for roles without one.
	Agreement *Point
}

// EncodeChallengeRequest returns the request's bytes.
func EncodeChallengeRequest(r ChallengeRequest) ([]byte, error) { return encode(r) }

// DecodeChallengeRequest is the inverse of EncodeChallengeRequest.
func DecodeChallengeRequest(b []byte) (ChallengeRequest, error) {
	var r ChallengeRequest
	if err := decode(b, &r); err != nil {
		return r, fmt.Errorf("challenge request: %w", err)
	}
	if r.Agreement != nil {
		if _, err := r.Agreement.ECDH(); err != nil {
			return r, fmt.Errorf("challenge request: %w", err)
		}
	}
	return r, nil
}

func validText(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && utf8.ValidString(text)
}
