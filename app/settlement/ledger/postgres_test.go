package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"countersign/protocol"
)

// postgres is the store that these tests are about.
func postgres(t testing.TB) store {
	t.Helper()
	return stores[1]
}

// sql runs statements beside the ledger at a place.
func sql(t testing.TB, place, statements string) (string, error) {
	t.Helper()
	_, schema, _ := strings.Cut(place, "search_path=")
	return shared.Server(t).SQL(t.Context(), "tests", "SET search_path = "+schema+"; "+statements)
}

// What the rules keep for ever is guarded in the database as well.
func TestPostgresGuards(t *testing.T) {
	place := postgres(t).place(t)
	l, f := postgres(t).openAt(t, place, Options{}), newFixture(t)
	f.fillMore(l)
	for statement, want := range map[string]string{
		"UPDATE entries SET amount = 1":                           "kept for ever",
		"DELETE FROM entries WHERE number = 2":                    "kept for ever",
		"TRUNCATE entries":                                        "kept for ever",
		"DELETE FROM sales":                                       "kept for ever",
		"TRUNCATE sales CASCADE":                                  "kept for ever",
		"UPDATE sale_references SET number = 9":                   "kept for ever",
		"DELETE FROM prints":                                      "kept for ever",
		"UPDATE balances SET amount = -1":                         "balances_amount_check",
		"UPDATE sales SET refunded = amount + 1":                  "sales_check",
		"INSERT INTO entries VALUES (99, 1, 'a', 'b', 1, 156, 0)": "leave a gap",
		"INSERT INTO entries VALUES (5, 1, 'a', 'b', 1, 156, 0), (7, 1, 'a', 'b', 1, 156, 0)": "leave a gap",
		"INSERT INTO entries VALUES (5, 1, 'a', 'a', 1, 156, 0)":                              "entries_check",
		"INSERT INTO entries VALUES (5, 1, 'a', 'b', 0, 156, 0)":                              "entries_amount_check",
	} {
		if _, err := sql(t, place, statement); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	holds(t, l)
	if shown, err := sql(t, place, "SELECT debit, credit, amount FROM books LIMIT 1"); err != nil || shown != string(funding)+"|"+string(payer)+"|1000" {
		t.Errorf("books show %q, %v", shown, err)
	}
}

// A column that says something else than the record beside it is found.
func TestPostgresColumnsAgreeWithRecords(t *testing.T) {
	for _, statement := range []string{
		"UPDATE sales SET reference = 77", "UPDATE sales SET payer = 'payer/nobody'", "UPDATE accounts SET wallet = 'W-9'",
		"UPDATE refunds SET state = 1", "UPDATE authorisations SET amount = 9",
	} {
		place := postgres(t).place(t)
		l, f := postgres(t).openAt(t, place, Options{}), newFixture(t)
		f.fillMore(l)
		holds(t, l)
		if _, err := sql(t, place, statement); err != nil {
			t.Fatal(err)
		}
		if _, err := Prove(t.Context(), l); !errors.Is(err, errDamaged) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// Processes that start together on an empty database make it once, and a later
// program's database is left alone.
func TestPostgresMigrations(t *testing.T) {
	place := postgres(t).place(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() { postgres(t).openAt(t, place, Options{}) })
	}
	wait.Wait()
	list, err := allMigrations()
	if err != nil {
		t.Fatal(err)
	}
	if have, err := sql(t, place, "SELECT count(*), max(version) FROM migrations WHERE version > 0"); err != nil || have != fmt.Sprintf("%d|%d", len(list), len(list)) {
		t.Errorf("applied %q, %v", have, err)
	}
	if _, err := sql(t, place, "INSERT INTO migrations (version, name) VALUES (9999, 'of tomorrow')"); err != nil {
		t.Fatal(err)
	}
	if l, err := OpenPostgres(t.Context(), place, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("have %v, %v", l, err)
	}
}

func TestPostgresIsLost(t *testing.T) {
	place := postgres(t).place(t)
	l, f := postgres(t).openAt(t, place, Options{}), newFixture(t)
	f.fill(l, 1000)
	if err := l.Lost(); err != nil {
		t.Error(err)
	}
	_, schema, _ := strings.Cut(place, "search_path=")
	if _, err := sql(t, place, "ALTER SCHEMA "+schema+" RENAME TO "+schema+"_away; CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	f.fill(postgres(t).openAt(t, place, Options{}), 5)
	// What is connected goes on with what it knows; a new connection looks.
	l.(*Postgres).pool.Reset()
	if err := l.View(t.Context(), func(s Snapshot) error { _, err := s.Balance(payer); return err }); err == nil {
		t.Error("another ledger is taken for the one that was opened")
	}
	if err := l.Lost(); !errors.Is(err, errReplaced) {
		t.Errorf("have %v", err)
	}
}

// Numbers are handed out once, by however many processes, and none that a sale
// bears already.
func TestPostgresReferences(t *testing.T) {
	place := postgres(t).place(t)
	f := newFixture(t)
	f.fill(postgres(t).openAt(t, place, Options{}), 1000)
	f.update(postgres(t).openAt(t, place, Options{}), f.pay(40, 1))
	var mutex sync.Mutex
	seen := map[uint64]bool{}
	var wait sync.WaitGroup
	for range 3 {
		l := postgres(t).openAt(t, place, Options{})
		for range 4 {
			wait.Go(func() {
				for range 3 * referenceBlock {
					n, err := l.NextReference(t.Context())
					mutex.Lock()
					if err != nil || n <= 40 || seen[n] {
						t.Errorf("number %d, %v", n, err)
					}
					seen[n] = true
					mutex.Unlock()
				}
			})
		}
	}
	wait.Wait()
}

// What the database refuses for a reason of its own fails alone: the others of
// its group are carried out.
func TestPostgresRefusesOneOfAGroup(t *testing.T) {
	l, f := postgres(t).fresh(t), newFixture(t)
	f.fill(l, 1000)
	long := make([]byte, 12_000) // more than an index takes
	rand.Read(long)              //nolint:errcheck // never fails
	tooLong := Account{ID: MerchantAccount(long), Class: Merchant, Currency: cny}
	var wait sync.WaitGroup
	for n := range uint64(12) {
		pay := f.pay(n+1, 10)
		wait.Go(func() {
			err := l.Update(t.Context(), func(tx Tx) error {
				if n%4 == 0 {
					return tx.AddAccount(tooLong)
				}
				return pay(tx)
			})
			if (err != nil) != (n%4 == 0) || errors.Is(err, ErrUnavailable) {
				t.Errorf("member %d: %v", n, err)
			}
		})
	}
	wait.Wait()
	if have := balance(t, l, shop); have != 90 {
		t.Errorf("shop has %d", have)
	}
	holds(t, l)
}

// A change is told nothing but what was committed, or what it will be run again
// without.
func TestPostgresGuessesDoNotCount(t *testing.T) {
	place := postgres(t).place(t)
	one, other, f := postgres(t).openAt(t, place, Options{}), postgres(t).openAt(t, place, Options{}), newFixture(t)
	f.fill(one, 1000)
	f.update(other, f.pay(1, 100)) // other remembers what it left behind
	f.update(one, f.pay(2, 900))   // and this takes it all
	if err := other.Update(t.Context(), f.pay(3, 1)); !errors.Is(err, ErrInsufficient) {
		t.Errorf("have %v", err)
	}
	f.update(one, func(tx Tx) error {
		_, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: payer, Amount: 5, At: 2})
		return err
	})
	f.update(other, f.pay(4, 5))
	if have := balance(t, one, shop); have != 1005 {
		t.Errorf("shop has %d", have)
	}
	holds(t, other)
}

// Walks are read in parts: none is left out between them.
func TestPostgresWalksInParts(t *testing.T) {
	l, f := postgres(t).fresh(t), newFixture(t)
	const count = 2*chunk + 7
	f.update(l, func(tx Tx) error {
		for n := range count {
			account := Account{ID: PayerAccount(protocol.Account(fmt.Sprintf("%06d", n))), Class: Payer, Currency: cny, Kind: protocol.AccountPrepaid}
			if err := tx.AddAccount(account); err != nil {
				return err
			}
		}
		return tx.AddAccount(Account{ID: funding, Class: Funding, Currency: cny})
	})
	f.update(l, func(tx Tx) error {
		for n := range count {
			to := PayerAccount(protocol.Account(fmt.Sprintf("%06d", n)))
			if _, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: to, Amount: protocol.Amount(n + 1), At: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	accounts, entries, last := 0, 0, AccountID("")
	err := l.View(t.Context(), func(s Snapshot) error {
		err := s.EachAccount(func(a Account, balance int64) error {
			if a.ID <= last {
				t.Errorf("%s after %s", a.ID, last)
			}
			if a.Class == Payer && balance != int64(accounts) { // funding comes first
				t.Errorf("%s has %d, not %d", a.ID, balance, accounts)
			}
			accounts, last = accounts+1, a.ID
			return nil
		})
		return errors.Join(err, s.EachEntry(func(Entry) error { entries++; return nil }))
	})
	if err != nil || accounts != count+1 || entries != count {
		t.Errorf("%d accounts, %d entries, %v", accounts, entries, err)
	}
	p, err := Prove(t.Context(), l)
	if err != nil || p.Checks[checkBalances].Broken > 0 || p.Checks[checkBooks].Broken > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
