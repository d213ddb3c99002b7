package virtualrealm

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// Papers are what a device has after enrolment, and its keys (PKCS #8), to be
// written as JSON.
type Papers struct {
	Certificate []byte `json:"certificate"`
	Anchor      []byte `json:"anchor"`
	Root        []byte `json:"root"`
	Leaf        []byte `json:"leaf"`
	List        []byte `json:"list"`
	Settlement  []byte `json:"settlement,omitempty"`
	Signing     []byte `json:"signing,omitempty"`
	TLS         []byte `json:"tls"`
	Agreement   []byte `json:"agreement,omitempty"`
}

func (p *Papers) keep(signing, tls *ecdsa.PrivateKey, agreement *ecdh.PrivateKey) (err error) {
	if signing != nil {
		if p.Signing, err = x509.MarshalPKCS8PrivateKey(signing); err != nil {
			return err
		}
	}
	if p.TLS, err = x509.MarshalPKCS8PrivateKey(tls); err != nil {
		return err
	}
	if agreement != nil {
		p.Agreement, err = x509.MarshalPKCS8PrivateKey(agreement)
	}
	return err
}

// Device is an enrolled device.
type Device struct {
	*enrolment.Credentials
	// Agreement is nil for a wallet.
	Agreement *ecdh.PrivateKey
}

// Device reads the papers as a device does its secure unit.
func (p Papers) Device() (d Device, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read a device's papers: %w", err)
		}
	}()
	c := &enrolment.Credentials{Clock: time.Now}
	d.Credentials = c
	if c.Certificate, err = protocol.Parse[protocol.Certificate](p.Certificate); err != nil {
		return d, err
	}
	c.Claims = c.Certificate.Unverified()
	c.Role, c.Subject = c.Claims.Device.Role, c.Claims.Subject
	if c.Anchor, err = protocol.DecodeAnchor(p.Anchor); err != nil {
		return d, err
	}
	list, err := protocol.Parse[protocol.RevocationList](p.List)
	if err != nil {
		return d, err
	}
	revoked, err := list.Verify(c.Anchor.Key)
	if err != nil {
		return d, err
	}
	c.Trust = protocol.Trust{Anchors: []protocol.Anchor{c.Anchor}, Revocation: &revoked}
	if p.Settlement != nil {
		if c.Settlement, err = protocol.Parse[protocol.Certificate](p.Settlement); err != nil {
			return d, err
		}
	}
	if c.Root, err = x509.ParseCertificate(p.Root); err != nil {
		return d, err
	}
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(c.Root)
	leaf, err := x509.ParseCertificate(p.Leaf)
	if err != nil {
		return d, err
	}
	if p.Signing != nil { // else it lies in the device's secure unit
		signing, err := private[*ecdsa.PrivateKey](p.Signing)
		if err != nil {
			return d, err
		}
		c.Signer = signing
	}
	secure, err := private[*ecdsa.PrivateKey](p.TLS)
	if err != nil {
		return d, err
	}
	c.Leaf = tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: secure, Leaf: leaf}
	if p.Agreement != nil {
		key, err := private[*ecdsa.PrivateKey](p.Agreement) // X.509 knows one kind of P-256 key
		if err != nil {
			return d, err
		}
		if d.Agreement, err = key.ECDH(); err != nil {
			return d, err
		}
	}
	return d, nil
}

func private[K any](der []byte) (K, error) {
	var none K
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return none, err
	}
	key, ok := any.(K)
	if !ok {
		return none, errors.New("another kind of key")
	}
	return key, nil
}
