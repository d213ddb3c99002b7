package certification

import (
	"crypto"
	"crypto/ecdsa"
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

const (
	rootLife   = 10 * 365 * 24 * time.Hour
	serverLife = 30 * 24 * time.Hour
)

// makeRoot self-signs the root of the realm's TLS certificates. It signs leaves
// only, no further authorities.
func makeRoot(ca crypto.Signer, name protocol.ID, now time.Time) ([]byte, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: string(name)},
		NotBefore: now.Add(-backdating), NotAfter: now.Add(rootLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
	root, err := x509.CreateCertificate(rand.Reader, template, template, ca.Public(), ca)
	if err != nil {
		return nil, fmt.Errorf("make root certificate: %w", err)
	}
	return root, nil
}

// leafClaims are what a TLS leaf says.
type leafClaims struct {
	name         string // URI
	common       string
	hosts        []string
	public       *ecdsa.PublicKey
	begins, ends time.Time
}

// leaf signs a TLS leaf. Who has hosts may be a server as well as a client.
func (a *Authority) leaf(c leafClaims) ([]byte, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	uri, err := url.Parse(c.name)
	if err != nil {
		return nil, fmt.Errorf("sign TLS leaf: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: c.common}, URIs: []*url.URL{uri},
		NotBefore: c.begins, NotAfter: c.ends, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
	if len(c.hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, host := range c.hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	leaf, err := x509.CreateCertificate(rand.Reader, template, a.root, c.public, a.ca)
	if err != nil {
		return nil, fmt.Errorf("sign TLS leaf: %w", err)
	}
	return leaf, nil
}

// ServerLeaf signs the authority's own TLS leaf, good for 30 days.
func (a *Authority) ServerLeaf(public *ecdsa.PublicKey, hosts []string) ([]byte, error) {
	if public.Equal(a.root.PublicKey) {
		return nil, fmt.Errorf("sign TLS leaf: the TLS key is the CA's")
	}
	now := a.clock()
	return a.leaf(leafClaims{
		name: protocol.AuthorityTLSName(a.name), common: string(a.name), hosts: hosts, public: public,
		begins: now.Add(-backdating), ends: now.Add(serverLife),
	})
}

func serialNumber() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil
}
