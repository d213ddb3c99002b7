package enrolment_test

import (
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

// Guarantee: a list with a lower number than one seen before is refused, also
// after a restart.
func TestRevocationListsDoNotGoBack(t *testing.T) {
	a := newAuthority(t)
	a.Sequence = 7
	unit, c := a.Enrol(protocol.RoleTerminal, "T-0001")
	a.Sequence, a.Revoked = 8, []protocol.Revoked{{Subject: "W-0001", Until: protocol.At(a.Clock())}}
	c, err := enrolment.FetchRevocationList(t.Context(), unit, c, a.Options(""))
	if err != nil || c.Trust.Revocation.Sequence != 8 || len(c.Trust.Revocation.Revoked) != 1 {
		t.Fatalf("newer list: %v", err)
	}
	a.Sequence, a.Revoked = 7, []protocol.Revoked{}
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, c, a.Options("")); !errors.Is(err, enrolment.ErrRollback) {
		t.Errorf("older list: %v", err)
	}
	restarted, err := enrolment.Load(unit)
	if err != nil || restarted.Trust.Revocation.Sequence != 8 {
		t.Fatalf("after a restart: %v", err)
	}
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, restarted, a.Options("")); !errors.Is(err, enrolment.ErrRollback) {
		t.Errorf("older list after a restart: %v", err)
	}
	// Enrolling anew is no way round it.
	if _, err := enrolment.Enrol(t.Context(), unit, a.Options(a.Code(protocol.RoleTerminal, "T-0001"))); !errors.Is(err, enrolment.ErrRollback) {
		t.Errorf("older list at enrolment: %v", err)
	}
	// Another authority counts on its own.
	b := enrolmenttest.New(t, protocoltest.New(t, "countersign/2"))
	moved, err := enrolment.Enrol(t.Context(), unit, b.Options(b.Code(protocol.RoleTerminal, "T-0001")))
	if err != nil || moved.Trust.Revocation.Sequence != 1 || moved.Anchor.Authority != "countersign/2" {
		t.Errorf("another authority: %v", err)
	}
}

// A list too long for a secure unit is heeded, and its number remembered.
func TestLongRevocationList(t *testing.T) {
	a := newAuthority(t)
	unit, c := a.Enrol(protocol.RoleTerminal, "T-0001")
	a.Sequence = 9
	for i := range 8000 {
		a.Revoked = append(a.Revoked, protocol.Revoked{Subject: protocol.ID("W-" + string([]byte{byte('a' + i/400), byte('a' + i/20%20), byte('a' + i%20)})), Until: protocol.At(a.Clock())})
	}
	c, err := enrolment.FetchRevocationList(t.Context(), unit, c, a.Options(""))
	if err != nil || len(c.Trust.Revocation.Revoked) != 8000 {
		t.Fatal(err)
	}
	c, err = enrolment.Load(unit)
	if err != nil || c.Trust.Revocation != nil {
		t.Fatalf("after a restart: %v", err)
	}
	a.Sequence = 8
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, c, a.Options("")); !errors.Is(err, enrolment.ErrRollback) {
		t.Errorf("older list: %v", err)
	}
}

func TestOldAndForeignLists(t *testing.T) {
	a := newAuthority(t)
	unit, c := a.Enrol(protocol.RoleSettlement, "settlement-1", "localhost")
	o := a.Options("")
	a.Skew = -6 * time.Minute
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, c, o); !errors.Is(err, protocol.ErrListStale) {
		t.Errorf("settlement, six minutes old: %v", err)
	}
	a.Skew = 6 * time.Minute
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, c, o); !errors.Is(err, enrolment.ErrClock) {
		t.Errorf("from the future: %v", err)
	}
	a.Skew = 0
	foreign := protocoltest.Sign(t, protocoltest.SignatureKey(t, "stranger"), protocol.RevocationList{
		Issuer: "countersign/1", Sequence: 99, Issued: protocol.At(a.Clock()), Revoked: []protocol.Revoked{},
	}).Bytes()
	a.Answer = func(path string) []byte {
		if path == protocol.PathRevocationList {
			return foreign
		}
		return nil
	}
	if _, err := enrolment.FetchRevocationList(t.Context(), unit, c, o); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("signed by a stranger: %v", err)
	}
}

func TestLoadTellsWhatIsWrong(t *testing.T) {
	a, b := newAuthority(t), enrolmenttest.New(t, protocoltest.New(t, "countersign/2"))
	if _, err := enrolment.Load(enrolmenttest.NewUnit()); !errors.Is(err, enrolment.ErrNotEnrolled) || enrolment.Hint(err) == "" {
		t.Errorf("empty unit: %v", err)
	}
	elsewhere, _ := b.Enrol(protocol.RoleTerminal, "T-0001")
	labels, err := elsewhere.List("enrolment/")
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range labels {
		unit, _ := a.Enrol(protocol.RoleTerminal, "T-0001")
		foreign, err := elsewhere.Load(label)
		if err != nil {
			t.Fatal(err)
		}
		if len(foreign) == 0 || label == "enrolment/authority-url" || label == "enrolment/code" || label == "enrolment/revocation-sequence" {
			continue // says nothing about who anybody is
		}
		for what, data := range map[string][]byte{"of another enrolment": foreign, "damaged": []byte("junk")} {
			if err := unit.Store(t.Context(), label, data, false); err != nil {
				t.Fatal(err)
			}
			if _, err := enrolment.Load(unit); !errors.Is(err, enrolment.ErrDamaged) {
				t.Errorf("%s %s: %v", label, what, err)
			}
		}
	}
}
