package service_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/app/authority/certification"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// order has a desk order something.
func (r *realm) order(desk *enrolment.Credentials, kind protocol.OrderKind, wallet protocol.ID) *protocol.Signed[protocol.DeskOrder] {
	r.t.Helper()
	return signed(r.t, desk.Signer, protocol.DeskOrder{
		Authority: r.authority.Name(), Kind: kind, Wallet: wallet, Reason: "asked for in person", Officer: "Officer 7",
		Made: protocol.At(r.clock.Now()), Desk: desk.Certificate,
	})
}

// agreed is a deposit with the record of its owner's consent.
func (r *realm) agreed(desk *enrolment.Credentials, wallet protocol.ID) protocol.TemplateDeposit {
	r.t.Helper()
	d := r.deposit(desk, wallet)
	d.Agreed = signed(r.t, desk.Signer, protocol.Consent{
		Authority: d.Authority, Wallet: wallet, Text: "1/en", Digest: protocol.Hash{1}, Agreed: d.Captured, Finger: 2, Officer: "Officer 7", Desk: desk.Subject,
	})
	return d
}

// inFile says whether the registry's file holds some bytes, as they are or in one
// of the three ways in which they may lie in base64.
func (r *realm) inFile(secret []byte) bool {
	r.t.Helper()
	raw, err := os.ReadFile(r.registry)
	if err != nil {
		r.t.Fatal(err)
	}
	if bytes.Contains(raw, secret) {
		return true
	}
	for skip := range 3 {
		if bytes.Contains(raw, []byte(base64.RawStdEncoding.EncodeToString(secret[skip:skip+60]))) {
			return true
		}
	}
	return false
}

