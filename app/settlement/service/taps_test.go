package service_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/app/program/metrics"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/service"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// A card's life over real TLS, by the client that wallets and terminals use.
func TestTapsOverHTTPS(t *testing.T) {
	registry := metrics.New("settlement")
	h := newHouse(t, service.WithMetrics(registry))
	wallet, terminal := h.client(protocol.RoleWallet, h.sale.Wallet), h.client(protocol.RoleTerminal, h.sale.Terminal)
	h.register(wallet)
	p := virtualsettlement.NewPurse(t, h.sale, h.sale.Wallet, "a")
	card, err := wallet.ApplyCard(t.Context(), p.Application(h.sale.Account, protocol.Code{1}))
	if err != nil {
		t.Fatal(err)
	}
	p.Card = card.Signed
	if load, err := wallet.Load(t.Context(), p.LoadRequest(50_000, false)); err != nil || load.Load.Total != 50_000 {
		t.Fatalf("%+v, %v", load, err)
	}
	_, err = wallet.Load(t.Context(), p.LoadRequest(60_000, false))
	if !errors.Is(err, settlementclient.ErrRefused) || !errors.Is(err, &problem.Problem{Code: problem.Ceiling}) {
		t.Errorf("beyond the ceiling: %v", err)
	}
	pay := virtualsettlement.Pay(t, h.sale, h.sale.Terminal, protocol.Code{1}, 700)
	result := p.Deduct(pay, "T-0001")
	e, err := protocol.SealTapClearing(h.sale.Settlement.Point(t), "T-0001", virtualsettlement.Clearing(t, h.sale.Terminal, p.Card, pay, result, []byte("M-0001"), false))
	if err != nil {
		t.Fatal(err)
	}
	cleared, err := terminal.ClearTap(t.Context(), e, pay)
	if err != nil || !cleared.Credited() {
		t.Fatalf("%+v, %v", cleared.Cleared, err)
	}
	refunded, err := terminal.Refund(t.Context(), protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Refund{Reference: cleared.Cleared.Reference, Amount: 700,
		Currency: cny, Key: protocol.Code{9}, Staff: "S-1", Sent: protocol.At(h.now())}))
	if err != nil || !refunded.Made() {
		t.Errorf("%+v, %v", refunded.Outcome, err)
	}
	torn := virtualsettlement.Pay(t, h.sale, h.sale.Terminal, protocol.Code{2}, 300)
	lost := p.Deduct(torn, "T-0001")
	given, err := terminal.AbandonTap(t.Context(), virtualsettlement.Abandonment(t, h.sale, h.sale.Terminal, torn, p.Mark()))
	if err != nil || given.Cleared.Result != protocol.ClearingGivenBack {
		t.Errorf("%+v, %v", given.Cleared, err)
	}
	state, err := wallet.CardState(t.Context(), p.Question(lost))
	if err != nil || state.State.Waiting != 1000 || state.State.Cleared != 2 {
		t.Errorf("%+v, %v", state.State, err)
	}
	nobody, err := protocol.NewCardNumber(0)
	if err != nil {
		t.Fatal(err)
	}
	back, err := wallet.Transfer(t.Context(), p.Transfer(nobody, 5))
	if err != nil || back.Receipt.Result != protocol.TransferReturned {
		t.Errorf("%+v, %v", back.Receipt, err)
	}
	for _, c := range []*settlementclient.Client{wallet, terminal} {
		if list, err := c.Blocklist(t.Context(), nil); err != nil || len(list.List.Blocked) != 0 {
			t.Errorf("%+v, %v", list.List, err)
		}
	}
	// Each side may say its own alone.
	if _, err := wallet.ClearTap(t.Context(), e, pay); !errors.Is(err, &problem.Problem{Code: problem.Unauthorised}) {
		t.Errorf("a wallet clears: %v", err)
	}
	if _, err := terminal.Load(t.Context(), p.LoadRequest(1, false)); !errors.Is(err, &problem.Problem{Code: problem.Unauthorised}) {
		t.Errorf("a terminal loads: %v", err)
	}
	if held := h.balance(t, ledger.PurseAccount(p.Number())); held != 50_000-700-300-5 {
		t.Errorf("the card holds %d", held)
	}
	told := scrape(t, registry)
	for _, secret := range []string{string(p.Number()), p.Mark().String(), "W-0001"} {
		if strings.Contains(told, secret) || strings.Contains(h.log.String(), string(p.Number())) {
			t.Errorf("%q is in metrics or log", secret)
		}
	}
	for _, want := range []string{`{message="tap",result="credited"} 1`, `{message="transfer",result="returned"} 1`, `{message="load",result="ceiling"} 1`, `{message="abandonment",result="given-back"} 1`} {
		if !strings.Contains(told, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}
