package operator_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// An order with a reference is carried out once, whoever repeats it; money
// leaves the books only as far as it is there.
func TestOrdersAreCarriedOutOnce(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := operator.Operator{Ledger: l, Clock: func() time.Time { return time.Unix(1_800_000_000, 0) }, Log: slog.New(slog.DiscardHandler)}
	if err := o.AddMerchant(t.Context(), "M-1", "T-1", "Shop", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddAccount(t.Context(), "1111", "prepaid", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddAccount(t.Context(), "424242424242", "bank-card", "CNY"); err != nil {
		t.Fatal(err)
	}
	load := func(number, amount, reference string) func() (string, error) {
		return func() (string, error) { return o.Load(t.Context(), protocol.Account(number), amount, reference) }
	}
	payout := func(amount, reference string) func() (string, error) {
		return func() (string, error) { return o.Payout(t.Context(), "M-1", amount, reference) }
	}
	for _, step := range []struct {
		name string
		do   func() (string, error)
		want string
		code problem.Code
	}{
		{"load", load("1111", "100.00", "bank 1"), "100.00 CNY", ""},
		{"the same load", load("1111", "100.00", "bank 1"), "100.00 CNY", ""},
		{"another load", load("1111", "100.00", "bank 2"), "200.00 CNY", ""},
		{"without a reference", load("1111", "1.00", ""), "201.00 CNY", ""},
		{"without a reference again", load("1111", "1.00", ""), "202.00 CNY", ""},
		{"other amount under the reference", load("1111", "90.00", "bank 1"), "", problem.Conflict},
		{"a card", load("424242424242", "10.00", "bank 3"), "", problem.Conflict},
		{"nobody", load("9999", "10.00", "bank 3"), "", problem.NotFound},
		{"no amount", load("1111", "ten", "bank 3"), "", problem.Malformed},
		{"payout of nothing", payout("1.00", "out 1"), "", problem.Conflict},
		{"payout without reference", payout("1.00", ""), "", problem.Malformed},
		{"clearing without an acquirer", func() (string, error) { return o.Cleared(t.Context(), "CNY", "1.00", "clear 1") }, "", problem.NotFound},
		{"clearing without reference", func() (string, error) { return o.Cleared(t.Context(), "CNY", "1.00", "") }, "", problem.Malformed},
		{"payout under a load's reference", payout("100.00", "bank 1"), "", problem.Conflict},
	} {
		have, err := step.do()
		var p *problem.Problem
		if have != step.want || (step.code == "") != (err == nil) || step.code != "" && (!errors.As(err, &p) || p.Code != step.code) {
			t.Errorf("%s: %q, %v", step.name, have, err)
		}
	}
	earn(t, l)
	for range 2 {
		if have, err := payout("0.40", "out 1")(); err != nil || have != "0.60 CNY" {
			t.Errorf("payout: %q, %v", have, err)
		}
	}
	proof, err := ledger.Prove(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range proof.Checks {
		if c.Broken > 0 && c.What != "every entry for a sale has its sale" {
			t.Errorf("%s: %v", c.What, c.Wrong)
		}
	}
}

// A card that the acquirer could never be asked about is no account; other kinds take any number.
func TestNumbersOfCards(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := operator.Operator{Ledger: l, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	for number, card := range map[protocol.Account]bool{
		"42424242424": false, "424242424242": true, "4242424242424242": true, "4242424242424242424": true, "42424242424242424242": false,
		"4242 4242 4242": false, "42424242424x": false, "４２４２": false, "account 12": false,
	} {
		for _, kind := range []string{"bank-card", "credit-card", "prepaid"} {
			if kind != "bank-card" && card {
				continue // the number is taken
			}
			_, err := o.AddAccount(t.Context(), number, kind, "CNY")
			var p *problem.Problem
			if good := card || kind == "prepaid"; good != (err == nil) || !good && (!errors.As(err, &p) || p.Code != problem.Malformed) {
				t.Errorf("%s %q: %v", kind, number, err)
			}
		}
	}
}

// earn moves one yuan to the shop. The sale itself is of no matter here.
func earn(t *testing.T, l ledger.Ledger) {
	t.Helper()
	err := l.Update(t.Context(), func(tx ledger.Tx) error {
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayment, Debit: ledger.PayerAccount("1111"),
			Credit: ledger.MerchantAccount([]byte("M-1")), Amount: 100, Sale: &ledger.SaleKey{Terminal: "T-1"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a terminal may still take back is not paid out.
func TestUnacknowledgedSalesAreHeld(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Unix(1_800_000_000, 0)
	o := operator.Operator{Ledger: l, Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	if err := o.AddMerchant(t.Context(), "M-1", "T-1", "Shop", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddAccount(t.Context(), "1111", "prepaid", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Load(t.Context(), "1111", "10.00", ""); err != nil {
		t.Fatal(err)
	}
	key, payer, shop := ledger.SaleKey{Terminal: "T-1"}, ledger.PayerAccount("1111"), ledger.MerchantAccount([]byte("M-1"))
	sale := ledger.Sale{Amount: 300, Currency: 156, Reference: 1, Payer: payer, Merchant: shop, Source: payer,
		Decisions: []ledger.Decision{{Kind: ledger.DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Outcome: []byte("signed")}}}
	put := func(pay bool) {
		err := l.Update(t.Context(), func(tx ledger.Tx) error {
			if err := tx.PutSale(key, sale); err != nil || !pay {
				return err
			}
			_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayment, Debit: payer, Credit: shop, Amount: 300, At: protocol.At(now), Sale: &key})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(true)
	var p *problem.Problem
	if _, err := o.Payout(t.Context(), "M-1", "0.01", "out"); !errors.As(err, &p) || p.Code != problem.Conflict {
		t.Errorf("paid out what may be taken back: %v", err)
	}
	sale.Acknowledged = protocol.At(now)
	put(false)
	if have, err := o.Payout(t.Context(), "M-1", "3.00", "out"); err != nil || have != "0.00 CNY" {
		t.Errorf("%q, %v", have, err)
	}
}
