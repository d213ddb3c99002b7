package protocol_test

import (
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestCertificateOfTheRightParty(t *testing.T) {
	s := newScene(t)
	trust := s.Realm.Trust()
	for role, party := range map[protocol.Role]protocoltest.Party{
		protocol.RoleTerminal: s.Terminal, protocol.RoleWallet: s.Wallet,
		protocol.RoleSettlement: s.Settlement, protocol.RoleDesk: s.desk,
	} {
		cert, err := trust.Certificate(party.Certificate, role, s.now())
		if err != nil {
			t.Errorf("%v: %v", role, err)
		}
		if cert.Subject != party.Subject {
			t.Errorf("%v: certificate of %q, want %q", role, cert.Subject, party.Subject)
		}
		for other := protocol.RoleTerminal; other <= protocol.RoleDesk; other++ {
			if other != role {
				_, err := trust.Certificate(party.Certificate, other, s.now())
				wantError(t, err, protocol.ErrRole)
			}
		}
	}
}

func TestCertificatesRefused(t *testing.T) {
	s := newScene(t)
	r := s.Realm
	begins, ends := r.Now.Add(-time.Hour), r.Now.Add(7*24*time.Hour)
	stranger := protocoltest.New(t, "elsewhere/1")
	impostor := protocoltest.New(t, r.Name) // says InforA, has another key
	impostor.Key = protocoltest.SignatureKey(t, "not PriA")
	revoking := func(subject protocol.ID, until time.Time) *protocol.RevocationList {
		return &protocol.RevocationList{Issuer: r.Name, Sequence: 1, Issued: protocol.At(r.Now), Revoked: []protocol.Revoked{
			{Subject: "A-0000", Until: protocol.At(until)}, {Subject: subject, Until: protocol.At(until)}, {Subject: "Z-0000", Until: protocol.At(until)},
		}}
	}
	foreignList := revoking("T-0001", r.Now)
	foreignList.Issuer = "elsewhere/1"
	tests := []struct {
		name string
		cert *protocol.Signed[protocol.Certificate]
		list *protocol.RevocationList
		now  time.Time
		want error
	}{
		{"valid", s.Terminal.Certificate, nil, r.Now, nil},
		{"first second", s.Terminal.Certificate, nil, begins, nil},
		{"last second", s.Terminal.Certificate, nil, ends, nil},
		{"not there", nil, nil, r.Now, protocol.ErrMalformed},
		{"another authority", stranger.Terminal("T-0001", "Corner Café").Certificate, nil, r.Now, protocol.ErrOtherAuthority},
		{"another authority under our name", impostor.Terminal("T-0001", "Corner Café").Certificate, nil, r.Now, protocol.ErrOtherAuthority},
		{"another role", s.Wallet.Certificate, nil, r.Now, protocol.ErrRole},
		{"not yet valid", s.Terminal.Certificate, nil, begins.Add(-time.Second), protocol.ErrNotYetValid},
		{"expired", s.Terminal.Certificate, nil, ends.Add(time.Second), protocol.ErrExpired},
		{"clock a day behind", s.Terminal.Certificate, nil, r.Now.AddDate(0, 0, -1), protocol.ErrNotYetValid},
		{"revoked", s.Terminal.Certificate, revoking("T-0001", r.Now), r.Now, protocol.ErrRevoked},
		{"revoked in the second it began", s.Terminal.Certificate, revoking("T-0001", begins), r.Now, protocol.ErrRevoked},
		{"another one revoked", s.Terminal.Certificate, revoking("T-0002", r.Now), r.Now, nil},
		{"an earlier certificate of it revoked", s.Terminal.Certificate, revoking("T-0001", begins.Add(-time.Second)), r.Now, nil},
		{"revoked by another authority", s.Terminal.Certificate, foreignList, r.Now, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trust := r.Trust()
			trust.Revocation = test.list
			cert, err := trust.Certificate(test.cert, protocol.RoleTerminal, test.now)
			wantError(t, err, test.want)
			if err != nil && cert.Subject != "" {
				t.Errorf("a refused certificate is given out, of %q", cert.Subject)
			}
		})
	}
}

// While the authority changes its key there are two anchors; each speaks for
// what it issued only.
func TestTwoAnchors(t *testing.T) {
	s := newScene(t)
	next := protocoltest.New(t, "countersign/2")
	trust := s.Realm.Trust()
	trust.Anchors = append(trust.Anchors, next.Anchor())
	for _, party := range []protocoltest.Party{s.Terminal, next.Terminal("T-0002", "Tea House")} {
		_, err := trust.Certificate(party.Certificate, protocol.RoleTerminal, s.now())
		wantError(t, err, nil)
	}
	mixed := next.Claims(protocol.RoleTerminal, "T-0003", "Mixed")
	mixed.Issuer = s.Realm.Name
	_, err := trust.Certificate(next.Certify(mixed).Certificate, protocol.RoleTerminal, s.now())
	wantError(t, err, protocol.ErrOtherAuthority)
}

