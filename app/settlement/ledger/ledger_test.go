package ledger

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/protocol"
)

// Guarantees 1 and 2.
func TestTransfer(t *testing.T) { everyStore(t, testTransfer) }

func testTransfer(t *testing.T, on store) {
	usd := MerchantAccount([]byte("dollars"))
	tests := []struct {
		name          string
		debit, credit AccountID
		amount        protocol.Amount
		want          error
	}{
		{"covered", payer, shop, 1000, nil},
		{"one too much", payer, shop, 1001, ErrInsufficient},
		{"merchant without money", shop, payer, 1, ErrInsufficient},
		{"funding paid out beyond what it holds", payer, funding, 1001, ErrInsufficient},
		{"other currency", payer, usd, 1, ErrCurrency},
		{"unknown debit", PayerAccount("nobody"), shop, 1, ErrNotFound},
		{"unknown credit", payer, MerchantAccount([]byte("nobody")), 1, ErrNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, f := on.fresh(t), newFixture(t)
			f.fill(l, 1000)
			f.update(l, func(tx Tx) error { return tx.AddAccount(Account{ID: usd, Class: Merchant, Currency: 840}) })
			k := key(1)
			move := Transfer{Kind: EntryPayment, Debit: test.debit, Credit: test.credit, Amount: test.amount, Sale: &k}
			// The error is swallowed, as a decision that turns into a refusal
			// does: nothing may have moved.
			f.update(l, func(tx Tx) error {
				if _, err := tx.Transfer(move); !errors.Is(err, test.want) {
					t.Errorf("have %v, want %v", err, test.want)
				}
				return nil
			})
			sum := balance(t, l, payer) + balance(t, l, shop)
			if test.want == nil && (balance(t, l, payer) != 0 || sum != 1000) || test.want != nil && balance(t, l, payer) != 1000 {
				t.Errorf("payer %d, shop %d", balance(t, l, payer), balance(t, l, shop))
			}
		})
	}
}

// Guarantee 3: a transaction that fails leaves nothing, also beside others that
// succeed in the same group.
func TestTransactionsAreWhole(t *testing.T) { everyStore(t, testTransactionsAreWhole) }

func testTransactionsAreWhole(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 10_000)
	failed := errors.New("changed its mind")
	var wait sync.WaitGroup
	for n := range uint64(64) {
		pay := f.pay(n+1, 100)
		wait.Go(func() {
			err := l.Update(t.Context(), func(tx Tx) error {
				if err := pay(tx); err != nil || n%2 == 0 {
					return err
				}
				return failed
			})
			if want := map[bool]error{true: nil, false: failed}[n%2 == 0]; !errors.Is(err, want) {
				t.Errorf("payment %d: %v", n+1, err)
			}
		})
	}
	wait.Wait()
	if have := balance(t, l, shop); have != 3200 {
		t.Errorf("shop has %d, want 3200", have)
	}
	holds(t, l)
}

// Guarantee 3: as if alone. Many transactions compete for the last of the money.
func TestTransactionsCompete(t *testing.T) { everyStore(t, testTransactionsCompete) }

