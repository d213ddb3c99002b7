package settle_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/virtualsettlement"
)

// An application repeated is the same; the same key renews; another key gets
// another card and blocks the one before.
func TestCardsAreAppliedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := virtualsettlement.NewPurse(t, w.sale, w.sale.Wallet, "a")
	asked := p.Application(w.sale.Account, protocol.Code{1})
	first, err := w.settler.ApplyCard(t.Context(), w.asWallet(), asked)
	p.Card = parsed[protocol.VirtualCard](w, first, err)
	card, err := protocol.VerifyVirtualCard(p.Card, w.sale.Settlement.Certificate, w.trust(), w.now)
	if err != nil || card.Purse.Ceiling != 100_000 || card.Purse.ConfirmAbove != 20_000 || card.Holder.Key != p.Card.Unverified().Holder.Key {
		t.Fatalf("%+v, %v", card, err)
	}
	w.passFresh(time.Hour)
	if again, err := w.settler.ApplyCard(t.Context(), w.asWallet(), asked); err != nil || !bytes.Equal(again, first) {
		t.Errorf("repeated: %v", err)
	}
	_, err = w.settler.ApplyCard(t.Context(), w.asWallet(), p.Application(w.sale.Account, protocol.Code{1}))
	refusedWith(t, "another under the key", err, problem.Conflict)
	_, err = w.settler.ApplyCard(t.Context(), w.asWallet(), p.Application(w.sale.Account, protocol.Code{2}))
	refusedWith(t, "sent an hour ago", err, problem.Stale)
	sale := w.sale
	realm := *sale.Realm
	realm.Now = w.now
	sale.Realm = &realm
	p.Sale = sale
	w.apply(p)
	if renewed := p.Card.Unverified(); renewed.Number != card.Number || renewed.Expires <= card.Expires {
		t.Errorf("renewed: %+v", renewed)
	}
	w.loaded(p, 500)
	q := virtualsettlement.NewPurse(t, sale, w.sale.Wallet, "b")
	w.apply(q)
	if q.Number() == p.Number() || w.purse(p).Blocked != ledger.BlockReplaced || w.purse(q).Blocked != 0 {
		t.Errorf("replaced: %+v", w.purse(p))
	}
	_, err = w.settler.ApplyCard(t.Context(), w.asWallet(), p.Application(w.sale.Account, w.code()))
	refusedWith(t, "the replaced card's key again", err, problem.Blocked)
	if _, code := w.load(p.LoadRequest(100, false)); code != problem.Blocked {
		t.Errorf("load of the replaced card: %q", code)
	}
	if s := w.state(p); !s.Blocked || s.Total != 500 {
		t.Errorf("%+v", s)
	}
	w.books(p, 500, 0, 0)
}

// A new phone under the old name, with keys of its own, has the old one's card
// blocked; who has neither card nor key learns nothing.
func TestNewPhoneReplacesTheCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 500)
	claims := w.sale.Wallet.Certificate.Unverified()
	key := protocoltest.SignatureKey(t, "new phone")
	claims.Holder.Key = protocoltest.PublicKey(t, key)
	w.sale.Wallet = protocoltest.Party{Subject: "W-0001", Key: key, Certificate: protocoltest.Sign(t, w.sale.Realm.Key, claims)}
	q := virtualsettlement.NewPurse(t, w.sale, w.sale.Wallet, "b")
	_, err := w.settler.ApplyCard(t.Context(), w.asWallet(), q.Application(w.sale.Account, w.code()))
	refusedWith(t, "before the account is the new phone's", err, problem.NotRegistered)
	w.update(func(tx ledger.Tx) error {
		a, err := tx.Account(w.payer())
		if err != nil {
			return err
		}
		a.Key = claims.Holder.Key.Thumbprint()
		return tx.SetAccount(a)
	})
	w.apply(q)
	if u := w.purse(p); u.Blocked != ledger.BlockReplaced {
		t.Errorf("%+v", u)
	}
	w.loaded(q, 100)
	w.books(q, 100, 0, 0)
}

func TestCardsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.another("W-0002", "7777")
	w.update(func(tx ledger.Tx) error {
		key := w.sale.Wallet.Public(t).Thumbprint()
		return tx.AddAccount(ledger.Account{ID: ledger.PayerAccount("4242"), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountBankCard, Wallet: "W-0001", Key: key})
	})
	theirs := other.card("theirs")
	p := virtualsettlement.NewPurse(t, w.sale, w.sale.Wallet, "a")
	for _, test := range []struct {
		name string
		as   settle.Peer
		m    *protocol.Signed[protocol.CardApplication]
		code problem.Code
	}{
		{"another's account", w.asWallet(), p.Application("7777", w.code()), problem.NotRegistered},
		{"no such account", w.asWallet(), p.Application("8888", w.code()), problem.NotRegistered},
		{"a bank card's", w.asWallet(), p.Application("4242", w.code()), problem.Conflict},
		{"another wallet's message", other.asWallet(), p.Application(w.sale.Account, w.code()), problem.Unauthorised},
		{"a terminal", w.asTerminal(), p.Application(w.sale.Account, w.code()), problem.Unauthorised},
		{"another's card key", w.asWallet(), virtualsettlement.NewPurse(t, w.sale, w.sale.Wallet, "W-0002theirs").Application(w.sale.Account, w.code()), problem.Conflict},
	} {
		_, err := w.settler.ApplyCard(t.Context(), test.as, test.m)
		refusedWith(t, test.name, err, test.code)
	}
	if theirs.Number().Validate() != nil {
		t.Error("a number that is none")
	}
}

// Loads, each refusal, and that none of them ever debits.
func TestLoads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *settle.Config) {
		c.Policy.CardCeiling = map[protocol.Currency]protocol.Amount{cny: 50_000}
		c.Policy.CardConfirmAbove = map[protocol.Currency]protocol.Amount{cny: 70_000}
	})
	p := w.card("a")
	if terms := p.Card.Unverified().Purse; terms.Ceiling != 50_000 || terms.ConfirmAbove != 50_000 {
		t.Errorf("%+v", terms)
	}
	request := func(sequence uint64, nonce byte, amount protocol.Amount, waiting bool) *protocol.Signed[protocol.LoadRequest] {
		return p.LoadRequestOf(protocol.LoadRequest{Number: p.Number(), Nonce: protocol.Code{nonce}, Amount: amount, Currency: cny, Sequence: sequence, Waiting: waiting, Sent: protocol.At(w.now)})
	}
	late := request(1, 9, 60_000, false)
	skipped := request(2, 8, 100, false)
	for _, step := range []struct {
		name  string
		r     *protocol.Signed[protocol.LoadRequest]
		code  problem.Code
		total protocol.Sum
	}{
		{"beyond the ceiling", late, problem.Ceiling, 0},
		{"not the next", skipped, problem.Conflict, 0},
		{"nothing waits", request(1, 7, 10, true), problem.Funds, 0},
		{"made", request(1, 1, 40_000, false), "", 40_000},
		{"refused before, late", late, problem.Ceiling, 0},
		{"refused before, and now the next", skipped, problem.Conflict, 0},
		{"other nonce under a sequence", request(1, 2, 40_000, false), problem.Conflict, 0},
		{"other amount under sequence and nonce", request(1, 1, 30_000, false), problem.Conflict, 0},
		{"beyond the ceiling with what is held", request(2, 3, 10_001, false), problem.Ceiling, 0},
		{"made", request(2, 4, 10_000, false), "", 50_000},
	} {
		load, code := w.load(step.r)
		if code != step.code || load.Total != step.total {
			t.Errorf("%s: %+v, %q", step.name, load, code)
		}
	}
	first := request(3, 1, 100, false)
	if o := w.tap(p, 50_000).clear(false); o.Result != protocol.ClearingCredited {
		t.Fatal(o)
	}
	raw, err := w.settler.Load(t.Context(), w.asWallet(), first)
	if load := parsed[protocol.Load](w, raw, err); load.Unverified().Cleared != 1 {
		t.Errorf("%+v", load.Unverified())
	}
	for range 2 {
		if again, err := w.settler.Load(t.Context(), w.asWallet(), first); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("repeated: %v", err)
		}
	}
	if _, code := w.load(request(4, 1, 49_901, false)); code != problem.Ceiling {
		t.Error(code)
	}
	w.books(p, 100, 0, 50_000)
	if _, code := w.load(request(4, 2, 49_900, false)); code != "" {
		t.Error(code)
	}
	if _, code := w.load(request(5, 2, 1, false)); code != problem.Ceiling {
		t.Error(code)
	}
	if o := w.tap(p, 50_000).clear(false); o.Result != protocol.ClearingCredited {
		t.Fatal(o)
	}
	if _, code := w.load(request(5, 3, 1, false)); code != problem.Funds { // 100 000 have been loaded
		t.Error(code)
	}
	w.books(p, 0, 0, 100_000)
}

