package service_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/app/authority/certification"
	"countersign/app/authority/service"
	"countersign/app/authority/store"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
)

// clock is moved by tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// realm is an authority on a real token, answering on loopback, and tokens for
// its devices.
type realm struct {
	t         *testing.T
	clock     *clock
	authority *certification.Authority
	service   *service.Service
	url       string
	registry  string // its file
	log       *bytes.Buffer
	tokens    map[string]secureunit.Config
	units     map[string]*secureunit.Unit
}

// newRealm starts an authority; labels are the tokens that devices get.
func newRealm(t *testing.T, labels ...string) *realm {
	t.Helper()
	configs := virtualtoken.ForTest(t, append([]string{"authority"}, labels...)...)
	r := &realm{
		t: t, clock: &clock{now: time.Now().Truncate(time.Second)}, log: &bytes.Buffer{},
		tokens: map[string]secureunit.Config{}, units: map[string]*secureunit.Unit{},
	}
	for i, label := range labels {
		r.tokens[label] = configs[i+1]
	}
	r.tokens["authority"] = configs[0]
	config := certification.Config{Clock: r.clock.Now, Log: slog.New(slog.NewJSONHandler(&guarded{w: r.log}, nil))}
	token := r.token("authority")
	config.Signer = makeKey(t, token, secureunit.Signing)
	config.CA = makeKey(t, token, secureunit.CertificateAuthority)
	tlsKey := makeKey(t, token, secureunit.TLS)
	r.registry = filepath.Join(t.TempDir(), "registry.db")
	registry, err := store.Open(r.registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := registry.Close(); err != nil {
			t.Error(err)
		}
	})
	config.Registry = registry
	if err := certification.Found(config, "countersign/1"); err != nil {
		t.Fatal(err)
	}
	if r.authority, err = certification.New(config); err != nil {
		t.Fatal(err)
	}
	r.service = service.New(r.authority, tlsKey, []string{"127.0.0.1", "localhost"}, r.clock.Now, config.Log)
	r.url = r.serve()
	return r
}

func (r *realm) serve() string {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.service.Serve(ctx, l) }()
	r.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	})
	return "https://" + l.Addr().String()
}

// serveCut serves the same authority on a line that is cut where cut says so.
func (r *realm) serveCut(cut func(path string) (cut, done bool)) string {
	r.t.Helper()
	server := httptest.NewUnstartedServer(aborting{r.service.Handler(), cut})
	// Through GetConfigForClient, because httptest adds a certificate of its own.
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.service.TLS(), nil }}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	r.t.Cleanup(server.Close)
	return server.URL
}

// guarded lets the log be read while requests are under way.
type guarded struct {
	mu sync.Mutex
	w  io.Writer
}

func (g *guarded) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.w.Write(b)
}

// token opens a token once for the time of the test.
func (r *realm) token(label string) *secureunit.Unit {
	r.t.Helper()
	if u := r.units[label]; u != nil {
		return u
	}
	u, err := secureunit.Open(context.Background(), r.tokens[label])
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := u.Close(); err != nil {
			r.t.Error(err)
		}
	})
	r.units[label] = u
	return u
}

func (r *realm) unit(label string) enrolment.Unit { return over(r.token(label)) }

func over(u *secureunit.Unit) enrolment.Unit {
	return enrolment.Over(u, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
}

func makeKey(t *testing.T, u *secureunit.Unit, p secureunit.Purpose) crypto.Signer {
	t.Helper()
	if _, err := u.EnsureKey(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	signer, err := u.Signer(p)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// code has a code given out.
func (r *realm) code(role protocol.Role, subject protocol.ID, hosts ...string) string {
	r.t.Helper()
	request := certification.CodeRequest{Role: role, Subject: subject, Hosts: hosts}
	if role == protocol.RoleTerminal {
		request.Name = "Corner Café"
	}
	given, err := r.authority.NewCode(r.t.Context(), request)
	if err != nil {
		r.t.Fatal(err)
	}
	return given.Text
}

func (r *realm) options(code string) enrolment.Options {
	return enrolment.Options{AuthorityURL: r.url, Code: code, Clock: r.clock.Now, Log: slog.New(slog.DiscardHandler)}
}

// enrol enrols the device on token label.
func (r *realm) enrol(label string, role protocol.Role, subject protocol.ID, hosts ...string) *enrolment.Credentials {
	r.t.Helper()
	o := r.options(r.code(role, subject, hosts...))
	o.Role, o.Hosts = role, hosts
	c, err := enrolment.Enrol(r.t.Context(), r.unit(label), o)
	if err != nil {
		r.t.Fatal(err)
	}
	c.Clock = r.clock.Now
	return c
}

// deposit is what a desk sends for a wallet's owner.
func (r *realm) deposit(desk *enrolment.Credentials, wallet protocol.ID) protocol.TemplateDeposit {
	r.t.Helper()
	settlement, err := r.authority.Settlement()
	if err != nil {
		r.t.Fatal(err)
	}
	sealed, err := protocol.SealEnrolledTemplate(*settlement.Unverified().Device.Agreement, r.authority.Name(), wallet,
		protocoltest.Template(120, "finger of "+string(wallet)))
	if err != nil {
		r.t.Fatal(err)
	}
	return protocol.TemplateDeposit{
		Authority: r.authority.Name(), Wallet: wallet, Sealed: sealed, Captured: protocol.At(r.clock.Now()),
		Desk: desk.Certificate, Consent: true,
	}
}

// post sends bytes as a device with the given TLS configuration would.
func (r *realm) post(config *tls.Config, path, contentType string, body []byte) (int, []byte) {
	r.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	response, err := client.Post(r.url+path, contentType, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, answer
}

// anonymous trusts the authority's root and shows no certificate.
func (r *realm) anonymous() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS13, Time: r.clock.Now, RootCAs: newPool(r.authority.Root())}
	return config
}

func about(code protocol.EnrolmentCode) protocol.Hash { return sha256.Sum256(code.Secret[:]) }
