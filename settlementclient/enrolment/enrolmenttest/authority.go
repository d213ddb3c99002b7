// Package enrolmenttest has an authority for tests of what enrols with one: it
// certifies whoever asks, over real TLS on loopback, and misbehaves where a test
// tells it to. It checks no proof and keeps no registry; the real one is
// app/authority, whose tests are where proofs are checked.
package enrolmenttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
)

// Authority is a realm with a server. Its fields are set before it is used, or
// between requests.
type Authority struct {
	// Realm has PriA, the name and the clock.
	Realm *protocoltest.Realm
	// URL is where it answers.
	URL string
	// Settlement is settlement's certificate, if there is one.
	Settlement *protocol.Signed[protocol.Certificate]
	// Name is the URI in the TLS leaf; the right one unless a test changes it.
	Name string
	// Skew is how far the authority's clock is ahead of the realm's.
	Skew time.Duration
	// Sequence is the number of the revocation list, and Revoked its entries.
	Sequence uint64
	Revoked  []protocol.Revoked
	// Alter changes what is issued before it is signed.
	Alter func(*protocol.Certificate)
	// Answer replaces the answer to a path, if it returns one.
	Answer func(path string) []byte
	// Refuse replaces the answer to a path by a problem, if it returns one.
	Refuse func(path string) *problem.Problem

	t     testing.TB
	mu    sync.Mutex
	codes map[protocol.Hash]protocol.EnrolmentCode
	asked map[string]int
	ca    *ecdsa.PrivateKey
	root  *x509.Certificate
	key   *ecdsa.PrivateKey
}

// New starts an authority for the time of the test.
func New(t testing.TB, realm *protocoltest.Realm) *Authority {
	t.Helper()
	a := &Authority{
		Realm: realm, Name: protocol.AuthorityTLSName(realm.Name), Sequence: 1, Revoked: []protocol.Revoked{}, t: t,
		codes: map[protocol.Hash]protocol.EnrolmentCode{}, asked: map[string]int{},
		ca: newKey(t), key: newKey(t),
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: string(realm.Name)}, NotBefore: realm.Now.AddDate(-1, 0, 0),
		NotAfter: realm.Now.AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.root = a.sign(root, root, &a.ca.PublicKey)
	server := httptest.NewUnstartedServer(http.HandlerFunc(a.serve))
	server.TLS = &tls.Config{GetConfigForClient: a.tls}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Code gives out an enrolment code.
func (a *Authority) Code(role protocol.Role, subject protocol.ID) string {
	a.t.Helper()
	code := protocol.EnrolmentCode{Role: role, Subject: subject, Authority: a.Realm.Anchor().Key.Thumbprint(), Secret: protocol.NewCode()}
	text, err := protocol.EnrolmentText(code)
	if err != nil {
		a.t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes[sha256.Sum256(code.Secret[:])] = code
	return text
}

// Clock is the realm's.
func (a *Authority) Clock() time.Time { return a.Realm.Now }

// Options are for a device of this realm.
func (a *Authority) Options(code string) enrolment.Options {
	return enrolment.Options{AuthorityURL: a.URL, Code: code, Clock: a.Clock}
}

// Enrol enrols a new device with a unit in memory; hosts are for servers.
func (a *Authority) Enrol(role protocol.Role, subject protocol.ID, hosts ...string) (*Unit, *enrolment.Credentials) {
	a.t.Helper()
	unit := NewUnit()
	o := a.Options(a.Code(role, subject))
	o.Hosts = hosts
	c, err := enrolment.Enrol(a.t.Context(), unit, o)
	if err != nil {
		a.t.Fatal(err)
	}
	c.Clock = a.Clock
	if role == protocol.RoleSettlement {
		a.Settlement = c.Certificate
	}
	return unit, c
}

// Asked returns how often a path was asked for.
func (a *Authority) Asked(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[path]
}

func (a *Authority) now() time.Time { return a.Realm.Now.Add(a.Skew) }

// sign makes an X.509 certificate.
func (a *Authority) sign(template, parent *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.ca)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate
}

// leaf makes a TLS leaf with the given URI and hosts.
func (a *Authority) leaf(name string, public *ecdsa.PublicKey, begins, ends time.Time, dns []string, ips []net.IP) *x509.Certificate {
	a.t.Helper()
	uri, err := url.Parse(name)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), URIs: []*url.URL{uri}, DNSNames: dns, IPAddresses: ips, NotBefore: begins, NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, a.root, public)
}

func (a *Authority) tls(*tls.ClientHelloInfo) (*tls.Config, error) {
	leaf := a.leaf(a.Name, &a.key.PublicKey, a.Realm.Now.Add(-time.Hour), a.Realm.Now.Add(time.Hour), nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	clients := x509.NewCertPool()
	clients.AddCert(a.root)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: a.now, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: a.key, Leaf: leaf}},
	}, nil
}
