package service_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"net"
	"net/url"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// applicant is a device that does by hand, and wrongly where a test says so,
// what settlementclient/enrolment does.
type applicant struct {
	r         *realm
	code      protocol.EnrolmentCode
	signing   *ecdsa.PrivateKey
	tls       *ecdsa.PrivateKey
	agreement *ecdh.PrivateKey
}

func (r *realm) applicant(role protocol.Role, subject protocol.ID, hosts ...string) applicant {
	r.t.Helper()
	code, err := protocol.ParseEnrolmentText(r.code(role, subject, hosts...))
	if err != nil {
		r.t.Fatal(err)
	}
	name := string(subject)
	return applicant{
		r, code, protocoltest.SignatureKey(r.t, name), protocoltest.SignatureKey(r.t, name+" TLS"),
		protocoltest.AgreementKey(r.t, name),
	}
}

func (a applicant) point() *protocol.Point {
	point, err := protocol.NewPoint(a.agreement.PublicKey())
	if err != nil {
		a.r.t.Fatal(err)
	}
	return &point
}

// challenge asks over HTTPS.
func (a applicant) challenge(agreement *protocol.Point) protocol.Challenge {
	a.r.t.Helper()
	body, err := protocol.EncodeChallengeRequest(protocol.ChallengeRequest{About: about(a.code), Agreement: agreement})
	if err != nil {
		a.r.t.Fatal(err)
	}
	status, answer := a.r.post(a.r.anonymous(), protocol.PathChallenges, protocol.ContentTypeCBOR, body)
	if status != 200 {
		a.r.t.Fatalf("challenge: %d %s", status, answer)
	}
	signed, err := protocol.Parse[protocol.Challenge](answer)
	if err != nil {
		a.r.t.Fatal(err)
	}
	challenge, err := signed.Verify(a.r.authority.Anchor().Key)
	if err != nil {
		a.r.t.Fatal(err)
	}
	return challenge
}

// csr is a certification request by key.
func (a applicant) csr(key crypto.Signer, names []string, hosts ...string) []byte {
	a.r.t.Helper()
	template := &x509.CertificateRequest{}
	for _, name := range names {
		uri, err := url.Parse(name)
		if err != nil {
			a.r.t.Fatal(err)
		}
		template.URIs = append(template.URIs, uri)
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		a.r.t.Fatal(err)
	}
	return der
}

// application answers a challenge rightly.
func (a applicant) application(c protocol.Challenge) protocol.Enrolment {
	a.r.t.Helper()
	e := protocol.Enrolment{
		Nonce: c.Nonce, Secret: a.code.Secret, Key: protocoltest.PublicKey(a.r.t, a.signing),
		Request: a.csr(a.tls, []string{protocol.ProofName(c.Nonce)}),
	}
	if a.code.Role.Agrees() {
		answer, err := protocol.AnswerChallenge(a.agreement, c)
		if err != nil {
			a.r.t.Fatal(err)
		}
		e.Agreement, e.Answer = a.point(), &answer
	}
	return e
}

// send returns the problem that the authority answers, or nil.
func (a applicant) send(e protocol.Enrolment) *problem.Problem {
	a.r.t.Helper()
	signed := protocoltest.Sign(a.r.t, a.signing, e)
	status, answer := a.r.post(a.r.anonymous(), protocol.PathEnrolments, protocol.ContentTypeCOSE, signed.Bytes())
	if status == 200 {
		return nil
	}
	return problem.Decode(status, answer)
}

