package acquirer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	. "countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
)

// certificate makes a certificate of its own authority for the loopback.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestLinkOverTLS(t *testing.T) {
	theirs, trustTheirs := certificate(t, "acquirer")
	ours, trustOurs := certificate(t, "settlement")
	server, err := virtualacquirer.Listen("127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{theirs}, ClientCAs: trustOurs, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.Issue(virtualacquirer.Card{Number: card, Currency: 156, Balance: wealth})

	c := config(server)
	c.TLS = &tls.Config{RootCAs: trustTheirs, Certificates: []tls.Certificate{ours}, MinVersion: tls.VersionTLS12}
	w := &town{T: t, server: server, link: open(t, c)}
	if a, err := w.link.Purchase(t.Context(), w.buy(9)); err != nil || a.Verdict() != Approved {
		t.Errorf("%+v, %v", a, err)
	}
	w.net(9)

	// Neither a stranger's server nor a client without certificate is served.
	for name, stranger := range map[string]*tls.Config{
		"server": {RootCAs: trustOurs, Certificates: []tls.Certificate{ours}},
		"client": {RootCAs: trustTheirs},
	} {
		c.TLS, c.DialTimeout = stranger, 200*time.Millisecond
		if _, err := open(t, c).Purchase(t.Context(), w.buy(9)); !errors.Is(err, ErrNotSent) {
			t.Errorf("unknown %s: %v", name, err)
		}
	}
	w.net(9)
}
