package service_test

import (
	"errors"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

const day = 24 * time.Hour

func TestRenewal(t *testing.T) {
	r := newRealm(t, "terminal")
	unit := r.unit("terminal")
	first := r.enrol("terminal", protocol.RoleTerminal, "T-0001", "localhost")
	o := r.options("")
	if _, err := enrolment.Renew(t.Context(), unit, first, o); !errors.Is(err, enrolment.ErrTooEarly) {
		t.Errorf("at once: %v", err)
	}
	r.clock.advance(5 * day)
	second, err := enrolment.Renew(t.Context(), unit, first, o)
	if err != nil {
		t.Fatal(err)
	}
	if second.Claims.Holder.Key != first.Claims.Holder.Key || second.Claims.Expires != first.Claims.Expires+5*24*3600 {
		t.Errorf("renewed certificate: same key %v, expires %v after %v", second.Claims.Holder.Key == first.Claims.Holder.Key,
			second.Claims.Expires.Time(), first.Claims.Expires.Time())
	}
	if got := second.Leaf.Leaf.DNSNames; len(got) != 1 || got[0] != "localhost" {
		t.Errorf("renewed leaf names %v", got)
	}

	// The answer was lost: the old certificate is shown again, the same new
	// one comes back.
	again, err := enrolment.Renew(t.Context(), unit, first, o)
	if err != nil || again.Certificate.Hash() != second.Certificate.Hash() {
		t.Errorf("renewed again with the old certificate: %v", err)
	}

	// A new agreement key is proved and certified; the old certificate is no
	// way to another one.
	if _, err := r.token("terminal").NextKey(t.Context(), secureunit.Agreement); err != nil {
		t.Fatal(err)
	}
	if _, err := enrolment.Renew(t.Context(), unit, first, o); !errors.Is(err, enrolment.ErrRefused) {
		t.Errorf("old certificate, new key: %v", err)
	}
	r.clock.advance(6 * day)
	third, err := enrolment.Renew(t.Context(), unit, second, o)
	if err != nil || *third.Claims.Device.Agreement == *second.Claims.Device.Agreement {
		t.Fatalf("new agreement key: %v", err)
	}

	// Up to 30 days late, with a leaf that has ended as well.
	r.clock.advance(7*day + 29*day)
	fourth, err := enrolment.Renew(t.Context(), unit, third, o)
	if err != nil {
		t.Fatalf("29 days late: %v", err)
	}
	r.clock.advance(7*day + 31*day)
	if _, err := enrolment.Renew(t.Context(), unit, fourth, o); !errors.Is(err, enrolment.ErrTooLate) || enrolment.Hint(err) == "" {
		t.Errorf("31 days late: %v", err)
	}
	if loaded, err := enrolment.Load(unit); err != nil || loaded.Certificate.Hash() != fourth.Certificate.Hash() {
		t.Errorf("after a refusal: %v", err)
	}
}

// A wallet's template outlives its certificate.
func TestRenewalKeepsTheTemplate(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "wallet", "wallet by hash")
	r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "localhost")
	desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
	for label, byHash := range map[string]bool{"wallet": false, "wallet by hash": true} {
		wallet := r.enrolWallet(desk, label, protocol.ID("W-"+label[len(label)-4:]), byHash)
		r.clock.advance(61 * day)
		next, err := enrolment.Renew(t.Context(), r.unit(label), wallet, r.options(""))
		if err != nil || string(next.Claims.Device.Print) != string(wallet.Claims.Device.Print) {
			t.Fatalf("%s: %v", label, err)
		}
		r.clock.advance(-61 * day)
	}
}

func TestRevokedDevices(t *testing.T) {
	r := newRealm(t, "terminal", "settlement")
	unit := r.unit("terminal")
	terminal := r.enrol("terminal", protocol.RoleTerminal, "T-0001")
	settlement := r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "127.0.0.1")
	unused := r.code(protocol.RoleTerminal, "T-0001")
	if err := r.authority.Revoke(t.Context(), "T-0001"); err != nil {
		t.Fatal(err)
	}
	if err := r.authority.Revoke(t.Context(), "T-0404"); err == nil {
		t.Error("revoked a device that there is not")
	}
	r.clock.advance(5 * day)
	if _, err := enrolment.Renew(t.Context(), unit, terminal, r.options("")); !errors.Is(err, enrolment.ErrRevoked) || enrolment.Hint(err) == "" {
		t.Errorf("renewal after revocation: %v", err)
	}
	r.clock.advance(-5 * day)
	if _, err := enrolment.Enrol(t.Context(), unit, r.options(unused)); !errors.Is(err, enrolment.ErrCodeUnknown) {
		t.Errorf("code given out before the revocation: %v", err)
	}

	// Settlement hears of it and does not let it in.
	keeper := enrolment.NewMaintainer(r.unit("settlement"), settlement, r.options(""))
	if err := handshake(t, terminal.ClientTLS(protocol.RoleSettlement), keeper.ServerTLS(protocol.RoleTerminal)); err != nil {
		t.Errorf("before settlement knows: %v", err)
	}
	if err := keeper.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := handshake(t, terminal.ClientTLS(protocol.RoleSettlement), keeper.ServerTLS(protocol.RoleTerminal)); err == nil {
		t.Error("a revoked terminal was let in")
	}

	// Enrolled anew at once, it is not concerned by the list.
	again := r.enrol("terminal", protocol.RoleTerminal, "T-0001")
	if again.Trust.Revocation.Revokes(again.Claims) || !again.Trust.Revocation.Revokes(terminal.Claims) {
		t.Error("the list does not tell the old certificate from the new one")
	}
	if err := handshake(t, again.ClientTLS(protocol.RoleSettlement), keeper.ServerTLS(protocol.RoleTerminal)); err != nil {
		t.Errorf("after enrolling anew: %v", err)
	}
}

// A subject is one device: a new terminal under an old name ends the old one.
func TestAnotherDeviceSupersedes(t *testing.T) {
	r := newRealm(t, "old", "new")
	old := r.enrol("old", protocol.RoleTerminal, "T-0001")
	same := r.enrol("old", protocol.RoleTerminal, "T-0001")
	if same.Trust.Revocation.Revokes(old.Claims) {
		t.Error("the same device, enrolled anew, was revoked")
	}
	next := r.enrol("new", protocol.RoleTerminal, "T-0001")
	if list := next.Trust.Revocation; !list.Revokes(old.Claims) || !list.Revokes(same.Claims) || list.Revokes(next.Claims) {
		t.Error("the list does not tell the old device from the new one")
	}
	r.clock.advance(5 * day)
	if _, err := enrolment.Renew(t.Context(), r.unit("old"), same, r.options("")); !errors.Is(err, enrolment.ErrRevoked) {
		t.Errorf("the old device renews: %v", err)
	}
	if _, err := enrolment.Renew(t.Context(), r.unit("new"), next, r.options("")); err != nil {
		t.Errorf("the new device renews: %v", err)
	}
}
