package virtualrealm

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"

	"countersign/protocol"
)

// life is how long papers are good.
const life = 7 * 24 * time.Hour

// Realm is an authority. It is used by one goroutine.
type Realm struct {
	name   protocol.ID
	now    time.Time
	key    *ecdsa.PrivateKey
	public protocol.Key
	root   *x509.Certificate
	tls    *ecdsa.PrivateKey
	serial int64
	list   *protocol.Signed[protocol.RevocationList]
}

// New makes a realm whose papers are good from an hour before now.
func New(name protocol.ID, now time.Time) (*Realm, error) {
	r := &Realm{name: name, now: now}
	var err error
	if r.key, err = newKey(); err != nil {
		return nil, err
	}
	if r.tls, err = newKey(); err != nil {
		return nil, err
	}
	if r.public, err = protocol.NewKey(&r.key.PublicKey); err != nil {
		return nil, err
	}
	root := &x509.Certificate{Subject: pkix.Name{CommonName: string(name)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if r.root, err = r.certify(root, root, &r.tls.PublicKey); err != nil {
		return nil, err
	}
	r.list, err = protocol.Sign(r.key, protocol.RevocationList{Issuer: name, Sequence: 1, Issued: protocol.At(now), Revoked: []protocol.Revoked{}})
	return r, err
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// certify makes an X.509 certificate.
func (r *Realm) certify(template, parent *x509.Certificate, public *ecdsa.PublicKey) (*x509.Certificate, error) {
	r.serial++
	template.SerialNumber = big.NewInt(r.serial)
	template.NotBefore, template.NotAfter = r.now.Add(-time.Hour), r.now.Add(life)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, r.tls)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// leaf makes the TLS certificate of a device that answers on loopback, if it
// answers at all.
func (r *Realm) leaf(role protocol.Role, subject protocol.ID, public *ecdsa.PublicKey) (*x509.Certificate, error) {
	name, err := url.Parse(protocol.TLSName(role, subject))
	if err != nil {
		return nil, err
	}
	return r.certify(&x509.Certificate{
		URIs: []*url.URL{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, r.root, public)
}

// Settlement enrols a settlement server.
func (r *Realm) Settlement(subject protocol.ID) (Papers, error) {
	return r.enrol(protocol.RoleSettlement, subject, "Settlement", nil, nil)
}

// Terminal enrols a terminal of a shop.
func (r *Realm) Terminal(subject protocol.ID, shop string, settlement Papers) (Papers, error) {
	return r.enrol(protocol.RoleTerminal, subject, shop, nil, &settlement)
}

// Made are keys that a device's own secure unit has made and keeps.
type Made struct {
	Signing   *ecdsa.PublicKey
	Agreement *ecdh.PublicKey
}

// TerminalOf enrols a terminal whose keys lie in its secure unit: in its papers there is
// the one for TLS alone.
func (r *Realm) TerminalOf(made Made, subject protocol.ID, shop string, settlement Papers) (Papers, error) {
	p, err := r.papers(protocol.RoleTerminal, subject, shop, nil, &made)
	p.Settlement = settlement.Certificate
	return p, err
}

// Wallet enrols a wallet whose owner's template is in its certificate, sealed to
// settlement.
func (r *Realm) Wallet(subject protocol.ID, template protocol.Template, settlement Papers) (Papers, error) {
	server, err := protocol.Parse[protocol.Certificate](settlement.Certificate)
	if err != nil {
		return Papers{}, err
	}
	sealed, err := protocol.SealEnrolledTemplate(*server.Unverified().Device.Agreement, r.name, subject, template)
	if err != nil {
		return Papers{}, err
	}
	return r.enrol(protocol.RoleWallet, subject, "", sealed, &settlement)
}

func (r *Realm) enrol(role protocol.Role, subject protocol.ID, name string, print []byte, settlement *Papers) (Papers, error) {
	papers, err := r.papers(role, subject, name, print, nil)
	if err != nil {
		return Papers{}, fmt.Errorf("enrol %s: %w", subject, err)
	}
	if settlement != nil {
		papers.Settlement = settlement.Certificate
	}
	return papers, nil
}

func (r *Realm) papers(role protocol.Role, subject protocol.ID, name string, print []byte, made *Made) (Papers, error) {
	var signing *ecdsa.PrivateKey
	var err error
	if made == nil {
		if signing, err = newKey(); err != nil {
			return Papers{}, err
		}
		made = &Made{Signing: &signing.PublicKey}
	}
	tls, err := newKey()
	if err != nil {
		return Papers{}, err
	}
	public, err := protocol.NewKey(made.Signing)
	if err != nil {
		return Papers{}, err
	}
	claims := protocol.Certificate{
		Issuer: r.name, Subject: subject, NotBefore: protocol.At(r.now.Add(-time.Hour)), Expires: protocol.At(r.now.Add(life)),
		Holder: protocol.Confirmation{Key: public}, Device: protocol.Device{Role: role, Print: print},
	}
	var agreement *ecdh.PrivateKey
	if role.Agrees() {
		if made.Agreement == nil {
			if agreement, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
				return Papers{}, err
			}
			made.Agreement = agreement.PublicKey()
		}
		point, err := protocol.NewPoint(made.Agreement)
		if err != nil {
			return Papers{}, err
		}
		claims.Device.Name, claims.Device.Agreement = &name, &point
	}
	certificate, err := protocol.Sign(r.key, claims)
	if err != nil {
		return Papers{}, err
	}
	leaf, err := r.leaf(role, subject, &tls.PublicKey)
	if err != nil {
		return Papers{}, err
	}
	anchor, err := protocol.EncodeAnchor(protocol.Anchor{Authority: r.name, Key: r.public})
	if err != nil {
		return Papers{}, err
	}
	p := Papers{Certificate: certificate.Bytes(), Anchor: anchor, Root: r.root.Raw, Leaf: leaf.Raw, List: r.list.Bytes()}
	return p, p.keep(signing, tls, agreement)
}
