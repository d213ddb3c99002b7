package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

const cny = protocol.Currency(156)

var (
	funding = FundingAccount(cny)
	payer   = PayerAccount("6222020200112233445")
	shop    = MerchantAccount([]byte("M-0001"))
)

// fixture signs outcomes as settlement does.
type fixture struct {
	t     testing.TB
	realm *protocoltest.Realm
	self  protocoltest.Party
}

func newFixture(t testing.TB) fixture {
	r := protocoltest.New(t, "countersign/1")
	return fixture{t, r, r.Settlement("settlement-1")}
}

// fill adds a payer with money, a merchant and settlement's certificate.
func (f fixture) fill(l Ledger, amount protocol.Amount) {
	f.t.Helper()
	f.update(l, func(tx Tx) error {
		for _, a := range []Account{
			{ID: funding, Class: Funding, Currency: cny},
			{ID: payer, Class: Payer, Currency: cny, Kind: protocol.AccountPrepaid},
			{ID: shop, Class: Merchant, Currency: cny, Terminals: []protocol.ID{"T-0001"}},
		} {
			if err := tx.AddAccount(a); err != nil {
				return err
			}
		}
		if err := tx.AddCertificate(f.self.Certificate); err != nil {
			return err
		}
		_, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: payer, Amount: amount, At: 1})
		return err
	})
}

func (f fixture) update(l Ledger, change func(Tx) error) {
	f.t.Helper()
	if err := l.Update(f.t.Context(), change); err != nil {
		f.t.Fatal(err)
	}
}

func key(n uint64) SaleKey {
	k := SaleKey{Terminal: "T-0001"}
	binary.BigEndian.PutUint64(k.Scramble[:], n)
	return k
}

// sale is a new sale without decisions.
func sale(n uint64, amount protocol.Amount) Sale {
	k := key(n)
	return Sale{Request: sha256.Sum256(k.Scramble[:]), Payment: sha256.Sum256(append(k.Scramble[:], 1)),
		Amount: amount, Currency: cny, Closes: 100, Wallet: "W-0001", WalletKey: protocol.Hash{1}}
}

func (f fixture) decide(s Sale, kind DecisionKind, attempt uint8, result protocol.Result) Decision {
	o := protocol.Outcome{Request: s.Request, Payment: s.Payment, Attempt: attempt, Result: result, Reference: s.Reference,
		Amount: s.Amount, Currency: s.Currency, Decided: 50, Signer: protocol.SignerOf(f.self.Certificate)}
	return Decision{Kind: kind, Attempt: attempt, Content: s.Request, Result: result, Decided: 50,
		Outcome: protocoltest.Sign(f.t, f.self.Key, o).Bytes()}
}

// pay makes the sale of reference n and moves its money.
func (f fixture) pay(n uint64, amount protocol.Amount) func(Tx) error {
	s, k, mark := sale(n, amount), key(n), protocol.Hash(sha256.Sum256(numberKey(n)))
	s.Reference, s.Payer, s.Merchant, s.Source = n, payer, shop, payer
	d := f.decide(s, DecidedSubmission, 1, protocol.ResultPaid)
	d.Print = &mark
	s.Decisions = []Decision{d}
	return func(tx Tx) error {
		if _, err := tx.Transfer(Transfer{Kind: EntryPayment, Debit: payer, Credit: shop, Amount: amount, At: 50, Sale: &k}); err != nil {
			return err
		}
		if err := tx.AddPrint(mark, PrintUse{Sale: k, Attempt: 1}); err != nil {
			return err
		}
		return tx.PutSale(k, s)
	}
}

// holds fails the test unless every invariant does.
func holds(t testing.TB, l Ledger) Proof {
	t.Helper()
	p, err := Prove(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Holds() {
		p.WriteTo(t.Output())
		t.Fatal("an invariant is broken")
	}
	return p
}

func balance(t testing.TB, l Ledger, id AccountID) (n int64) {
	t.Helper()
	err := l.View(t.Context(), func(s Snapshot) (err error) {
		n, err = s.Balance(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
