package settle_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func contextWithStop(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, stop
}

// register has the wallet add an account.
func (w *world) register(number protocol.Account, code string) error {
	w.t.Helper()
	c, err := protocol.NewAccountChange(number, code, protocol.Code{1}, protocol.At(w.clock()), w.sale.Wallet.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.settler.ChangeAccount(w.t.Context(), settle.Peer{Role: protocol.RoleWallet, Subject: "W-0001"}, protocoltest.Sign(w.t, w.sale.Wallet.Key, c))
	return err
}

func TestCardRefund(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	o, reference := w.paid(7800)
	o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
	for range 2 {
		w.refunded(w.asked(reference, 3000, "first"), protocol.RefundMade, 3000)
	}
	w.refunded(w.asked(reference, 4801, "too much"), protocol.RefundExceeds, 3000)
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.Refuse, Code: acquirer.CodeNotHonoured})
	for range 2 {
		w.refunded(w.asked(reference, 100, "declined"), protocol.RefundDeclined, 3000)
	}
	w.refunded(w.asked(reference, 4800, "the rest"), protocol.RefundMade, 7800)
	w.agrees(0)
}

// A refund is carried out once and counted once on both sides, whatever goes
// wrong and wherever the process dies of it.
func TestCardRefundFaultsAndCrashes(t *testing.T) {
	t.Parallel()
	for _, kind := range append(virtualacquirer.FaultKinds(), "") {
		for _, crash := range []string{"", "acquirer.refund.send", "acquirer.refund.answer"} {
			t.Run(string(kind)+" "+crash, func(t *testing.T) {
				t.Parallel()
				w := newCardWorld(t)
				if strings.HasPrefix(string(kind), "late") {
					w.spare = 1
				}
				o, reference := w.paid(7800)
				o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
				if kind != "" && (crash == "" || kind == virtualacquirer.Twice) {
					for _, on := range []string{"0200", "0201"} {
						if on == "0200" && crash != "acquirer.refund.send" || kind != virtualacquirer.Twice {
							w.server.Order(virtualacquirer.Fault{On: on, Kind: kind, Code: acquirer.CodeIssuerDown})
						}
					}
				}
				if crash != "" {
					w.crash.Store(&crash)
				}
				asked := w.asked(reference, 3000, "refund")
				var raw []byte
				var err error
				died := w.live(func() { raw, err = w.refund(asked) })
				if !died && err != nil && !errors.Is(err, settle.ErrUndecided) {
					t.Error(err)
				}
				if raw == nil {
					w.holds()
					if _, err := w.refund(asked); !errors.Is(err, settle.ErrUndecided) {
						t.Errorf("a pending refund asked for again: %v", err)
					}
					// What is on its way back is not there for another refund.
					w.refunded(w.asked(reference, 4801, "more"), protocol.RefundExceeds, 0)
					w.passFresh(2 * cardLease)
				}
				w.settleCards()
				w.refunded(asked, protocol.RefundMade, 3000)
				w.agrees(4800)
				if w.crash.Load() != nil {
					t.Errorf("never came to %s", crash)
				}
				if r := w.server.Books().Refunds; len(r) != 1 {
					t.Errorf("refunds: %+v", r)
				}
			})
		}
	}
}

// A shop that has been paid out meanwhile owes what the card got back: the
// refund stays open until the shop's account covers it.
func TestCardRefundOfAShopThatIsShort(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	o, reference := w.paid(7800)
	o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.NoAnswer})
	asked := w.asked(reference, 3000, "refund")
	if _, err := w.refund(asked); !errors.Is(err, settle.ErrUndecided) {
		t.Fatal(err)
	}
	w.update(func(tx ledger.Tx) error {
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayout, Debit: w.shop(), Credit: ledger.FundingAccount(cny), Amount: 5000, At: protocol.At(w.clock())})
		return err
	})
	for range 2 {
		w.passFresh(2 * cardLease)
		if open, err := w.settler.SettleCards(t.Context()); open != 1 || err != nil {
			t.Errorf("%d open, %v", open, err)
		}
		if _, err := w.refund(asked); !errors.Is(err, settle.ErrUndecided) {
			t.Errorf("asked again: %v", err)
		}
	}
	w.holds()
	w.paid(1000)
	w.passFresh(2 * cardLease)
	w.settleCards()
	w.refunded(asked, protocol.RefundMade, 3000)
	w.server.Close()
	if net, shop, owed := w.server.Books().Net(card), w.balance(w.shop()), w.balance(ledger.AcquirerAccount(cny)); net != 5800 || shop != 800 || owed != 5800 {
		t.Errorf("charged %d, the shop has %d, the acquirer owes %d", net, shop, owed)
	}
}

// A token that fails when the answer is to be signed leaves the sale, and the
// refund, undecided and nothing lost.
func TestCardWithAFailingToken(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	whole := w.config.Identity
	signed := func(good bool) {
		w.config.Identity = func() settle.Identity {
			identity := whole()
			if !good {
				identity.Signer = failingSigner{identity.Signer}
			}
			return identity
		}
		var err error
		if w.settler, err = settle.New(w.config); err != nil {
			t.Fatal(err)
		}
	}
	signed(false)
	o := w.open(w.owner())
	fails(t, "sale", settle.ErrUndecided)(w.settler.Submit(t.Context(), "T-0001", o.envelope))
	signed(true)
	w.passFresh(2 * cardLease)
	w.settleCards()
	w.want(w.submit(o.envelope), protocol.ResultDeclined)

	paid, reference := w.paid(7800)
	paid.says("acknowledgement", protocol.ResultPaid)(paid.acknowledge())
	asked := w.asked(reference, 3000, "refund")
	signed(false)
	fails(t, "refund", settle.ErrUndecided)(w.refund(asked))
	signed(true)
	w.passFresh(2 * cardLease)
	w.settleCards()
	w.refunded(asked, protocol.RefundMade, 3000)
	w.agrees(4800)
}

// A card sale goes back after the acquirer has paid it out: the books say that
// it owes the operator that much again, and nothing is below zero.
func TestCardRefundAfterClearing(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	o := w.open(w.owner())
	paid := w.submit(o.envelope)
	w.want(paid, protocol.ResultPaid)
	w.update(func(tx ledger.Tx) error {
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryClearing, Debit: ledger.FundingAccount(cny), Credit: ledger.AcquirerAccount(cny), Amount: 7000, At: 1})
		return err
	})
	funding := w.balance(ledger.FundingAccount(cny))
	w.refunded(w.asked(paid.Reference, 1000, "key"), protocol.RefundMade, 1000)
	if have := w.balance(ledger.AcquirerAccount(cny)); have != 0 {
		t.Errorf("the acquirer owes %d", have)
	}
	if have := w.balance(ledger.FundingAccount(cny)); have != funding-200 {
		t.Errorf("funds went from %d to %d", funding, have)
	}
	w.holds()
}
