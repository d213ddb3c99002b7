package secureunit_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"countersign/devices/secureunit"

	"github.com/veraison/go-cose"
)

func TestCOSESign1(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Signing)
	key, err := u.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmES256, key)
	if err != nil {
		t.Fatal(err)
	}
	message := cose.NewSign1Message()
	message.Headers.Protected.SetAlgorithm(cose.AlgorithmES256)
	message.Payload = []byte("a request")
	if err := message.Sign(rand.Reader, []byte("cs1/request"), signer); err != nil {
		t.Fatal(err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmES256, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := message.Verify([]byte("cs1/request"), verifier); err != nil {
		t.Errorf("signature: %v", err)
	}
	if err := message.Verify([]byte("cs1/payment"), verifier); err == nil {
		t.Error("signature verifies in another context")
	}
}

func hpkeKey(t testing.TB, u *secureunit.Unit) (hpke.PrivateKey, *ecdh.PublicKey) {
	t.Helper()
	exchanger, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	private, err := hpke.NewDHKEMPrivateKey(exchanger)
	if err != nil {
		t.Fatal(err)
	}
	return private, exchanger.PublicKey()
}

func sealTo(t testing.TB, to *ecdh.PublicKey, info, plaintext []byte) []byte {
	t.Helper()
	public, err := hpke.NewDHKEMPublicKey(to)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES128GCM(), info, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestHPKE(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Agreement)
	private, public := hpkeKey(t, u)
	info, plaintext := []byte("cs1/payment-outer"), []byte("a payment")
	sealed := sealTo(t, public, info, plaintext)
	got, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES128GCM(), info, sealed)
	if err != nil || !bytes.Equal(got, plaintext) {
		t.Fatalf("opened %q: %v", got, err)
	}
	if _, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("cs1/tap"), sealed); err == nil {
		t.Error("opened as another kind")
	}
}

// certify makes an X.509 leaf for the TLS key under the authority's root, with
// a signing request as a device sends it.
func certify(t testing.TB, authority, device *secureunit.Unit) (root *x509.Certificate, leaf tls.Certificate) {
	t.Helper()
	caKey, err := authority.Signer(secureunit.CertificateAuthority)
	if err != nil {
		t.Fatal(err)
	}
	tlsKey, err := device.Signer(secureunit.TLS)
	if err != nil {
		t.Fatal(err)
	}
	rootDER := certificate(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}, nil, caKey.Public(), caKey)
	root, err = x509.ParseCertificate(rootDER)
	if err != nil {
		t.Fatal(err)
	}
	csrDER, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, tlsKey)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(csrDER)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil {
		t.Fatal(err)
	}
	leafDER := certificate(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "till"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"till.test"},
	}, root, csr.PublicKey, caKey)
	return root, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: tlsKey}
}

func certificate(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) []byte {
	t.Helper()
	if parent == nil {
		parent = template
	}
	template.SerialNumber = big.NewInt(1)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestTLS13BothSidesInTheToken(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.TLS, secureunit.CertificateAuthority)
	root, leaf := certify(t, u, u)
	pool := x509.NewCertPool()
	pool.AddCert(root)
	config := &tls.Config{
		Certificates: []tls.Certificate{leaf}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13, ServerName: "till.test",
	}
	near, far := net.Pipe()
	server, client := tls.Server(far, config), tls.Client(near, config)
	served := make(chan error, 1)
	go func() {
		_, err := io.Copy(server, io.LimitReader(server, 5))
		served <- err
	}()
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(client, got); err != nil || string(got) != "hello" {
		t.Fatalf("echo %q: %v", got, err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	near.Close()
	far.Close()
	for _, c := range []*tls.Conn{client, server} {
		if state := c.ConnectionState(); state.Version != tls.VersionTLS13 || len(state.VerifiedChains) == 0 {
			t.Errorf("version %x, %d chains", state.Version, len(state.VerifiedChains))
		}
	}
}
