package service_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/authority/certification"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
)

func newPool(root *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return pool
}

// Everyone of a sale enrols on a real token over real TLS, in the order of an
// installation: settlement, desk, terminal, the owner's finger, wallet.
func TestEveryRoleEnrols(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "terminal", "wallet", "wallet by hash", "wallet without print")
	settlement := r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "localhost", "127.0.0.1")
	desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
	terminal := r.enrol("terminal", protocol.RoleTerminal, "T-0001")

	if name := *terminal.Claims.Device.Name; name != "Corner Café" {
		t.Errorf("shop's name is %q", name)
	}
	for _, c := range []*enrolment.Credentials{desk, terminal} {
		if c.Settlement == nil || c.Settlement.Hash() != settlement.Certificate.Hash() {
			t.Errorf("%v has not settlement's certificate", c.Role)
		}
		if err := c.Trust.ListCurrent(r.clock.Now(), time.Minute); err != nil {
			t.Errorf("%v: %v", c.Role, err)
		}
		if c.Anchor != r.authority.Anchor() {
			t.Errorf("%v has another anchor", c.Role)
		}
	}

	wallet := r.enrolWallet(desk, "wallet", "W-0001", false)
	byHash := r.enrolWallet(desk, "wallet by hash", "W-0002", true)
	agreement, err := r.token("settlement").Agreement()
	if err != nil {
		t.Fatal(err)
	}
	template, err := protocol.OpenEnrolledTemplate(agreement, r.authority.Name(), "W-0001", wallet.Claims.Device.Print)
	if err != nil || !bytes.Equal(template, protocoltest.Template(120, "finger of W-0001")) {
		t.Errorf("settlement opens another template: %v", err)
	}
	hash, ok := byHash.Claims.Device.PrintDeposited()
	pending, err := enrolment.PendingDeposit(r.unit("wallet by hash"))
	if err != nil || !ok || pending == nil || pending.Unverified().SealedHash() != hash {
		t.Fatalf("wallet by hash: named %v, pending %v, %v", ok, pending, err)
	}
	if err := enrolment.DepositDelivered(t.Context(), r.unit("wallet by hash")); err != nil {
		t.Fatal(err)
	}
	if pending, err := enrolment.PendingDeposit(r.unit("wallet by hash")); pending != nil || err != nil {
		t.Errorf("delivered deposit is still pending: %v", err)
	}

	given, err := r.authority.NewCode(t.Context(), certification.CodeRequest{Role: protocol.RoleWallet, Subject: "W-0003", NoPrint: true})
	if err != nil {
		t.Fatal(err)
	}
	without, err := enrolment.Enrol(t.Context(), r.unit("wallet without print"), r.options(given.Text))
	if err != nil || without.Claims.Device.Print != nil {
		t.Errorf("wallet without print: %v", err)
	}

	devices, err := r.authority.Devices()
	if err != nil || len(devices) != 6 {
		t.Errorf("registry holds %d devices: %v", len(devices), err)
	}
	for label := range r.tokens {
		if label == "authority" {
			continue
		}
		if _, err := enrolment.Load(r.unit(label)); err != nil {
			t.Errorf("load %s: %v", label, err)
		}
	}
}

// enrolWallet has the desk deposit a template and enrols with the code that the
// authority answers.
func (r *realm) enrolWallet(desk *enrolment.Credentials, label string, wallet protocol.ID, byHash bool) *enrolment.Credentials {
	r.t.Helper()
	status, text := r.postDeposit(desk, r.deposit(desk, wallet))
	if status != 200 {
		r.t.Fatalf("deposit: %d %s", status, text)
	}
	o := r.options(string(text))
	o.ByHash, o.Role = byHash, protocol.RoleWallet
	c, err := enrolment.Enrol(r.t.Context(), r.unit(label), o)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *realm) postDeposit(as *enrolment.Credentials, d protocol.TemplateDeposit) (int, []byte) {
	r.t.Helper()
	signed, err := protocol.Sign(as.Signer, d)
	if err != nil {
		r.t.Fatal(err)
	}
	config := r.anonymous()
	config.Certificates = []tls.Certificate{as.Leaf}
	return r.post(config, protocol.PathDeposits, protocol.ContentTypeCOSE, signed.Bytes())
}

