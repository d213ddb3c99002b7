package takings_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/ledger/postgrestest"
	"countersign/app/settlement/takings"
	"countersign/protocol"
)

// shared is the PostgreSQL server of these tests.
var shared postgrestest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

const cny = protocol.Currency(156)

var (
	shop, other = ledger.MerchantAccount([]byte("M-0001")), ledger.MerchantAccount([]byte("M-0002"))
	payer       = ledger.PayerAccount("6222020200112233445")
)

func onEveryStore(t *testing.T, test func(t *testing.T, l ledger.Ledger)) {
	for name, open := range map[string]func(t *testing.T) (ledger.Ledger, error){
		"bolt": func(t *testing.T) (ledger.Ledger, error) {
			return ledger.Open(filepath.Join(t.TempDir(), "l"), ledger.Options{})
		},
		"postgres": func(t *testing.T) (ledger.Ledger, error) {
			return ledger.OpenPostgres(t.Context(), shared.Database(t), ledger.Options{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
			update(t, l, func(tx ledger.Tx) error {
				_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: payer, Amount: 9_999_999_999, At: 1})
				return err
			}, func(tx ledger.Tx) error {
				return errors.Join(tx.AddAccount(ledger.Account{ID: ledger.FundingAccount(cny), Class: ledger.Funding, Currency: cny}),
					tx.AddAccount(ledger.Account{ID: payer, Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid}),
					tx.AddAccount(ledger.Account{ID: shop, Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0001", "T-0002"}}),
					tx.AddAccount(ledger.Account{ID: other, Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0009"}}))
			})
			test(t, l)
		})
	}
}

// update carries out last what is given first.
func update(t *testing.T, l ledger.Ledger, change ...func(ledger.Tx) error) {
	t.Helper()
	for n := len(change) - 1; n >= 0; n-- {
		if err := l.Update(t.Context(), change[n]); err != nil {
			t.Fatal(err)
		}
	}
}

func saleKey(terminal protocol.ID, n uint64) ledger.SaleKey {
	k := ledger.SaleKey{Terminal: terminal}
	binary.BigEndian.PutUint64(k.Scramble[:], n)
	return k
}

// Whatever moved, in whatever order it is read, the sums are those of a walk through
// all entries of the time.
func TestSumsAreThoseOfTheEntries(t *testing.T) {
	onEveryStore(t, func(t *testing.T, l ledger.Ledger) {
		now := time.Date(2026, 11, 22, 12, 7, 0, 0, time.UTC)
		book := takings.New(l, func() time.Time { return now })
		random := rand.New(rand.NewPCG(9285, 7))
		var all []ledger.Transfer
		for n := range uint64(400) {
			at := protocol.At(now.Add(-35*24*time.Hour + time.Duration(n)*35*24*time.Hour/400 + time.Duration(random.IntN(50))*time.Second))
			terminal, merchant := protocol.ID("T-0001"), shop
			switch random.IntN(3) {
			case 0:
				terminal = "T-0002"
			case 1:
				terminal, merchant = "T-0009", other
			}
			k := saleKey(terminal, n+1)
			m := ledger.Transfer{Kind: ledger.EntryPayment, Debit: payer, Credit: merchant, Amount: protocol.Amount(1000 + random.IntN(500)), At: at, Sale: &k}
			switch random.IntN(6) {
			case 0:
				m.Kind = ledger.EntryTap
			case 1: // of what was taken before
				m.Kind, m.Debit, m.Credit, m.Amount = ledger.EntryReversal, merchant, payer, 1
			case 2:
				m.Kind, m.Debit, m.Credit, m.Amount = ledger.EntryRefund, merchant, payer, 2
				m.Refund = &ledger.RefundKey{Terminal: "T-0001", Key: k.Scramble}
			case 3:
				m.Kind, m.Debit, m.Credit, m.Amount, m.Sale = ledger.EntryPayout, merchant, ledger.FundingAccount(cny), 3, nil
			}
			err := l.Update(t.Context(), func(tx ledger.Tx) error { _, err := tx.Transfer(m); return err })
			if errors.Is(err, ledger.ErrInsufficient) {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, m)
			if random.IntN(40) == 0 {
				if err := book.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		late := takings.New(l, func() time.Time { return now })
		for name, b := range map[string]*takings.Book{"as they came": book, "at once": late} {
			if err := b.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, account := range []ledger.AccountID{shop, other} {
				for _, zone := range []string{"UTC", "Asia/Shanghai", "Asia/Kathmandu"} {
					compare(t, name+" "+zone, b, account, now, zone, all)
				}
			}
		}
	})
}

// compare adds up by hand, day by day of a time zone.
func compare(t *testing.T, name string, b *takings.Book, account ledger.AccountID, now time.Time, zone string, all []ledger.Transfer) {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	day := func(at time.Time) time.Time { y, m, d := at.Date(); return time.Date(y, m, d, 0, 0, 0, 0, location) }
	to := day(now.In(location)).AddDate(0, 0, 1)
	from := to.AddDate(0, 0, -30)
	type slot struct {
		at       int64
		terminal protocol.ID
		rail     takings.Rail
	}
	want := map[slot]takings.Sums{}
	for _, m := range all {
		at := m.At.Time().In(location)
		if at.Before(from) || m.Debit != account && m.Credit != account || m.Kind == ledger.EntryPayout {
			continue
		}
		k, s := slot{day(at).Unix(), m.Sale.Terminal, takings.RailScan}, takings.Sums{}
		switch m.Kind {
		case ledger.EntryTap:
			k.rail = takings.RailTap
			fallthrough
		case ledger.EntryPayment:
			s.Paid, s.PaidCount = int64(m.Amount), 1
		case ledger.EntryReversal:
			s.Reversed, s.ReversedCount = 1, 1
		case ledger.EntryRefund:
			k.terminal, s.Refunded, s.RefundedCount = m.Refund.Terminal, 2, 1
		}
		want[k] = want[k].Plus(s)
	}
	have := map[slot]takings.Sums{}
	for _, line := range b.Between(account, from, to, day) {
		have[slot{line.From.Unix(), line.Terminal, line.Rail}] = line.Sums
	}
	if len(want) == 0 || !reflect.DeepEqual(have, want) {
		t.Errorf("%s, %s: have %v\nwant %v", name, account, have, want)
	}
}

// A paid sale is found until its terminal has acknowledged it or it was taken back.
func TestUnacknowledged(t *testing.T) {
	onEveryStore(t, func(t *testing.T, l ledger.Ledger) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		book := takings.New(l, func() time.Time { return now })
		put := func(n uint64, change func(*ledger.Sale)) {
			t.Helper()
			k := saleKey("T-0001", n)
			update(t, l, func(tx ledger.Tx) error {
				s, err := tx.Sale(k)
				if errors.Is(err, ledger.ErrNotFound) {
					s = ledger.Sale{Request: protocol.Hash{byte(n)}, Amount: 100, Currency: cny, Reference: n, Payer: payer, Merchant: shop, Source: payer,
						Decisions: []ledger.Decision{{Kind: ledger.DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Outcome: []byte("signed")}}}
					_, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayment, Debit: payer, Credit: shop, Amount: 100, At: protocol.At(now) - 600 + protocol.Time(n), Sale: &k})
				}
				change(&s)
				return errors.Join(err, tx.PutSale(k, s))
			})
		}
		for n := range uint64(5) {
			put(n+1, func(*ledger.Sale) {})
		}
		put(2, func(s *ledger.Sale) { s.Acknowledged = 5 })
		find := func(limit int) (found []uint64, more bool) {
			t.Helper()
			if err := book.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := l.View(t.Context(), func(s ledger.Snapshot) error {
				list, others, err := book.Unacknowledged(s, shop, protocol.At(now), limit)
				for _, s := range list {
					found = append(found, s.Reference)
				}
				more = others
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return found, more
		}
		want := func(limit int, numbers []uint64, others bool) {
			t.Helper()
			if found, more := find(limit); !reflect.DeepEqual(found, numbers) || more != others {
				t.Errorf("found %d, more %v; want %d", found, more, numbers)
			}
		}
		want(10, []uint64{1, 3, 4, 5}, false)
		want(2, []uint64{1, 3}, true)
		put(4, func(s *ledger.Sale) {
			s.Decisions = append(s.Decisions, ledger.Decision{Kind: ledger.DecidedReversal, Attempt: 1, Result: protocol.ResultReversed, Outcome: []byte("signed")})
		})
		want(10, []uint64{1, 3, 5}, false)
		put(1, func(s *ledger.Sale) { s.Acknowledged = 5 })
		want(10, []uint64{3, 5}, false)
		now = now.Add(takings.Kept) // nobody knows any more
		if found, _ := find(10); len(found) != 0 {
			t.Errorf("found %d after all that time", found)
		}
	})
}
