// Package protocoltest makes whole realms in memory, as net/http/httptest makes
// servers: an authority with keys of its own and certified parties, for tests
// and for the published vectors. Keys derive from names, so that a realm is the
// same in every run; nothing here protects anything.
package protocoltest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"testing"
	"time"

	"countersign/protocol"
)

// Realm is an authority and what it has certified.
type Realm struct {
	t testing.TB
	// Name is InforA.
	Name protocol.ID
	// Now is the time of every message made here, unless a test moves it.
	Now time.Time
	// Key is PriA.
	Key *ecdsa.PrivateKey
}

// Party is a certified device with its keys.
type Party struct {
	Subject     protocol.ID
	Key         *ecdsa.PrivateKey
	Agreement   *ecdh.PrivateKey // nil for wallet and desk
	Certificate *protocol.Signed[protocol.Certificate]
}

// New makes a realm called name at a fixed time.
func New(t testing.TB, name protocol.ID) *Realm {
	t.Helper()
	return &Realm{t: t, Name: name, Now: time.Date(2026, 11, 22, 9, 41, 0, 0, time.UTC), Key: SignatureKey(t, string(name))}
}

// SignatureKey derives a signature key from a name.
func SignatureKey(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	scalar := sha256.Sum256([]byte("countersign test key, signature: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// AgreementKey derives an agreement key from a name.
func AgreementKey(t testing.TB, name string) *ecdh.PrivateKey {
	t.Helper()
	scalar := sha256.Sum256([]byte("countersign test key, agreement: " + name))
	key, err := ecdh.P256().NewPrivateKey(scalar[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Anchor is the pair InforA and PubA.
func (r *Realm) Anchor() protocol.Anchor {
	return protocol.Anchor{Authority: r.Name, Key: PublicKey(r.t, r.Key)}
}

// Trust believes this realm's authority, without a revocation list.
func (r *Realm) Trust() protocol.Trust {
	return protocol.Trust{Anchors: []protocol.Anchor{r.Anchor()}}
}

// PublicKey returns a key's public half as COSE.
func PublicKey(t testing.TB, key *ecdsa.PrivateKey) protocol.Key {
	t.Helper()
	public, err := protocol.NewKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// Sign signs a payload or fails the test.
func Sign[P protocol.Payload](t testing.TB, key *ecdsa.PrivateKey, payload P) *protocol.Signed[P] {
	t.Helper()
	signed, err := protocol.Sign(key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Claims are the certificate that Certify would sign, for tests that change it.
func (r *Realm) Claims(role protocol.Role, subject protocol.ID, name string) protocol.Certificate {
	r.t.Helper()
	cert := protocol.Certificate{
		Issuer: r.Name, Subject: subject,
		NotBefore: protocol.At(r.Now.Add(-time.Hour)), Expires: protocol.At(r.Now.Add(7 * 24 * time.Hour)),
		Holder: protocol.Confirmation{Key: PublicKey(r.t, SignatureKey(r.t, string(subject)))},
		Device: protocol.Device{Role: role},
	}
	if role.Agrees() {
		point, err := protocol.NewPoint(AgreementKey(r.t, string(subject)).PublicKey())
		if err != nil {
			r.t.Fatal(err)
		}
		cert.Device.Name, cert.Device.Agreement = &name, &point
	}
	return cert
}

// Certify signs claims with PriA.
func (r *Realm) Certify(claims protocol.Certificate) Party {
	r.t.Helper()
	subject := string(claims.Subject)
	p := Party{Subject: claims.Subject, Key: SignatureKey(r.t, subject), Certificate: Sign(r.t, r.Key, claims)}
	if claims.Device.Role.Agrees() {
		p.Agreement = AgreementKey(r.t, subject)
	}
	return p
}

// Settlement certifies a settlement server.
func (r *Realm) Settlement(subject protocol.ID) Party {
	return r.Certify(r.Claims(protocol.RoleSettlement, subject, "Settlement"))
}

// Terminal certifies a terminal of a shop.
func (r *Realm) Terminal(subject protocol.ID, shop string) Party {
	return r.Certify(r.Claims(protocol.RoleTerminal, subject, shop))
}

// Desk certifies an enrolment desk.
func (r *Realm) Desk(subject protocol.ID) Party {
	return r.Certify(r.Claims(protocol.RoleDesk, subject, ""))
}

// Wallet certifies a wallet whose owner's template is sealed to settlement in
// the certificate, or named by its hash when deposited.
func (r *Realm) Wallet(subject protocol.ID, settlement Party, template protocol.Template, deposited bool) Party {
	r.t.Helper()
	claims := r.Claims(protocol.RoleWallet, subject, "")
	sealed, err := protocol.SealEnrolledTemplate(settlement.Point(r.t), r.Name, subject, template)
	if err != nil {
		r.t.Fatal(err)
	}
	claims.Device.Print = sealed
	if deposited {
		h := sha256.Sum256(sealed)
		claims.Device.Print = h[:]
	}
	return r.Certify(claims)
}

// Point returns the party's agreement key as its certificate carries it.
func (p Party) Point(t testing.TB) protocol.Point {
	t.Helper()
	point := p.Certificate.Unverified().Device.Agreement
	if point == nil {
		t.Fatalf("%s has no agreement key", p.Subject)
	}
	return *point
}

// Public returns the party's signature key.
func (p Party) Public(t testing.TB) protocol.Key {
	t.Helper()
	return PublicKey(t, p.Key)
}

// Template returns a template-shaped byte string: not a print, but of the right
// length and different for every seed.
func Template(size int, seed string) protocol.Template {
	template := make(protocol.Template, 0, size)
	for block := sha256.Sum256([]byte(seed)); len(template) < size; block = sha256.Sum256(block[:]) {
		template = append(template, block[:]...)
	}
	return template[:size]
}