func TestCodes(t *testing.T) {
	r := newRealm(t, "first", "second")
	text := r.code(protocol.RoleTerminal, "T-0001")
	o := r.options(text)
	if _, err := enrolment.Enrol(t.Context(), r.unit("first"), o); err != nil {
		t.Fatal(err)
	}
	// Guarantee: a code serves one set of keys.
	if _, err := enrolment.Enrol(t.Context(), r.unit("second"), o); !errors.Is(err, enrolment.ErrCodeUsed) || enrolment.Hint(err) == "" {
		t.Errorf("code used twice: %v", err)
	}
	if _, err := enrolment.Enrol(t.Context(), r.unit("first"), o); err != nil {
		t.Errorf("the same keys again: %v", err)
	}

	o = r.options(r.code(protocol.RoleTerminal, "T-0002"))
	o.Role = protocol.RoleSettlement
	if _, err := enrolment.Enrol(t.Context(), r.unit("second"), o); !errors.Is(err, enrolment.ErrCodeRole) {
		t.Errorf("code for another role: %v", err)
	}
	o.Role = 0
	replaced := r.options(r.code(protocol.RoleTerminal, "T-0002"))
	if _, err := enrolment.Enrol(t.Context(), r.unit("second"), o); !errors.Is(err, enrolment.ErrCodeUnknown) {
		t.Errorf("code replaced by a newer one: %v", err)
	}
	r.clock.advance(certification.CodeLife + time.Second)
	if _, err := enrolment.Enrol(t.Context(), r.unit("second"), replaced); !errors.Is(err, enrolment.ErrCodeUnknown) {
		t.Errorf("expired code: %v", err)
	}

	never := protocol.EnrolmentCode{Role: protocol.RoleTerminal, Subject: "T-0009", Authority: r.authority.Thumbprint(), Secret: protocol.NewCode()}
	if text, err := protocol.EnrolmentText(never); err != nil {
		t.Fatal(err)
	} else if _, err := enrolment.Enrol(t.Context(), r.unit("second"), r.options(text)); !errors.Is(err, enrolment.ErrCodeUnknown) {
		t.Errorf("code that was never given out: %v", err)
	}

	// The registry decides who a code is for, whatever its text says.
	genuine, err := protocol.ParseEnrolmentText(r.code(protocol.RoleTerminal, "T-0003"))
	if err != nil {
		t.Fatal(err)
	}
	genuine.Subject = "T-0004"
	if text, err := protocol.EnrolmentText(genuine); err != nil {
		t.Fatal(err)
	} else if _, err := enrolment.Enrol(t.Context(), r.unit("second"), r.options(text)); !errors.Is(err, enrolment.ErrAnswer) {
		t.Errorf("other subject: %v", err)
	}
	if _, err := enrolment.Load(r.unit("second")); !errors.Is(err, enrolment.ErrNotEnrolled) {
		t.Errorf("after refusals: %v", err)
	}
	for _, secret := range []string{text, strings.TrimPrefix(text, protocol.PrefixEnrolment)} {
		if bytes.Contains(r.log.Bytes(), []byte(secret)) {
			t.Error("a code is in the log")
		}
	}
}