func TestRevocationLists(t *testing.T) {
	s := newScene(t)
	r := s.Realm
	const maxAge = 5 * time.Minute
	list := func(change func(l *protocol.RevocationList)) *protocol.Signed[protocol.RevocationList] {
		l := s.list()
		if change != nil {
			change(&l)
		}
		return protocoltest.Sign(t, r.Key, l)
	}
	seen := ok[protocol.Trust](t)(r.Trust().AcceptList(list(nil), r.Now, maxAge))
	tests := []struct {
		name  string
		trust protocol.Trust
		list  *protocol.Signed[protocol.RevocationList]
		now   time.Time
		want  error
	}{
		{"first", r.Trust(), list(nil), r.Now, nil},
		{"the same again", seen, list(nil), r.Now, nil},
		{"the next", seen, list(func(l *protocol.RevocationList) { l.Sequence = 8 }), r.Now, nil},
		{"empty", r.Trust(), list(func(l *protocol.RevocationList) { l.Revoked = []protocol.Revoked{} }), r.Now, nil},
		{"rolled back", seen, list(func(l *protocol.RevocationList) { l.Sequence = 6 }), r.Now, protocol.ErrListStale},
		{"an earlier one of the same number", seen, list(func(l *protocol.RevocationList) { l.Issued-- }), r.Now, protocol.ErrListStale},
		{"a little ahead of a slow clock", r.Trust(), list(nil), r.Now.Add(-protocol.MaxSkew), nil},
		{"far ahead of a slow clock", r.Trust(), list(nil), r.Now.Add(-protocol.MaxSkew - time.Second), protocol.ErrClockSkew},
		{"as old as allowed", r.Trust(), list(nil), r.Now.Add(maxAge), nil},
		{"too old", r.Trust(), list(nil), r.Now.Add(maxAge + time.Second), protocol.ErrListStale},
		{"of another authority", r.Trust(), list(func(l *protocol.RevocationList) { l.Issuer = "elsewhere/1" }), r.Now, protocol.ErrOtherAuthority},
		{"by another key", r.Trust(), protocoltest.Sign(t, s.Terminal.Key, s.list()), r.Now, protocol.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next, err := test.trust.AcceptList(test.list, test.now, maxAge)
			wantError(t, err, test.want)
			wantError(t, next.ListCurrent(test.now, maxAge), map[bool]error{true: nil, false: protocol.ErrListStale}[test.want == nil || test.trust.Revocation != nil])
		})
	}
	wantError(t, r.Trust().ListCurrent(r.Now, maxAge), protocol.ErrListStale)
}

// A list that is refused must not displace the one that is kept.
func TestRolledBackListIsNotKept(t *testing.T) {
	s := newScene(t)
	r := s.Realm
	revoking, empty := s.list(), s.list()
	revoking.Revoked = []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(r.Now)}}
	empty.Sequence, empty.Revoked = revoking.Sequence-1, []protocol.Revoked{}
	trust := ok[protocol.Trust](t)(r.Trust().AcceptList(protocoltest.Sign(t, r.Key, revoking), r.Now, time.Hour))
	trust, err := trust.AcceptList(protocoltest.Sign(t, r.Key, empty), r.Now, time.Hour)
	wantError(t, err, protocol.ErrListStale)
	if _, err := trust.Certificate(s.Terminal.Certificate, protocol.RoleTerminal, r.Now); !errors.Is(err, protocol.ErrRevoked) {
		t.Errorf("after a refused list the certificate gives %v, want %v", err, protocol.ErrRevoked)
	}
}

func TestIdentity(t *testing.T) {
	s := newScene(t)
	thumbprint := s.Realm.Anchor().Key.Thumbprint()
	signed := protocoltest.Sign(t, s.Realm.Key, s.identity(t))
	identity := ok[protocol.Identity](t)(protocol.VerifyIdentity(signed, thumbprint))
	if identity.Anchor() != s.Realm.Anchor() {
		t.Error("the anchor is not the authority's")
	}
	_, err := protocol.VerifyIdentity(signed, protocoltest.New(t, "elsewhere/1").Anchor().Key.Thumbprint())
	wantError(t, err, protocol.ErrOtherAuthority)
	_, err = protocol.VerifyIdentity(protocoltest.Sign(t, s.Terminal.Key, s.identity(t)), thumbprint)
	wantError(t, err, protocol.ErrSignature)
	posing := s.identity(t)
	posing.Key = s.Terminal.Public(t)
	_, err = protocol.VerifyIdentity(protocoltest.Sign(t, s.Terminal.Key, posing), thumbprint)
	wantError(t, err, protocol.ErrOtherAuthority)
}
