package settle_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

func TestChangeAccount(t *testing.T) {
	t.Parallel()
	const code = "K7QWERTYUIOPASDF"
	w := newWorld(t)
	number := protocol.Account("4000123412341234")
	w.update(func(tx ledger.Tx) error {
		return tx.AddAccount(ledger.Account{ID: ledger.PayerAccount(number), Class: ledger.Payer, Currency: cny,
			Kind: protocol.AccountThirdParty, Activation: ledger.ActivationDigest(number, code)})
	})
	other := w.sale.Realm.Wallet("W-0002", w.sale.Settlement, w.template(w.enrolled), false)
	change := func(by protocoltest.Party, n protocol.Account, activation string, key byte) error {
		c, err := protocol.NewAccountChange(n, activation, protocol.Code{key}, protocol.At(w.clock()), by.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		info, err := w.settler.ChangeAccount(t.Context(), settle.Peer{Role: protocol.RoleWallet, Subject: by.Subject}, protocoltest.Sign(t, by.Key, c))
		if err == nil && info != (protocol.AccountInfo{Kind: protocol.AccountThirdParty, Currency: cny}) {
			t.Errorf("info %+v", info)
		}
		return err
	}
	is := func(what string, have error, want problem.Code) {
		t.Helper()
		if want == "" && have != nil || want != "" && !errors.Is(have, &problem.Problem{Code: want}) {
			t.Errorf("%s: %v, want %q", what, have, want)
		}
	}
	wallet := w.sale.Wallet
	is("wrong code", change(wallet, number, "WRONGWRONGWRONG1", 1), problem.Activation)
	is("unknown account", change(wallet, "1", code, 2), problem.Activation)
	is("right code", change(wallet, number, code, 3), "")
	is("same change again", change(wallet, number, code, 3), "")
	is("other change, same key", change(wallet, number, "", 3), problem.Conflict)
	is("code used again by another", change(other, number, code, 4), problem.Activation)
	is("removed by another", change(other, number, "", 5), problem.NotRegistered)
	is("removed", change(wallet, number, "", 6), "")
	is("removed twice", change(wallet, number, "", 7), problem.NotRegistered)
	is("code used again after removal", change(wallet, number, code, 8), problem.Activation)
	is("another's certificate", func() error {
		c, err := protocol.NewAccountChange(number, code, protocol.Code{9}, protocol.At(w.clock()), wallet.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.settler.ChangeAccount(t.Context(), settle.Peer{Role: protocol.RoleWallet, Subject: "W-0002"}, protocoltest.Sign(t, wallet.Key, c))
		return err
	}(), problem.Unauthorised)
	if strings.Contains(w.log.String(), string(number)) || strings.Contains(w.log.String(), code) {
		t.Error("the log holds a secret")
	}
}

func TestDeposit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	realm := w.sale.Realm
	desk := realm.Desk("D-0001")
	sealed, err := protocol.SealEnrolledTemplate(w.sale.Settlement.Point(t), realm.Name, "W-0001", w.template(w.enrolled))
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(sealed)
	recertify(func(c *protocol.Certificate) { c.Device.Print = hash[:] })(w)
	claims := protocol.TemplateDeposit{Authority: realm.Name, Wallet: "W-0001", Sealed: sealed, Captured: protocol.At(w.now), Desk: desk.Certificate, Consent: true}
	deposit := func(as settle.Peer, d *protocol.Signed[protocol.TemplateDeposit]) error {
		return w.settler.Deposit(t.Context(), as, d)
	}
	wallet := peer(protocol.RoleWallet, w.sale.Wallet)
	good := protocoltest.Sign(t, desk.Key, claims)
	other := realm.Wallet("W-0002", w.sale.Settlement, w.template(w.enrolled), true)
	reseal, err := protocol.SealEnrolledTemplate(w.sale.Settlement.Point(t), realm.Name, "W-0001", w.template(w.enrolled))
	if err != nil {
		t.Fatal(err)
	}
	resealed := claims
	resealed.Sealed = reseal
	undesked := claims
	undesked.Desk = w.sale.Wallet.Certificate
	for _, test := range []struct {
		name string
		err  error
		want problem.Code
	}{
		{"signed by another than the desk", deposit(wallet, protocoltest.Sign(t, w.sale.Wallet.Key, claims)), problem.Unauthorised},
		{"desk that is none", deposit(wallet, protocoltest.Sign(t, w.sale.Wallet.Key, undesked)), problem.Unauthorised},
		{"another wallet's", deposit(peer(protocol.RoleWallet, other), good), problem.Conflict},
		{"another template", deposit(wallet, protocoltest.Sign(t, desk.Key, resealed)), problem.Conflict},
		{"by a terminal", deposit(peer(protocol.RoleTerminal, w.sale.Terminal), good), problem.Unauthorised},
	} {
		if !errors.Is(test.err, &problem.Problem{Code: test.want}) {
			t.Errorf("%s: %v", test.name, test.err)
		}
	}
	w.want(w.submit(honest()(w)), protocol.ResultFinger) // nothing deposited yet
	w.passFresh(4 * 24 * time.Hour)                      // days later
	for range 2 {
		if err := deposit(wallet, good); err != nil {
			t.Fatal(err)
		}
	}
	w.want(w.submit(honest()(w)), protocol.ResultPaid)
}
