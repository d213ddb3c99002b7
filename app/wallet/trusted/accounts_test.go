package trusted

import (
	"errors"
	"slices"
	"testing"

	"countersign/protocol"
)

func TestAccounts(t *testing.T) {
	p := newPhone(t)
	p.own("123456", protocol.AccountBankCard, 978)
	p.own("9", protocol.AccountThirdParty, 978)
	p.own(p.sale.Account, protocol.AccountCreditCard, 156) // known: brought up to date
	have, err := p.Accounts(t.Context())
	want := []Account{{0, protocol.AccountCreditCard, 156, "3445"}, {1, protocol.AccountBankCard, 978, "456"}, {2, protocol.AccountThirdParty, 978, ""}}
	if err != nil || !slices.Equal(have, want) {
		t.Errorf("have %v, %v, want %v", have, err, want)
	}
	if err := p.Removed(t.Context(), "123456"); err != nil {
		t.Fatal(err)
	}
	if err := p.Removed(t.Context(), "123456"); !errors.Is(err, ErrNoAccount) {
		t.Errorf("have %v", err)
	}
	p.start(false)
	if have, err := p.Accounts(t.Context()); err != nil || len(have) != 2 || have[1].Kind != protocol.AccountThirdParty {
		t.Errorf("after a restart: %v, %v", have, err)
	}
}

func TestRegistration(t *testing.T) {
	p := newPhone(t)
	for activation, remove := range map[string]bool{"ACTIVATE-1": false, "": true} {
		signed, err := p.Registration(p.sale.Account, activation)
		if err != nil {
			t.Fatal(err)
		}
		change, err := signed.Verify(p.sale.Wallet.Public(t))
		if err != nil {
			t.Fatal(err)
		}
		number, err := change.Account()
		if err != nil || number != p.sale.Account || change.Remove != remove || change.Wallet.Hash() != p.sale.Wallet.Certificate.Hash() {
			t.Errorf("have %+v, %v", change, err)
		}
	}
	if _, err := p.Registration("", "ACTIVATE-1"); err == nil {
		t.Error("registered no number")
	}
}
