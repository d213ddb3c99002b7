//go:build linux

package doctor

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

// A token from its making to the enrolled terminal's, and what can be wrong with it.
func TestToken(t *testing.T) {
	directory, err := virtualtoken.Make(filepath.Join(t.TempDir(), "unit"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, directory.Conf())
	config, err := directory.Token("terminal")
	if err != nil {
		t.Fatal(err)
	}
	pin := directory.PINFile("terminal")
	looks := func(what string, config secureunit.Config, pin string, state State, words string) {
		t.Helper()
		e := NewEnrolled()
		told(t, what, e.Token(config, pin), state, words)
		if e.Credentials(t.Context()) == nil != (state == Bad) {
			t.Errorf("%s: credentials %v", what, e.Credentials(t.Context()))
		}
		if err := e.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	looks("no keys", config, pin, Bad, "no signing key")

	unit, err := secureunit.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unit.EnsureKey(t.Context(), secureunit.Signing); err != nil {
		t.Fatal(err)
	}
	looks("one key", config, pin, Bad, "no TLS key")
	for _, p := range []secureunit.Purpose{secureunit.TLS, secureunit.Agreement} {
		if _, err := unit.EnsureKey(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	looks("keys, and no enrolment", config, pin, Bad, "not enrolled")
	authority := enrolmenttest.New(t, protocoltest.New(t, "countersign/1"))
	over := enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	o := authority.Options(authority.Code(protocol.RoleTerminal, "T-0001"))
	o.Role = protocol.RoleTerminal
	if _, err := enrolment.Enrol(t.Context(), over, o); err != nil {
		t.Fatal(err)
	}
	if err := unit.Close(); err != nil {
		t.Fatal(err)
	}
	looks("well", config, pin, OK, "three keys work")

	wrong := config
	wrong.PIN = secureunit.PINBytes([]byte("0000"))
	looks("a wrong PIN", wrong, pin, Bad, "refuses the PIN")
	other := config
	other.Token = "till"
	looks("another label", other, pin, Bad, "No token with this label")
	other = config
	other.Module = filepath.Join(t.TempDir(), "libtoken.so")
	looks("no module", other, pin, Bad, "module")
	looks("no PIN file named", config, "", Bad, "No file")
	if err := os.Chmod(pin, 0o644); err != nil {
		t.Fatal(err)
	}
	looks("a PIN file for all", config, pin, Warning, "Others may read")
	if err := os.Remove(pin); err != nil {
		t.Fatal(err)
	}
	looks("no PIN file", config, pin, Bad, "is not there")
}

// enrolled is a terminal that a test's authority has enrolled, with software keys.
func enrolled(t *testing.T, change func(*enrolmenttest.Authority)) (*enrolmenttest.Authority, *enrolmenttest.Unit, *Enrolled) {
	t.Helper()
	authority := enrolmenttest.New(t, protocoltest.New(t, "countersign/1"))
	authority.Settlement = authority.Realm.Settlement("S-0001").Certificate
	change(authority)
	unit, c := authority.Enrol(protocol.RoleTerminal, "T-0001")
	return authority, unit, of(c)
}

// of is what a token's check has found.
func of(c *enrolment.Credentials) *Enrolled {
	e := NewEnrolled()
	e.credentials = c
	close(e.opened)
	return e
}

func TestCertificates(t *testing.T) {
	authority, _, e := enrolled(t, func(*enrolmenttest.Authority) {})
	c := e.Credentials(t.Context())
	life := c.Claims.Expires.Time().Sub(c.Claims.NotBefore.Time())
	at := func(after time.Duration) func() time.Time {
		return func() time.Time { return c.Claims.NotBefore.Time().Add(after) }
	}
	now := authority.Clock
	for _, look := range []struct {
		what string
		at   func(func() time.Time) func(context.Context) Finding
	}{{"certificate", e.Certificate}, {"leaf", e.TLSCertificate}} {
		told(t, look.what+" now", look.at(now), OK, "is good until")
		told(t, look.what+" before it begins", look.at(at(-time.Hour*24)), Bad, "only")
		told(t, look.what+" that should be renewed", look.at(at(life-time.Hour)), Warning, "should have been renewed")
		told(t, look.what+" that ended", look.at(at(life+time.Hour*24)), Bad, "ended on")
	}
	told(t, "list now", e.RevocationList(now), OK, "Number 1")
	told(t, "list that is old", e.RevocationList(func() time.Time { return now().Add(25 * time.Hour) }), Warning, "25 hours old")
	told(t, "list of another day", e.RevocationList(func() time.Time { return now().Add(-time.Hour) }), Bad, "from now")
	told(t, "settlement's now", e.SettlementCertificate(now), OK, "S-0001")
	told(t, "settlement's that ended", e.SettlementCertificate(func() time.Time { return now().AddDate(5, 0, 0) }), Warning, "not of this day")

	without := *c
	without.Settlement, without.Trust.Revocation = nil, nil
	told(t, "no settlement", of(&without).SettlementCertificate(now), Bad, "no settlement server")
	told(t, "no list", of(&without).RevocationList(now), Warning, "none yet")
	other := *c
	other.Settlement = protocoltest.New(t, "elsewhere/1").Settlement("S-0001").Certificate
	told(t, "another realm's settlement", of(&other).SettlementCertificate(now), Bad, "not genuine")
	revoked := *c
	revoked.Trust.Revocation = &protocol.RevocationList{Issuer: c.Anchor.Authority, Sequence: 2, Issued: protocol.At(now()), Revoked: []protocol.Revoked{
		{Subject: "S-0001", Until: protocol.At(now())}, {Subject: "T-0001", Until: protocol.At(now())}}}
	told(t, "taken back", of(&revoked).Certificate(now), Bad, "taken this terminal's certificate back")
	told(t, "settlement taken back", of(&revoked).SettlementCertificate(now), Bad, "taken settlement's certificate back")

	none := NewEnrolled()
	close(none.opened)
	for _, look := range []func(context.Context) Finding{none.Certificate(now), none.TLSCertificate(now), none.RevocationList(now), none.SettlementCertificate(now),
		none.Authority("", now), none.Settlement("https://localhost", now)} {
		told(t, "no token", look, Warning, "Not looked at")
	}
	hangs, stop := context.WithCancel(t.Context())
	stop()
	says(t, "a token that hangs", NewEnrolled().Certificate(now)(hangs), Warning, "Not looked at")
}
