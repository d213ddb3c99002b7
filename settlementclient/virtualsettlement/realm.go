package virtualsettlement

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// TLS issues X.509 leaves for the parties of a realm, as its authority does.
type TLS struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	root *x509.Certificate
	// Clock is what both ends verify by; time.Now unless it is set.
	Clock func() time.Time
}

// NewTLS makes the X.509 side of a realm, which is valid around now.
func NewTLS(t testing.TB, name protocol.ID, clock func() time.Time) *TLS {
	t.Helper()
	a := &TLS{t: t, key: protocoltest.SignatureKey(t, "TLS root of "+string(name)), Clock: clock}
	a.root = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: string(name)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, a.key)
	return a
}

func (a *TLS) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	template.SerialNumber = big.NewInt(a.Clock().UnixNano())
	template.NotBefore, template.NotAfter = a.Clock().Add(-time.Hour), a.Clock().Add(7*24*time.Hour)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate
}

// leaf issues the TLS identity of a device.
func (a *TLS) leaf(role protocol.Role, subject protocol.ID) tls.Certificate {
	a.t.Helper()
	name, err := url.Parse(protocol.TLSName(role, subject))
	if err != nil {
		a.t.Fatal(err)
	}
	key := protocoltest.SignatureKey(a.t, "TLS "+string(subject))
	certificate := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: string(subject)}, URIs: []*url.URL{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, a.root, key)
	return tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key, Leaf: certificate}
}

func (a *TLS) config(role protocol.Role, subject protocol.ID) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: a.Clock, Certificates: []tls.Certificate{a.leaf(role, subject)},
		RootCAs: pool, ClientCAs: pool, SessionTicketsDisabled: true,
	}
}

// Client is a device's side of the connection.
func (a *TLS) Client(role protocol.Role, subject protocol.ID) *tls.Config {
	a.t.Helper()
	return a.config(role, subject)
}

// Server is a server's side; both sides are authenticated.
func (a *TLS) Server(role protocol.Role, subject protocol.ID) *tls.Config {
	a.t.Helper()
	config := a.config(role, subject)
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config
}