// Guarantee: possession of each key is proved. Whatever proof is wrong, the
// code stays good for who does it rightly.
func TestEveryProofIsChecked(t *testing.T) {
	r := newRealm(t)
	a := r.applicant(protocol.RoleTerminal, "T-0001", "shop.example", "192.0.2.7")
	curve384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	asSigner, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), a.agreement.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*protocol.Enrolment)
		want   problem.Code
	}{
		"signature by another key": {func(e *protocol.Enrolment) {
			e.Key = protocoltest.PublicKey(t, protocoltest.SignatureKey(t, "thief"))
		}, problem.Proof},
		"agreement key not opened": {func(e *protocol.Enrolment) { e.Answer = &protocol.Hash{1} }, problem.Proof},
		"other agreement key than challenged": {func(e *protocol.Enrolment) {
			point, err := protocol.NewPoint(protocoltest.AgreementKey(t, "other").PublicKey())
			if err != nil {
				t.Fatal(err)
			}
			e.Agreement = &point
		}, problem.Proof},
		"no agreement key":    {func(e *protocol.Enrolment) { e.Agreement, e.Answer = nil, nil }, problem.Proof},
		"other code's secret": {func(e *protocol.Enrolment) { e.Secret = protocol.NewCode() }, problem.Proof},
		"request with a foreign nonce": {func(e *protocol.Enrolment) {
			e.Request = a.csr(a.tls, []string{protocol.ProofName(protocol.NewCode())})
		}, problem.Proof},
		"request without nonce": {func(e *protocol.Enrolment) { e.Request = a.csr(a.tls, nil) }, problem.Proof},
		"request that names a device, too": {func(e *protocol.Enrolment) {
			e.Request = a.csr(a.tls, []string{protocol.ProofName(e.Nonce), protocol.TLSName(protocol.RoleSettlement, "settlement-1")})
		}, problem.Proof},
		"request whose signature is broken": {func(e *protocol.Enrolment) { e.Request[len(e.Request)-1] ^= 1 }, problem.Proof},
		"request that is none":              {func(e *protocol.Enrolment) { e.Request = []byte("CSR") }, problem.Malformed},
		"TLS key on another curve": {func(e *protocol.Enrolment) {
			e.Request = a.csr(curve384, []string{protocol.ProofName(e.Nonce)})
		}, problem.Proof},
		"TLS key is the signature key": {func(e *protocol.Enrolment) {
			e.Request = a.csr(a.signing, []string{protocol.ProofName(e.Nonce)})
		}, problem.Proof},
		"TLS key is the agreement key": {func(e *protocol.Enrolment) {
			e.Request = a.csr(asSigner, []string{protocol.ProofName(e.Nonce)})
		}, problem.Proof},
		"host that the code does not allow": {func(e *protocol.Enrolment) {
			e.Request = a.csr(a.tls, []string{protocol.ProofName(e.Nonce)}, "shop.example", "settlement.example")
		}, problem.Unauthorised},
		"template in a terminal": {func(e *protocol.Enrolment) { e.ByHash = true }, problem.Malformed},
	} {
		e := a.application(a.challenge(a.point()))
		c.change(&e)
		if p := a.send(e); p == nil || p.Code != c.want {
			t.Errorf("%s: %v", name, p)
		}
	}
	c := a.challenge(a.point())
	e := a.application(c)
	e.Request = a.csr(a.tls, []string{protocol.ProofName(c.Nonce)}, "shop.example", "192.0.2.7")
	if p := a.send(e); p != nil {
		t.Fatalf("all proofs right: %v", p)
	}
	if p := a.send(e); p == nil || p.Code != problem.Stale {
		t.Errorf("replayed application: %v", p)
	}
}

func TestAgreementKeyOnlyForWhoHasOne(t *testing.T) {
	r := newRealm(t)
	a := r.applicant(protocol.RoleDesk, "D-0001")
	c := a.challenge(a.point())
	e := a.application(c)
	answer, err := protocol.AnswerChallenge(a.agreement, c)
	if err != nil {
		t.Fatal(err)
	}
	e.Agreement, e.Answer = a.point(), &answer
	if p := a.send(e); p == nil || p.Code != problem.Proof {
		t.Errorf("desk with agreement key: %v", p)
	}
}