func TestCodesRefused(t *testing.T) {
	r := newRealm(t, "settlement")
	r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "localhost")
	for name, c := range map[string]struct {
		asked certification.CodeRequest
		want  problem.Code
	}{
		"no such role":                {certification.CodeRequest{Role: 9, Subject: "X"}, problem.Malformed},
		"subject with a slash":        {certification.CodeRequest{Role: protocol.RoleDesk, Subject: "D/1"}, problem.Malformed},
		"subject too long":            {certification.CodeRequest{Role: protocol.RoleDesk, Subject: "D-000000000000001"}, problem.Malformed},
		"terminal without name":       {certification.CodeRequest{Role: protocol.RoleTerminal, Subject: "T-1"}, problem.Malformed},
		"desk with name":              {certification.CodeRequest{Role: protocol.RoleDesk, Subject: "D-1", Name: "desk"}, problem.Malformed},
		"host that is none":           {certification.CodeRequest{Role: protocol.RoleSettlement, Subject: "S-1", Hosts: []string{"a b"}}, problem.Malformed},
		"wallet without template":     {certification.CodeRequest{Role: protocol.RoleWallet, Subject: "W-1"}, problem.NotReady},
		"subject of another role":     {certification.CodeRequest{Role: protocol.RoleDesk, Subject: "settlement-1"}, problem.Conflict},
		"terminal without print, too": {certification.CodeRequest{Role: protocol.RoleTerminal, Subject: "T-1", Name: "shop", NoPrint: true}, problem.Malformed},
	} {
		if _, err := r.authority.NewCode(t.Context(), c.asked); !errors.Is(err, &problem.Problem{Code: c.want}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A desk deposits; nobody else can, and nothing but its own fresh captures.
func TestDeposits(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "other desk", "terminal", "wallet")
	r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "localhost")
	desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
	other := r.enrol("other desk", protocol.RoleDesk, "D-0002")
	terminal := r.enrol("terminal", protocol.RoleTerminal, "T-0001")
	good := r.deposit(desk, "W-0001")
	altered := func(change func(*protocol.TemplateDeposit)) protocol.TemplateDeposit {
		d := good
		change(&d)
		return d
	}
	signed, err := protocol.Sign(desk.Signer, good)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := r.post(r.anonymous(), protocol.PathDeposits, protocol.ContentTypeCOSE, signed.Bytes()); status != 403 {
		t.Errorf("without TLS certificate: %d %s", status, answer)
	}
	for name, c := range map[string]struct {
		as      *enrolment.Credentials
		deposit protocol.TemplateDeposit
		want    problem.Code
	}{
		"by a terminal":              {terminal, good, problem.Unauthorised},
		"over another desk's TLS":    {other, good, problem.Unauthorised},
		"desk's name, others' key":   {other, altered(func(d *protocol.TemplateDeposit) { d.Desk = other.Certificate; d.Authority = "elsewhere/1" }), problem.Unauthorised},
		"captured an hour ago":       {desk, altered(func(d *protocol.TemplateDeposit) { d.Captured -= 3600 }), problem.Conflict},
		"captured in an hour":        {desk, altered(func(d *protocol.TemplateDeposit) { d.Captured += 3600 }), problem.Conflict},
		"for a terminal":             {desk, altered(func(d *protocol.TemplateDeposit) { d.Wallet = "T-0001" }), problem.Conflict},
		"for a name that URIs break": {desk, altered(func(d *protocol.TemplateDeposit) { d.Wallet = "W 1" }), problem.Malformed},
		"with a terminal's certificate": {desk, altered(func(d *protocol.TemplateDeposit) { d.Desk = terminal.Certificate }),
			problem.Unauthorised},
	} {
		status, answer := r.postDeposit(c.as, c.deposit)
		if p := problem.Decode(status, answer); status == 200 || p.Code != c.want {
			t.Errorf("%s: %d %v", name, status, p)
		}
	}
	r.enrolWallet(desk, "wallet", "W-0001", false)
	if status, answer := r.postDeposit(desk, good); problem.Decode(status, answer).Code != problem.Conflict {
		t.Errorf("another finger for an enrolled wallet: %d %s", status, answer)
	}
	if err := r.authority.Revoke(t.Context(), "W-0001"); err != nil {
		t.Fatal(err)
	}
	if status, answer := r.postDeposit(desk, good); status != 200 {
		t.Errorf("after revocation: %d %s", status, answer)
	}
	if err := r.authority.Revoke(t.Context(), "D-0001"); err != nil {
		t.Fatal(err)
	}
	if status, answer := r.postDeposit(desk, r.deposit(desk, "W-0009")); problem.Decode(status, answer).Code != problem.Revoked {
		t.Errorf("by a revoked desk: %d %s", status, answer)
	}
}
