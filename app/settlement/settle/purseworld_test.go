package settle_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/virtualsettlement"
)

// signedAs says how an answer is signed.
type signedAs[P protocol.Payload] = *protocol.Signed[P]

// asWallet and asTerminal are the peers that mutual TLS names.
func (w *world) asWallet() settle.Peer {
	return settle.Peer{Role: protocol.RoleWallet, Subject: w.sale.Wallet.Subject, Certificate: w.sale.Wallet.Certificate}
}

func (w *world) asTerminal() settle.Peer {
	return settle.Peer{Role: protocol.RoleTerminal, Subject: w.sale.Terminal.Subject, Certificate: w.sale.Terminal.Certificate}
}

// parsed parses an answer and verifies that settlement signed it.
func parsed[P protocol.Payload](w *world, raw []byte, err error) signedAs[P] {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	signed, err := protocol.Parse[P](raw)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := signed.Verify(w.sale.Settlement.Certificate.Unverified().Holder.Key); err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// code draws a code that was not used.
func (w *world) code() (c protocol.Code) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.codes++
	binary.BigEndian.PutUint64(c[:], w.codes)
	c[15] = 1
	return c
}

// card applies for a card with a key of its own.
func (w *world) card(name string) *virtualsettlement.Purse {
	w.t.Helper()
	p := virtualsettlement.NewPurse(w.t, w.sale, w.sale.Wallet, string(w.sale.Wallet.Subject)+name)
	w.apply(p)
	return p
}

func (w *world) apply(p *virtualsettlement.Purse) {
	w.t.Helper()
	raw, err := w.settler.ApplyCard(w.t.Context(), w.asWallet(), p.Application(w.sale.Account, w.code()))
	p.Card = parsed[protocol.VirtualCard](w, raw, err)
}

// another is a second wallet with an account of its own, and its world.
func (w *world) another(subject protocol.ID, account protocol.Account) *world {
	w.t.Helper()
	w.codes += 1 << 32
	other := &world{t: w.t, sale: w.sale, ledger: w.ledger, settler: w.settler, config: w.config, log: w.log, hand: w.hand, enrolled: w.enrolled,
		now: w.now, revocation: w.revocation, codes: w.codes + 1<<31, before: w.balance(w.shop())}
	other.sale.Wallet = w.sale.Realm.Wallet(subject, w.sale.Settlement, w.template(w.enrolled), false)
	other.sale.Account = account
	w.update(func(tx ledger.Tx) error {
		id := ledger.PayerAccount(account)
		err := tx.AddAccount(ledger.Account{ID: id, Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: subject,
			Key: other.sale.Wallet.Public(w.t).Thumbprint()})
		if err != nil {
			return err
		}
		_, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: id, Amount: funds})
		return err
	})
	return other
}

// fresh is a second wallet's world for a subtest: cheaper than a ledger of its own.
func (w *world) fresh(t *testing.T) *world {
	t.Helper()
	name := fmt.Sprintf("W-%d", w.codes>>32+2000)
	other := w.another(protocol.ID(name), protocol.Account(name))
	other.t = t
	return other
}

// load loads a card; the code is empty if it was made.
func (w *world) load(r *protocol.Signed[protocol.LoadRequest]) (protocol.Load, problem.Code) {
	w.t.Helper()
	raw, err := w.settler.Load(w.t.Context(), w.asWallet(), r)
	var p *problem.Problem
	if errors.As(err, &p) {
		return protocol.Load{}, p.Code
	}
	return parsed[protocol.Load](w, raw, err).Unverified(), ""
}

// loaded loads a card.
func (w *world) loaded(p *virtualsettlement.Purse, amount protocol.Amount) {
	w.t.Helper()
	if _, code := w.load(p.LoadRequest(amount, false)); code != "" {
		w.t.Fatalf("load of %d: %s", amount, code)
	}
}

// tap is a PAY of the terminal and the card's result.
type tap struct {
	w      *world
	card   *protocol.Signed[protocol.VirtualCard]
	mark   protocol.CardMark
	pay    *protocol.Signed[protocol.TapPay]
	result *protocol.Signed[protocol.TapResult]
}

func (w *world) tap(p *virtualsettlement.Purse, amount protocol.Amount) tap {
	w.t.Helper()
	sale := w.sale
	realm := *sale.Realm
	realm.Now = w.clock()
	sale.Realm = &realm
	pay := virtualsettlement.Pay(w.t, sale, w.sale.Terminal, w.code(), amount)
	return tap{w, p.Card, p.Mark(), pay, p.Deduct(pay, w.sale.Terminal.Subject)}
}