// A template is erased on its owner's request, by the desk: it is gone from the
// registry's file, whether the certificate held it or named it; the certificate is
// revoked; settlement is told, and nobody else; the wallet enrols anew.
func TestErasure(t *testing.T) {
	for name, byHash := range map[string]bool{"in the certificate": false, "named by the certificate": true} {
		t.Run(name, func(t *testing.T) {
			r := newRealm(t, "settlement", "desk", "wallet")
			settlement := r.enrol("settlement", protocol.RoleSettlement, "S-0001", "localhost")
			desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
			d := r.agreed(desk, "W-0001")
			code, err := enrolment.DepositTemplate(t.Context(), desk, r.options(""), signed(t, desk.Signer, d))
			if err != nil {
				t.Fatal(err)
			}
			o := r.options(code)
			o.ByHash = byHash
			wallet, err := enrolment.Enrol(t.Context(), r.unit("wallet"), o)
			if err != nil {
				t.Fatal(err)
			}
			if !r.inFile(d.Sealed) {
				t.Fatal("the test does not find what it looks for")
			}
			if list, err := enrolment.FetchErasures(t.Context(), settlement, r.options(""), 0); err != nil || len(list.Erased) != 0 {
				t.Errorf("before: %v, %v", list.Erased, err)
			}
			order := r.order(desk, protocol.OrderErase, "W-0001")
			done, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), order)
			if err != nil {
				t.Fatal(err)
			}
			if len(done.Erased) != 1 || done.Erased[0].Template != d.SealedHash() {
				t.Errorf("erased %v", done.Erased)
			}
			if r.inFile(d.Sealed) {
				t.Error("the template is still in the file")
			}
			if list, err := r.authority.RevocationList(); err != nil || !list.Unverified().Revokes(wallet.Claims) {
				t.Errorf("the certificate is not revoked: %v", err)
			}
			told, err := enrolment.FetchErasures(t.Context(), settlement, r.options(""), 0)
			if err != nil || len(told.Erased) != 1 || told.Erased[0] != done.Erased[0] {
				t.Errorf("settlement is told %v, %v", told.Erased, err)
			}
			if more, err := enrolment.FetchErasures(t.Context(), settlement, r.options(""), told.Last()); err != nil || len(more.Erased) != 0 {
				t.Errorf("and no more: %v, %v", more.Erased, err)
			}
			for _, other := range []*enrolment.Credentials{desk, wallet} {
				if _, err := enrolment.FetchErasures(t.Context(), other, r.options(""), 0); !errors.Is(err, enrolment.ErrRefused) {
					t.Errorf("%v asks: %v", other.Role, err)
				}
			}
			// Again, also by an administrator: nothing changes.
			r.clock.advance(time.Second)
			again, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), order)
			if err != nil || len(again.Erased) != 1 || again.Erased[0] != done.Erased[0] {
				t.Errorf("again: %v, %v", again.Erased, err)
			}
			if all, err := r.authority.Erase(t.Context(), certification.EraseRequest{Wallet: "W-0001", Officer: "admin", Reason: "letter"}); err != nil || len(all) != 1 || all[0].Officer != "Officer 7" {
				t.Errorf("again by an administrator: %v, %v", all, err)
			}
			// What remains.
			all, err := r.authority.Tombstones()
			if err != nil || len(all) != 1 || all[0].Desk != "D-0001" || all[0].Reason != "asked for in person" || !bytes.Equal(all[0].Order, order.Bytes()) {
				t.Fatalf("what remains: %+v, %v", all, err)
			}
			kept, err := protocol.Parse[protocol.Consent](all[0].Consent)
			if err != nil || kept.Unverified().Text != "1/en" {
				t.Errorf("the consent that was given: %v", err)
			}
			if devices, err := r.authority.Devices(); err != nil || len(devices) != 3 || !devices[2].Revoked || devices[2].Expires != wallet.Claims.Expires {
				t.Errorf("devices: %+v, %v", devices, err)
			}
			if log := r.log.String(); !strings.Contains(log, `"msg":"erasure","decision":"granted","wallet":"W-0001","desk":"D-0001","officer":"Officer 7","templates":1`) || strings.Contains(log, "in person") {
				t.Errorf("log: %s", log)
			}
			// The same code, and a renewal, give nothing back.
			if err := r.unit("wallet").Store(t.Context(), "enrolment/code", []byte("forgotten that it was used"), false); err != nil {
				t.Fatal(err)
			}
			if _, err := enrolment.Enrol(t.Context(), r.unit("wallet"), o); !errors.Is(err, enrolment.ErrRevoked) {
				t.Errorf("with the same code: %v", err)
			}
			r.clock.advance(65 * 24 * time.Hour)
			if _, err := enrolment.Renew(t.Context(), r.unit("wallet"), wallet, r.options("")); !errors.Is(err, enrolment.ErrRevoked) {
				t.Errorf("renewed: %v", err)
			}
			r.clock.advance(-65 * 24 * time.Hour)
			// Another finger.
			d = r.agreed(desk, "W-0001")
			if code, err = enrolment.DepositTemplate(t.Context(), desk, r.options(""), signed(t, desk.Signer, d)); err != nil {
				t.Fatal(err)
			}
			anew, err := enrolment.Enrol(t.Context(), r.unit("wallet"), r.options(code))
			if err != nil || !bytes.Equal(anew.Claims.Device.Print, d.Sealed) {
				t.Fatalf("enrolled anew: %v", err)
			}
			if list, err := r.authority.RevocationList(); err != nil || list.Unverified().Revokes(anew.Claims) {
				t.Errorf("the new certificate is revoked: %v", err)
			}
			if done, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), r.order(desk, protocol.OrderErase, "W-0001")); err != nil || len(done.Erased) != 2 || r.inFile(d.Sealed) {
				t.Errorf("and erased as well: %v, %v", done.Erased, err)
			}
		})
	}
}