func TestChallengesEnd(t *testing.T) {
	r := newRealm(t)
	a := r.applicant(protocol.RoleTerminal, "T-0001")
	b := r.applicant(protocol.RoleTerminal, "T-0002")

	e := a.application(a.challenge(a.point()))
	r.clock.advance(5*time.Minute + time.Second)
	if p := a.send(e); p == nil || p.Code != problem.Stale {
		t.Errorf("answer after five minutes: %v", p)
	}

	// A challenge that another device was given does not serve.
	e = a.application(a.challenge(a.point()))
	foreign := b.challenge(b.point())
	e.Nonce = foreign.Nonce
	e.Request = a.csr(a.tls, []string{protocol.ProofName(foreign.Nonce)})
	if p := a.send(e); p == nil || p.Code != problem.Proof {
		t.Errorf("another device's challenge: %v", p)
	}
	if p := b.send(b.application(foreign)); p == nil || p.Code != problem.Stale {
		t.Errorf("a challenge answers one attempt, right or wrong: %v", p)
	}

	// More than eight open ones about one code push out the oldest, so that
	// nobody uses up the others'.
	first := a.application(a.challenge(a.point()))
	other := b.application(b.challenge(b.point()))
	for range 8 {
		r.clock.advance(time.Second)
		a.challenge(a.point())
	}
	if p := a.send(first); p == nil || p.Code != problem.Stale {
		t.Errorf("oldest of nine challenges: %v", p)
	}
	if p := b.send(other); p != nil {
		t.Errorf("other code's challenge: %v", p)
	}
}

// A key belongs to one subject and has one use.
func TestKeysAreNotShared(t *testing.T) {
	r := newRealm(t)
	a := r.applicant(protocol.RoleTerminal, "T-0001")
	if p := a.send(a.application(a.challenge(a.point()))); p != nil {
		t.Fatal(p)
	}
	for name, change := range map[string]func(*applicant){
		"signature key": func(b *applicant) { b.signing = a.signing },
		"TLS key":       func(b *applicant) { b.tls = a.tls },
		"agreement key": func(b *applicant) { b.agreement = a.agreement },
		"TLS key that signs elsewhere": func(b *applicant) {
			b.tls = a.signing
		},
	} {
		b := r.applicant(protocol.RoleTerminal, "T-0002")
		change(&b)
		if p := b.send(b.application(b.challenge(b.point()))); p == nil || p.Code != problem.Conflict {
			t.Errorf("another device's %s: %v", name, p)
		}
	}
}

// Requests that are no messages are refused by name and lose nothing.
func TestBodiesAreChecked(t *testing.T) {
	r := newRealm(t)
	a := r.applicant(protocol.RoleTerminal, "T-0001")
	good := protocoltest.Sign(t, a.signing, a.application(a.challenge(a.point()))).Bytes()
	for name, c := range map[string]struct {
		path, contentType string
		body              []byte
		status            int
	}{
		"empty":              {protocol.PathEnrolments, protocol.ContentTypeCOSE, nil, 400},
		"truncated":          {protocol.PathEnrolments, protocol.ContentTypeCOSE, good[:len(good)-1], 400},
		"other message":      {protocol.PathRenewals, protocol.ContentTypeCOSE, good, 400},
		"wrong type":         {protocol.PathEnrolments, "text/plain", good, 415},
		"challenge of junk":  {protocol.PathChallenges, protocol.ContentTypeCBOR, []byte{0xff}, 400},
		"challenge as COSE":  {protocol.PathChallenges, protocol.ContentTypeCOSE, []byte{0x80}, 415},
		"too large":          {protocol.PathEnrolments, protocol.ContentTypeCOSE, make([]byte, 64<<10+1), 413},
		"no such path":       {"/v1/elsewhere", protocol.ContentTypeCOSE, good, 404},
		"posted to identity": {protocol.PathIdentity, protocol.ContentTypeCOSE, good, 404},
	} {
		status, answer := r.post(r.anonymous(), c.path, c.contentType, c.body)
		if p := problem.Decode(status, answer); status != c.status || p.Detail == "" {
			t.Errorf("%s: %d %v", name, status, p)
		}
	}
	status, answer := r.post(r.anonymous(), protocol.PathEnrolments, protocol.ContentTypeCOSE, good)
	if status != 200 {
		t.Errorf("after all that: %d %s", status, answer)
	}
}