// envelope seals the tap's clearing.
func (a tap) envelope(givenUp bool, change ...func(*protocol.TapClearing)) protocol.Envelope {
	a.w.t.Helper()
	claims := protocol.TapClearing{Card: a.card, Pay: a.pay, Result: a.result, Terminal: a.w.sale.Terminal.Certificate, Merchant: []byte("M-0001"), GivenUp: givenUp}
	for _, c := range change {
		c(&claims)
	}
	e, err := protocol.SealTapClearing(a.w.sale.Settlement.Point(a.w.t), a.w.sale.Terminal.Subject, protocoltest.Sign(a.w.t, a.w.sale.Terminal.Key, claims))
	if err != nil {
		a.w.t.Fatal(err)
	}
	return e
}

func (a tap) clear(givenUp bool, change ...func(*protocol.TapClearing)) protocol.TapCleared {
	a.w.t.Helper()
	raw, err := a.w.settler.ClearTap(a.w.t.Context(), a.w.sale.Terminal.Subject, a.envelope(givenUp, change...))
	return a.about(raw, err)
}

func (a tap) about(raw []byte, err error) protocol.TapCleared {
	a.w.t.Helper()
	signed := parsed[protocol.TapCleared](a.w, raw, err)
	cleared, err := protocol.VerifyTapCleared(signed, a.w.sale.Settlement.Certificate, a.pay, a.w.trust(), a.w.sale.Realm.Now)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return cleared
}

func (a tap) abandonment() *protocol.Signed[protocol.TapAbandonment] {
	a.w.t.Helper()
	return virtualsettlement.Abandonment(a.w.t, a.w.sale, a.w.sale.Terminal, a.pay, a.mark)
}

func (a tap) abandon() protocol.TapCleared {
	a.w.t.Helper()
	return a.about(a.w.settler.AbandonTap(a.w.t.Context(), a.w.asTerminal(), a.abandonment()))
}

// state asks how a card stands and reports results.
func (w *world) state(p *virtualsettlement.Purse, results ...*protocol.Signed[protocol.TapResult]) protocol.CardState {
	w.t.Helper()
	raw, err := w.settler.CardState(w.t.Context(), w.asWallet(), p.Question(results...))
	return parsed[protocol.CardState](w, raw, err).Unverified()
}

func (w *world) transfer(m *protocol.Signed[protocol.Transfer]) protocol.TransferReceipt {
	w.t.Helper()
	raw, err := w.settler.Transfer(w.t.Context(), w.asWallet(), m)
	return parsed[protocol.TransferReceipt](w, raw, err).Unverified()
}

func (w *world) purse(p *virtualsettlement.Purse) (u ledger.Purse) {
	w.t.Helper()
	err := w.ledger.View(w.t.Context(), func(s ledger.Snapshot) (err error) {
		u, err = s.Purse(p.Number())
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// books compares what a card holds, what waits for it and what the shop has.
func (w *world) books(p *virtualsettlement.Purse, held, waiting, shop int64) {
	w.t.Helper()
	if h, g, s := w.balance(ledger.PurseAccount(p.Number())), w.balance(ledger.WaitingAccount(p.Number())), w.balance(w.shop())-w.before; h != held || g != waiting || s != shop {
		w.t.Errorf("the card holds %d, %d waits, the shop has %d; want %d, %d and %d; log:\n%s", h, g, s, held, waiting, shop, w.log)
	}
	w.holds()
}

// close closes a deduction of a card by the operator's order.
func (w *world) close(p protocol.CardMark, counter uint64, toShop bool, change ...func(*settle.Closing)) (ledger.Tap, error) {
	w.t.Helper()
	order := settle.Closing{Mark: p, Counter: counter, ToShop: toShop, Reason: "the terminal burnt down"}
	for _, c := range change {
		c(&order)
	}
	return w.settler.CloseDeduction(w.t.Context(), order)
}

func (w *world) closed(p protocol.CardMark, counter uint64, toShop bool, change ...func(*settle.Closing)) ledger.Tap {
	w.t.Helper()
	tap, err := w.close(p, counter, toShop, change...)
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	return tap
}

// refusedWith wants a problem of a code.
func refusedWith(t *testing.T, what string, err error, code problem.Code) {
	t.Helper()
	if !errors.Is(err, &problem.Problem{Code: code}) {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}
