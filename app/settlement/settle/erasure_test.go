package settle_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// A template that its owner had erased pays nothing more, whether it was deposited
// or is in a certificate that nobody has revoked yet, and cannot be deposited again.
func TestErasedTemplates(t *testing.T) {
	for name, byHash := range map[string]bool{"in the certificate": false, "deposited": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			realm, desk := w.sale.Realm, w.sale.Realm.Desk("D-0001")
			sealed, err := protocol.SealEnrolledTemplate(w.sale.Settlement.Point(t), realm.Name, "W-0001", w.template(w.enrolled))
			if err != nil {
				t.Fatal(err)
			}
			digest := protocol.Hash(sha256.Sum256(sealed))
			deposit := protocoltest.Sign(t, desk.Key, protocol.TemplateDeposit{Authority: realm.Name, Wallet: "W-0001", Sealed: sealed,
				Captured: protocol.At(w.now), Desk: desk.Certificate, Consent: true})
			recertify(func(c *protocol.Certificate) {
				c.Device.Print = sealed
				if byHash {
					c.Device.Print = digest[:]
				}
			})(w)
			if byHash {
				if err := w.settler.Deposit(t.Context(), peer(protocol.RoleWallet, w.sale.Wallet), deposit); err != nil {
					t.Fatal(err)
				}
			}
			w.want(w.submit(honest()(w)), protocol.ResultPaid)
			if last, due, err := w.settler.ErasedUpTo(t.Context()); err != nil || last != 0 || due {
				t.Errorf("before: %d, %v, %v", last, due, err)
			}
			list := protocol.ErasureList{Issuer: realm.Name, Issued: protocol.At(w.now), Erased: []protocol.Erased{
				{Number: 7, Wallet: "W-0001", Template: digest, At: protocol.At(w.now)},
				{Number: 9, Wallet: "W-0404", Template: protocol.Hash{4}, At: protocol.At(w.now)},
			}}
			want := 0
			if byHash {
				want = 1
			}
			for range 2 {
				if deposited, err := w.settler.Erase(t.Context(), list); err != nil || deposited != want {
					t.Errorf("%d were deposited, want %d: %v", deposited, want, err)
				}
				want = 0
			}
			if last, due, err := w.settler.ErasedUpTo(t.Context()); err != nil || last != 9 || !due {
				t.Errorf("after: %d, %v, %v", last, due, err)
			}
			for range 2 {
				if err := w.settler.Overwrite(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if _, due, err := w.settler.ErasedUpTo(t.Context()); err != nil || due {
				t.Errorf("still to overwrite: %v, %v", due, err)
			}
			w.want(w.submit(honest()(w)), protocol.ResultFinger)
			w.moved(7800)
			if byHash {
				if err := w.settler.Deposit(t.Context(), peer(protocol.RoleWallet, w.sale.Wallet), deposit); !errors.Is(err, &problem.Problem{Code: problem.Conflict}) {
					t.Errorf("deposited again: %v", err)
				}
			}
			err = w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
				if kept, err := s.Probes("W-0001"); err != nil || kept.Places != 0 {
					t.Errorf("live prints are still kept: %+v, %v", kept, err)
				}
				if _, err := s.Deposit(digest); !errors.Is(err, ledger.ErrNotFound) {
					t.Errorf("still deposited: %v", err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.log.String(), `"msg":"template erased","wallet":"W-0001"`) {
				t.Errorf("log: %s", w.log)
			}
		})
	}
}
