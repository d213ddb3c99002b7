package enrolment

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"countersign/protocol"
)

// Credentials are what an enrolled device has, as read from its secure unit at
// one time. They are not changed after Load; a Maintainer replaces them. Safe
// for concurrent use.
type Credentials struct {
	Role    protocol.Role
	Subject protocol.ID
	// Certificate is the device's own, as messages carry it, and Claims what
	// it says.
	Certificate *protocol.Signed[protocol.Certificate]
	Claims      protocol.Certificate
	// Signer is the certified signature key in the secure unit.
	Signer crypto.Signer
	// Anchor is PubA and InforA; Trust is that with the newest revocation list
	// seen. Check Trust.ListCurrent before relying on it.
	Anchor protocol.Anchor
	Trust  protocol.Trust
	// Leaf is the TLS certificate; its private key is in the secure unit.
	Leaf tls.Certificate
	// Root is the root of every TLS leaf of the realm, and Roots a pool of it.
	Root  *x509.Certificate
	Roots *x509.CertPool
	// Settlement is settlement's certificate as the authority gave it out; nil
	// until a settlement server is enrolled. It was verified then: verify it
	// with Trust.Certificate each time it is used.
	Settlement *protocol.Signed[protocol.Certificate]
	// AuthorityURL is where the device enrolled.
	AuthorityURL string
	// Clock is used for TLS; time.Now unless it is set before use.
	Clock func() time.Time
}

// Load returns what the secure unit holds of a complete enrolment, whether or
// not the certificate has ended since. Errors: ErrNotEnrolled, ErrDamaged,
// those of the secure unit.
func Load(unit Unit) (*Credentials, error) {
	shelf, err := openShelf(unit)
	if err != nil {
		return nil, err
	}
	raw := map[string][]byte{}
	for _, label := range []string{labelCertificate, labelAnchor, labelRoot, labelLeaf, labelSettlement, labelList, labelAuthorityURL} {
		if raw[label], err = shelf.load(label); err != nil {
			return nil, err
		}
	}
	if raw[labelCertificate] == nil {
		return nil, ErrNotEnrolled
	}
	c := &Credentials{AuthorityURL: string(raw[labelAuthorityURL]), Clock: time.Now}
	if err := c.read(unit, raw); err != nil {
		return nil, fmt.Errorf("load enrolment: %w", err)
	}
	return c, nil
}

// read takes apart what was stored and checks that it belongs together, as it
// must be after an interrupted enrolment under another authority.
func (c *Credentials) read(unit Unit, raw map[string][]byte) error {
	var err error
	if c.Certificate, err = protocol.Parse[protocol.Certificate](raw[labelCertificate]); err != nil {
		return damaged(err)
	}
	if c.Anchor, err = protocol.DecodeAnchor(raw[labelAnchor]); err != nil {
		return damaged(err)
	}
	if c.Root, err = x509.ParseCertificate(raw[labelRoot]); err != nil {
		return damaged(err)
	}
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(c.Root)
	c.Trust = protocol.Trust{Anchors: []protocol.Anchor{c.Anchor}}
	c.Claims = c.Certificate.Unverified()
	c.Role, c.Subject = c.Claims.Device.Role, c.Claims.Subject
	// At its own beginning, because an ended certificate can still be renewed.
	at := c.Claims.NotBefore.Time()
	if _, err = c.Trust.Certificate(c.Certificate, c.Role, at); err != nil {
		return damaged(err)
	}
	keys, err := loadKeys(unit, c.Role)
	if err != nil {
		return err
	}
	if keys.key != c.Claims.Holder.Key {
		return damaged(fmt.Errorf("the certificate is for another signature key"))
	}
	leaf, err := x509.ParseCertificate(raw[labelLeaf])
	if err != nil {
		return damaged(err)
	}
	expected := expectation{authority: authority{c.Anchor, c.Root}, role: c.Role, subject: c.Subject, keys: keys, now: leaf.NotBefore}
	if leaf, err = expected.checkLeaf(raw[labelLeaf]); err != nil {
		return damaged(err)
	}
	c.Signer = keys.signing
	c.Leaf = tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: keys.tls, Leaf: leaf}
	return c.readOthers(raw)
}

func (c *Credentials) readOthers(raw map[string][]byte) (err error) {
	if raw[labelSettlement] != nil {
		if c.Settlement, err = protocol.Parse[protocol.Certificate](raw[labelSettlement]); err != nil {
			return damaged(err)
		}
	}
	if raw[labelList] != nil {
		signed, err := protocol.Parse[protocol.RevocationList](raw[labelList])
		if err != nil {
			return damaged(err)
		}
		list, err := signed.Verify(c.Anchor.Key)
		if err != nil {
			return damaged(err)
		}
		c.Trust.Revocation = &list
	}
	return nil
}

func damaged(err error) error { return fmt.Errorf("%w: %w", ErrDamaged, err) }

// ClientTLS is for connections to a server of the given role: TLS 1.3, both
// sides authenticated, host name, role and revocation checked.
func (c *Credentials) ClientTLS(peer protocol.Role) *tls.Config {
	return clientTLS(func() *Credentials { return c }, c.Clock, peer)
}

// ServerTLS is for serving clients of the given roles; see Peer for who one is.
func (c *Credentials) ServerTLS(peers ...protocol.Role) *tls.Config {
	return serverTLS(func() *Credentials { return c }, c.Clock, peers)
}

// RenewalDue says whether the last third of the certificate's life has begun.
func (c *Credentials) RenewalDue(now time.Time) bool {
	begins, ends := c.Claims.NotBefore.Time(), c.Claims.Expires.Time()
	return !now.Before(ends.Add(-ends.Sub(begins) / 3))
}

// complete fills options from what is known since the enrolment.
func (c *Credentials) complete(o Options) Options {
	if o.AuthorityURL == "" {
		o.AuthorityURL = c.AuthorityURL
	}
	if o.Clock == nil {
		o.Clock = c.Clock
	}
	return o.withDefaults()
}

// dial returns a client of the authority that the device enrolled with.
func (c *Credentials) dial(o Options) (*client, error) {
	return newClient(o.AuthorityURL, authorityTLS(c.Anchor, c.Root, o.Clock), o)
}
