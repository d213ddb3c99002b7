package protocol

import (
	"fmt"
	"time"
)

// Anchor is the pair that every party keeps in its secure unit: the authority's
// identification InforA and its public key PubA (claim 2 step E, claim 3 step
// d). A certificate is checked under the key that belongs to its issuer.
type Anchor struct {
	_         struct{} `cbor:",toarray"`
	Authority ID       // InforA
	Key       Key      // PubA
}

// Trust is what a party believes: the anchors of its realm (more than one while
// the authority changes its key) and the newest revocation list that it has
// seen, or nil. It is a value; readers share it freely.
type Trust struct {
	Anchors    []Anchor
	Revocation *RevocationList
}

// Certificate verifies a certificate for the one role that is expected: InforA
// byte for byte, signature by PubA, role, dates, revocation, in that order
// (steps 5, 9, 12 and 14).
func (t Trust) Certificate(c *Signed[Certificate], want Role, now time.Time) (Certificate, error) {
	none := Certificate{}
	if c == nil {
		return none, fmt.Errorf("%w: no certificate", ErrMalformed)
	}
	claimed := c.Unverified()
	key, ok := t.key(claimed.Issuer)
	if !ok {
		return none, fmt.Errorf("%w: %q", ErrOtherAuthority, claimed.Issuer)
	}
	cert, err := c.Verify(key)
	if err != nil {
		// The name is right and the key is not: somebody uses InforA who has
		// not PriA.
		return none, fmt.Errorf("%w: %w", ErrOtherAuthority, err)
	}
	if cert.Device.Role != want {
		return none, fmt.Errorf("%w: want %v, have %v", ErrRole, want, cert.Device.Role)
	}
	switch at := At(now); {
	case at < cert.NotBefore:
		return none, fmt.Errorf("%w: begins %v", ErrNotYetValid, cert.NotBefore.Time())
	case at > cert.Expires:
		return none, fmt.Errorf("%w: ended %v", ErrExpired, cert.Expires.Time())
	}
	if t.Revocation != nil && t.Revocation.Revokes(cert) {
		return none, fmt.Errorf("%w: %v %q", ErrRevoked, want, cert.Subject)
	}
	return cert, nil
}

func (t Trust) key(issuer ID) (Key, bool) {
	for _, a := range t.Anchors {
		if a.Authority == issuer {
			return a.Key, true
		}
	}
	return Key{}, false
}

// EncodeAnchor returns the bytes under which an anchor is kept in a secure
// unit.
func EncodeAnchor(a Anchor) ([]byte, error) { return encode(a) }

// DecodeAnchor is the inverse of EncodeAnchor.
func DecodeAnchor(b []byte) (Anchor, error) {
	var a Anchor
	if err := decode(b, &a); err != nil {
		return Anchor{}, fmt.Errorf("anchor: %w", err)
	}
	if err := a.Authority.validate("authority"); err != nil {
		return Anchor{}, err
	}
	return a, a.Key.validate()
}