func TestErasuresRefused(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "other", "wallet")
	r.enrol("settlement", protocol.RoleSettlement, "S-0001", "localhost")
	desk, other := r.enrol("desk", protocol.RoleDesk, "D-0001"), r.enrol("other", protocol.RoleDesk, "D-0002")
	if _, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), r.order(desk, protocol.OrderErase, "W-0001")); !errors.Is(err, enrolment.ErrRefused) {
		t.Errorf("nothing to erase: %v", err)
	}
	d := r.agreed(desk, "W-0001")
	if _, err := enrolment.DepositTemplate(t.Context(), desk, r.options(""), signed(t, desk.Signer, d)); err != nil {
		t.Fatal(err)
	}
	if _, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), r.order(other, protocol.OrderErase, "W-0001")); !errors.Is(err, enrolment.ErrRefused) {
		t.Errorf("order of another desk: %v", err)
	}
	late := r.order(desk, protocol.OrderErase, "W-0001")
	r.clock.advance(11 * time.Minute)
	if _, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), late); !errors.Is(err, enrolment.ErrRefused) {
		t.Errorf("order of some time ago: %v", err)
	}
	if _, err := r.authority.Erase(t.Context(), certification.EraseRequest{Wallet: "W-0001", Officer: "admin"}); err == nil {
		t.Error("erased without a reason")
	}
	if err := r.authority.Revoke(t.Context(), "D-0001"); err != nil {
		t.Fatal(err)
	}
	if _, err := enrolment.EraseTemplate(t.Context(), desk, r.options(""), r.order(desk, protocol.OrderErase, "W-0001")); !errors.Is(err, enrolment.ErrRevoked) {
		t.Errorf("revoked desk: %v", err)
	}
	if !r.inFile(d.Sealed) {
		t.Error("erased all the same")
	}
	// A template that no wallet came for yet is erased as well.
	if done, err := r.authority.Erase(t.Context(), certification.EraseRequest{Wallet: "W-0001", Officer: "admin", Reason: "letter of 1 May"}); err != nil || len(done) != 1 || r.inFile(d.Sealed) {
		t.Errorf("not enrolled yet: %v, %v", done, err)
	}
	if _, err := r.authority.NewCode(t.Context(), certification.CodeRequest{Role: protocol.RoleWallet, Subject: "W-0001"}); err == nil {
		t.Error("a code for a template that is gone")
	}
}

// The desk states that there is no readable print, and its wallet is enrolled
// without one.
func TestNoPrintByTheDesk(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "wallet")
	r.enrol("settlement", protocol.RoleSettlement, "S-0001", "localhost")
	desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
	order := r.order(desk, protocol.OrderNoPrint, "W-0001")
	code, err := enrolment.StateNoPrint(t.Context(), desk, r.options(""), order)
	if err != nil {
		t.Fatal(err)
	}
	wallet, err := enrolment.Enrol(t.Context(), r.unit("wallet"), r.options(code))
	if err != nil || wallet.Claims.Device.Print != nil {
		t.Errorf("enrolled with a print of %d bytes: %v", len(wallet.Claims.Device.Print), err)
	}
	if _, err := enrolment.StateNoPrint(t.Context(), desk, r.options(""), order); !errors.Is(err, enrolment.ErrRefused) {
		t.Errorf("for a wallet that is enrolled: %v", err)
	}
}

// A consent that does not go with its template is refused.
func TestConsentIsVerified(t *testing.T) {
	r := newRealm(t, "settlement", "desk", "other")
	r.enrol("settlement", protocol.RoleSettlement, "S-0001", "localhost")
	desk, other := r.enrol("desk", protocol.RoleDesk, "D-0001"), r.enrol("other", protocol.RoleDesk, "D-0002")
	d := r.deposit(desk, "W-0001")
	d.Agreed = r.agreed(other, "W-0001").Agreed
	if _, err := enrolment.DepositTemplate(t.Context(), desk, r.options(""), signed(t, desk.Signer, d)); !errors.Is(err, enrolment.ErrProof) {
		t.Errorf("consent by another desk: %v", err)
	}
}

func signed[P protocol.Payload](t testing.TB, signer crypto.Signer, payload P) *protocol.Signed[P] {
	t.Helper()
	s, err := protocol.Sign(signer, payload)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
