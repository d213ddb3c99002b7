//go:build linux

package doctor

import (
	"net"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
	"countersign/settlementclient/virtualsettlement"
)

func TestAuthority(t *testing.T) {
	authority, _, e := enrolled(t, func(*enrolmenttest.Authority) {})
	now := authority.Clock
	told(t, "well", e.Authority("", now), OK, "countersign/1 answers")
	told(t, "by its address", e.Authority(authority.URL, now), OK, "answers")
	told(t, "no address", e.Authority("authority.example", now), Bad, "not an address")
	told(t, "no such name", e.Authority("https://authority.invalid", now), Bad, "")
	told(t, "nobody there", e.Authority("https://"+vacant(t), now), Bad, "cannot be connected to")
	told(t, "another day", e.Authority("", func() time.Time { return now().AddDate(20, 0, 0) }), Bad, "not of this day")
	authority.Refuse = func(string) *problem.Problem { return problem.New(503, problem.Busy, "", "Come back.") }
	told(t, "busy", e.Authority("", now), Bad, "cannot serve")
	authority.Refuse = nil
	authority.Answer = func(string) []byte { return []byte("hello") }
	told(t, "nonsense", e.Authority("", now), Bad, "cannot be used")
	authority.Answer = nil

	impostor := enrolmenttest.New(t, protocoltest.New(t, "elsewhere/1"))
	told(t, "another authority", e.Authority(impostor.URL, now), Bad, "Another server answers")
	authority.Name = "countersign:terminal:T-0002"
	told(t, "a device of the realm", e.Authority("", now), Bad, "Another server answers")
}

// vacant is an address at which nobody listens.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// server is a virtual settlement at a time, and a terminal that trusts it.
func server(t *testing.T, at func(protocoltest.Sale) time.Time) (*virtualsettlement.Server, *Enrolled, protocoltest.Sale) {
	t.Helper()
	sale := protocoltest.NewSale(t, 120, false)
	sale.Realm.Now = at(sale)
	s := virtualsettlement.Start(t, sale)
	config := s.TLS.Client(protocol.RoleTerminal, sale.Terminal.Subject)
	return s, of(&enrolment.Credentials{
		Role: protocol.RoleTerminal, Subject: sale.Terminal.Subject, Certificate: sale.Terminal.Certificate, Claims: sale.Terminal.Certificate.Unverified(),
		Anchor: sale.Realm.Anchor(), Trust: sale.Realm.Trust(), Leaf: config.Certificates[0], Roots: config.RootCAs, Clock: time.Now,
		AuthorityURL: "https://" + vacant(t),
	}), sale
}

func TestSettlement(t *testing.T) {
	s, e, sale := server(t, func(s protocoltest.Sale) time.Time { return s.Realm.Now })
	now := func() time.Time { return sale.Realm.Now }
	told(t, "well", e.Settlement(s.URL, now), OK, string(sale.Settlement.Subject)+" answers")
	told(t, "no address", e.Settlement("", now), Bad, "No address")
	told(t, "another day", e.Settlement(s.URL, func() time.Time { return sale.Realm.Now.AddDate(0, 1, 0) }), Bad, "not of this day")
	for _, c := range []struct {
		what  string
		path  string
		fault virtualsettlement.Fault
		words string
	}{
		{"another authority's certificate", protocol.PathCertificate, virtualsettlement.WrongCertificate, "cannot be trusted"},
		{"a terminal's certificate", protocol.PathCertificate, virtualsettlement.WrongRole, "cannot be trusted"},
		{"nonsense", protocol.PathCertificate, virtualsettlement.Garbage, "cannot be trusted"},
		{"overloaded", protocol.PathCertificate, virtualsettlement.Overloaded, "cannot serve: 503"},
		{"a gateway's page", protocol.PathCertificate, virtualsettlement.Gateway, "cannot serve"},
		{"a way elsewhere", protocol.PathCertificate, virtualsettlement.Redirect, "cannot serve"},
		{"hung up", protocol.PathCertificate, virtualsettlement.HangUpInAnswer, "breaks the connection off"},
		{"hung up before TLS", "", virtualsettlement.HangUpAtHandshake, "breaks the connection off"},
	} {
		s.Fail(c.path, c.fault)
		told(t, c.what, e.Settlement(s.URL, now), Bad, c.words)
	}
	told(t, "well again", e.Settlement(s.URL, now), OK, "answers")

	s.Fail(protocol.PathCertificate, virtualsettlement.AnswerLate)
	findings := Run(t.Context(), []Check{{Name: NameSettlement, Limit: 300 * time.Millisecond, Look: e.Settlement(s.URL, now)}})
	says(t, "late", findings[0], Bad, "in time")

	stranger := enrolmenttest.New(t, protocoltest.New(t, "elsewhere/1"))
	told(t, "another realm's", e.Settlement(stranger.URL, now), Bad, "Another server answers")
	s.Close()
	told(t, "switched off", e.Settlement(s.URL, now), Bad, "cannot be connected to")
}

// The clock is compared with what settlement says, whether or not it is of this day by
// the machine's own.
func TestClock(t *testing.T) {
	s, e, _ := server(t, func(protocoltest.Sale) time.Time { return time.Now() })
	kept := func(state protocol.ClockState) func() protocol.ClockState {
		return func() protocol.ClockState { return state }
	}
	good := kept(protocol.ClockSynchronised)
	for _, c := range []struct {
		off   time.Duration
		state State
		words string
	}{
		{0, OK, "goes with settlement's"},
		{-10 * time.Second, Warning, "behind settlement's"},
		{10 * time.Second, Warning, "ahead of settlement's"},
		{5 * time.Minute, Bad, "ahead of settlement's"},
		{-10 * 365 * 24 * time.Hour, Bad, "behind settlement's"}, // a flat battery
		{400 * 24 * time.Hour, Bad, "400 days ahead of"},
	} {
		now := func() time.Time { return time.Now().Add(c.off) }
		told(t, c.off.String(), e.Clock(s.URL, "", now, good), c.state, c.words)
	}
	told(t, "nobody keeps it", e.Clock(s.URL, "", time.Now, kept(protocol.ClockUnsynchronised)), Warning, "No time service")
	told(t, "not known who keeps it", e.Clock(s.URL, "", time.Now, kept(protocol.ClockUnknown)), OK, "goes with")
	s.Close()
	told(t, "nobody answers", e.Clock(s.URL, "", time.Now, good), Warning, "neither")
	none := NewEnrolled()
	close(none.opened)
	told(t, "no token", none.Clock(s.URL, "", time.Now, good), Warning, "Not compared")

	authority, _, e := enrolled(t, func(a *enrolmenttest.Authority) { a.Realm.Now = time.Now() })
	told(t, "by the authority", e.Clock("", "", authority.Clock, good), OK, "the authority's")
}
