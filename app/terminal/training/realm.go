package training

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"time"

	"countersign/protocol"
)

// The names of those who take part. The authority's is nobody else's, so that no real
// device would believe what is signed here.
const (
	authority  protocol.ID = "training/1"
	terminal   protocol.ID = "T-TRAINING"
	settlement protocol.ID = "S-TRAINING"
	wallet     protocol.ID = "W-TRAINING"
)

// valid is how long certificates are, which are made anew at each Open.
const valid = 366 * 24 * time.Hour

// party is a device with its keys.
type party struct {
	key         *ecdsa.PrivateKey
	agreement   *ecdh.PrivateKey // nil for the wallet
	certificate *protocol.Signed[protocol.Certificate]
}

// realm is an authority and what it has certified.
type realm struct {
	key                          *ecdsa.PrivateKey
	public                       protocol.Key
	terminal, settlement, wallet party
	now                          func() time.Time
}

func newRealm(shop string, now func() time.Time) (*realm, error) {
	key, public, err := newKey()
	if err != nil {
		return nil, err
	}
	r := &realm{key: key, public: public, now: now}
	if r.settlement, err = r.certify(protocol.RoleSettlement, settlement, "Training", nil); err != nil {
		return nil, err
	}
	if r.terminal, err = r.certify(protocol.RoleTerminal, terminal, shop, nil); err != nil {
		return nil, err
	}
	print, err := protocol.SealEnrolledTemplate(*r.settlement.certificate.Unverified().Device.Agreement, authority, wallet, newTemplate())
	if err != nil {
		return nil, err
	}
	r.wallet, err = r.certify(protocol.RoleWallet, wallet, "", print)
	return r, err
}

// certify makes a party; print is the wallet's owner's.
func (r *realm) certify(role protocol.Role, subject protocol.ID, name string, print protocol.Sealed) (party, error) {
	key, public, err := newKey()
	if err != nil {
		return party{}, err
	}
	p := party{key: key}
	claims := protocol.Certificate{
		Issuer: authority, Subject: subject, NotBefore: protocol.At(r.now().Add(-time.Hour)), Expires: protocol.At(r.now().Add(valid)),
		Holder: protocol.Confirmation{Key: public}, Device: protocol.Device{Role: role, Print: print},
	}
	if role.Agrees() {
		if p.agreement, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
			return party{}, err
		}
		point, err := protocol.NewPoint(p.agreement.PublicKey())
		if err != nil {
			return party{}, err
		}
		claims.Device.Name, claims.Device.Agreement = &name, &point
	}
	if p.certificate, err = protocol.Sign(r.key, claims); err != nil {
		return party{}, fmt.Errorf("certify %s: %w", subject, err)
	}
	return p, nil
}

// Certificate and Trust make a realm a sale.Identity.
func (r *realm) Certificate() *protocol.Signed[protocol.Certificate] { return r.terminal.certificate }

// Trust believes this authority, with a list of today on which nobody is.
func (r *realm) Trust() protocol.Trust {
	return protocol.Trust{
		Anchors:    []protocol.Anchor{{Authority: authority, Key: r.public}},
		Revocation: &protocol.RevocationList{Issuer: authority, Sequence: 1, Issued: protocol.At(r.now()), Revoked: []protocol.Revoked{}},
	}
}

func newKey() (*ecdsa.PrivateKey, protocol.Key, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, protocol.Key{}, err
	}
	public, err := protocol.NewKey(&key.PublicKey)
	return key, public, err
}

// newTemplate is of a finger that nobody has.
func newTemplate() protocol.Template {
	t := make(protocol.Template, 120)
	rand.Read(t) // never fails (crypto/rand)
	return t
}