// Loads are a card's own: another key, wallet or account's owner gets nothing.
func TestForeignLoads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.another("W-0002", "7777")
	p, q := w.card("a"), other.card("b")
	request := p.LoadRequest(100, false)
	_, err := w.settler.Load(t.Context(), other.asWallet(), request)
	refusedWith(t, "another wallet", err, problem.Unauthorised)
	_, err = w.settler.Load(t.Context(), w.asWallet(), q.LoadRequestOf(request.Unverified()))
	refusedWith(t, "another key", err, problem.Unauthorised)
	_, err = w.settler.CardState(t.Context(), other.asWallet(), p.Question())
	refusedWith(t, "another's state", err, problem.Unauthorised)
	w.revoke("W-0001")
	_, err = w.settler.Load(t.Context(), w.asWallet(), request)
	refusedWith(t, "revoked", err, problem.Unauthorised)
	w.mutex.Lock()
	w.revocation.Revoked = []protocol.Revoked{}
	w.mutex.Unlock()
	// The account goes to another key: the card cannot draw on it any more.
	w.update(func(tx ledger.Tx) error {
		a, err := tx.Account(w.payer())
		if err != nil {
			return err
		}
		a.Wallet, a.Key = "W-0002", protocol.Hash{2}
		return tx.SetAccount(a)
	})
	if _, code := w.load(request); code != problem.NotRegistered {
		t.Errorf("%q", code)
	}
	w.books(p, 0, 0, 0)
	forged := q.Question()
	_, err = w.settler.CardState(t.Context(), other.asWallet(), forged)
	if err != nil {
		t.Error(err)
	}
	stolen := w.tap(p, 100)
	_, err = other.settler.CardState(t.Context(), other.asWallet(), protocoltest.Sign(t, q.Key, protocol.CardQuestion{Number: q.Number(), Sent: 1, Results: []*protocol.Signed[protocol.TapResult]{stolen.result}}))
	refusedWith(t, "another card's result", err, problem.Unauthorised)
}

// A card that is renewed for another account of its wallet was loaded from the one
// before: the books still hold.
func TestRenewedForAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 500)
	w.update(func(tx ledger.Tx) error {
		id := ledger.PayerAccount("8888")
		err := tx.AddAccount(ledger.Account{ID: id, Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: w.sale.Wallet.Subject,
			Key: w.sale.Wallet.Public(t).Thumbprint()})
		if err != nil {
			return err
		}
		_, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: id, Amount: 1000})
		return err
	})
	raw, err := w.settler.ApplyCard(t.Context(), w.asWallet(), p.Application("8888", w.code()))
	p.Card = parsed[protocol.VirtualCard](w, raw, err)
	w.loaded(p, 300)
	w.books(p, 800, 0, 0)
	if left := w.balance(ledger.PayerAccount("8888")); left != 700 {
		t.Errorf("the new account has %d", left)
	}
}