func testTransactionsCompete(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 500)
	var paid atomic.Int32
	var wait sync.WaitGroup
	for n := range uint64(40) {
		pay := f.pay(n+1, 100)
		wait.Go(func() {
			switch err := l.Update(t.Context(), pay); {
			case err == nil:
				paid.Add(1)
			case !errors.Is(err, ErrInsufficient):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if paid.Load() != 5 || balance(t, l, payer) != 0 || balance(t, l, shop) != 500 {
		t.Errorf("%d paid, payer %d, shop %d", paid.Load(), balance(t, l, payer), balance(t, l, shop))
	}
	holds(t, l)
}

// Guarantee 5.
func TestSalesAreKept(t *testing.T) { everyStore(t, testSalesAreKept) }

func testSalesAreKept(t *testing.T, on store) {
	f := newFixture(t)
	base := sale(1, 100)
	retry := f.decide(base, DecidedSubmission, 1, protocol.ResultRetryFinger)
	refused := f.decide(base, DecidedSubmission, 2, protocol.ResultFinger)
	reversed := f.decide(base, DecidedReversal, 2, protocol.ResultReversed)
	other := f.decide(base, DecidedSubmission, 1, protocol.ResultFunds)
	with := func(acknowledged protocol.Time, d ...Decision) Sale {
		s := base
		s.Decisions, s.Acknowledged = d, acknowledged
		return s
	}
	elsewhere := with(0, retry)
	elsewhere.Amount++
	tests := []struct {
		name     string
		old, new Sale
		good     bool
	}{
		{"next attempt", with(0, retry), with(0, retry, refused), true},
		{"acknowledged", with(0, retry, refused), with(60, retry, refused), true},
		{"taken back while open", with(0, retry), with(0, retry, reversed), true},
		{"decision dropped", with(0, retry, refused), with(0, retry), false},
		{"decision changed", with(0, retry), with(0, other), false},
		{"after the end", with(0, retry, refused), with(0, retry, refused, reversed), false},
		{"acknowledged while open", with(0, retry), with(60, retry), false},
		{"acknowledgement withdrawn", with(60, retry, refused), with(0, retry, refused), false},
		{"other amount", with(0, retry), elsewhere, false},
		{"attempt left out", with(0, retry), with(0, retry, f.decide(base, DecidedSubmission, 3, protocol.ResultFinger)), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := on.fresh(t)
			f.fill(l, 1)
			f.update(l, func(tx Tx) error { return tx.PutSale(key(1), test.old) })
			err := l.Update(t.Context(), func(tx Tx) error { return tx.PutSale(key(1), test.new) })
			if test.good != (err == nil) || err != nil && !errors.Is(err, ErrKept) {
				t.Errorf("have %v", err)
			}
			holds(t, l)
		})
	}
}

// Guarantee 5: whoever else names a request first, it is not paid twice.
func TestRequestsArePaidInOneSale(t *testing.T) { everyStore(t, testRequestsArePaidInOneSale) }

func testRequestsArePaidInOneSale(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	tombstone := sale(1, 100)
	tombstone.Decisions = []Decision{f.decide(tombstone, DecidedReversal, 1, protocol.ResultReversed)}
	elsewhere := SaleKey{Terminal: "T-0002"}
	f.update(l, func(tx Tx) error { return tx.PutSale(elsewhere, tombstone) })
	if err := l.Update(t.Context(), f.pay(1, 100)); !errors.Is(err, ErrKept) {
		t.Errorf("have %v", err)
	}
	if balance(t, l, shop) != 0 {
		t.Error("money moved")
	}
	holds(t, l)
}

// Guarantee 6.
func TestPrintsAreTakenOnce(t *testing.T) { everyStore(t, testPrintsAreTakenOnce) }

func testPrintsAreTakenOnce(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	mark := protocol.Hash{7}
	f.update(l, func(tx Tx) error { return tx.AddPrint(mark, PrintUse{Sale: key(1), Attempt: 1}) })
	err := l.Update(t.Context(), func(tx Tx) error { return tx.AddPrint(mark, PrintUse{Sale: key(2), Attempt: 1}) })
	if !errors.Is(err, ErrExists) {
		t.Errorf("taken twice: %v", err)
	}
}

func TestWhatIsKeptIsFoundAgain(t *testing.T) { everyStore(t, testWhatIsKeptIsFoundAgain) }

func testWhatIsKeptIsFoundAgain(t *testing.T, on store) {
	place := on.place(t)
	l, err := on.open(t.Context(), place, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	f.fill(l, 1000)
	f.update(l, f.pay(7, 300))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Update(t.Context(), f.pay(8, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	l = on.openAt(t, place, Options{})
	if n, err := l.NextReference(t.Context()); err != nil || n != 8 {
		t.Errorf("next reference %d, %v", n, err)
	}
	err = l.View(t.Context(), func(s Snapshot) error {
		k, err := s.SaleByReference(7)
		if err != nil {
			return err
		}
		if kept, err := s.Sale(k); err != nil || kept.Amount != 300 || kept.Payer != payer {
			t.Errorf("sale %+v, %v", kept, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	holds(t, l)
}

// A context that has ended before the transaction began leaves no trace.
func TestUpdateWithEndedContext(t *testing.T) { everyStore(t, testUpdateWithEndedContext) }

func testUpdateWithEndedContext(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Update(ctx, f.pay(1, 100)); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if balance(t, l, shop) != 0 {
		t.Error("money moved")
	}
}
