package nightly_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/nightly"
	"countersign/protocol"
)

func TestTimeOfDay(t *testing.T) {
	for _, text := range []string{"", "3:00", "24:00", "03:60", "03:00:00", "noon"} {
		if at, err := nightly.ParseTimeOfDay(text); err == nil {
			t.Errorf("%q is %v", text, at)
		}
	}
	at, err := nightly.ParseTimeOfDay("03:00")
	if err != nil || at != (nightly.TimeOfDay{Hour: 3}) {
		t.Fatalf("%v, %v", at, err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[string]string{
		"2026-11-22 02:59": "2026-11-22 03:00",
		"2026-11-22 03:00": "2026-11-23 03:00",
		"2026-12-31 23:59": "2027-01-01 03:00",
		"2026-03-28 12:00": "2026-03-29 03:00", // 02:00 to 03:00 is skipped that night
		"2026-10-25 02:30": "2026-10-25 03:00", // comes twice
	} {
		moment, err := time.ParseInLocation("2006-01-02 15:04", after, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if have := at.Next(moment).Format("2006-01-02 15:04"); have != want {
			t.Errorf("after %s: %s, want %s", after, have, want)
		}
	}
}

// counted is a ledger that counts its proofs, and may fail or show a false
// balance.
type counted struct {
	ledger.Ledger
	views        atomic.Int64
	fails, false atomic.Bool
}

func (c *counted) View(ctx context.Context, read func(ledger.Snapshot) error) error {
	c.views.Add(1)
	if c.fails.Load() {
		return errors.New("disk on fire")
	}
	return c.Ledger.View(ctx, func(s ledger.Snapshot) error { return read(wrong{s, c.false.Load()}) })
}

// wrong shows one yuan more in each account.
type wrong struct {
	ledger.Snapshot
	on bool
}

func (w wrong) EachAccount(visit func(ledger.Account, int64) error) error {
	return w.Snapshot.EachAccount(func(a ledger.Account, balance int64) error {
		if w.on {
			balance += 100
		}
		return visit(a, balance)
	})
}

func open(t *testing.T) *counted {
	t.Helper()
	store, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	err = store.Update(t.Context(), func(tx ledger.Tx) error {
		return tx.AddAccount(ledger.Account{ID: ledger.FundingAccount(protocol.Currency(156)), Class: ledger.Funding, Currency: 156})
	})
	if err != nil {
		t.Fatal(err)
	}
	return &counted{Ledger: store}
}

// What a proof finds is remembered until a later one holds; one that could not be
// carried out changes nothing of that.
func TestProve(t *testing.T) {
	store, log := open(t), &programtest.Log{}
	p := &nightly.Proof{Ledger: store, Clock: time.Now, Log: slog.New(slog.NewJSONHandler(log, nil))}
	for _, c := range []struct {
		fails, false      bool
		holds, unresolved bool
		says              string
	}{
		{false, false, true, false, `"holds":true`},
		{true, false, false, false, "could not be proved"},
		{false, true, false, true, `"invariant":"balances are the sums of their entries"`},
		{true, false, false, true, "disk on fire"},
		{false, false, true, false, `"holds":true`},
	} {
		store.fails.Store(c.fails)
		store.false.Store(c.false)
		r := p.Prove(t.Context())
		if r.Holds != c.holds || r.Failed != c.fails || (r.Broken > 0) != c.false || p.Unresolved() != c.unresolved || p.Last() != r {
			t.Errorf("%+v: %+v, unresolved %v", c, r, p.Unresolved())
		}
		if said := log.Take(); !strings.Contains(said, c.says) {
			t.Errorf("%+v: said %s", c, said)
		}
	}
}

// still is a ledger without a goroutine of its own, for a bubble of time.
type still struct {
	ledger.Ledger
	views atomic.Int64
}

func (s *still) View(context.Context, func(ledger.Snapshot) error) error {
	s.views.Add(1)
	return nil
}

// Once a day, also when the clock is set.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64 // how far the wall clock was set
		store := &still{}
		p := &nightly.Proof{Ledger: store, At: nightly.TimeOfDay{Hour: 3}, Log: slog.New(slog.DiscardHandler),
			Clock: func() time.Time { return time.Now().UTC().Add(time.Duration(ahead.Load())) }}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.Run(ctx)
		}()
		proofs := func(want int64, when string) {
			t.Helper()
			synctest.Wait()
			if have := store.views.Load(); have != want {
				t.Errorf("%s: %d proofs, want %d", when, have, want)
			}
		}
		time.Sleep(2*time.Hour + 59*time.Minute) // a bubble begins at midnight
		proofs(0, "02:59")
		time.Sleep(2 * time.Minute)
		proofs(1, "03:01")
		time.Sleep(23 * time.Hour)
		proofs(1, "02:01 of the next day")
		ahead.Store(int64(2 * time.Hour))
		time.Sleep(time.Minute)
		proofs(2, "set forward to 04:02")
		ahead.Store(0)
		time.Sleep(2 * time.Hour)
		proofs(2, "set back, and 03:00 once more")
		time.Sleep(24 * time.Hour)
		proofs(3, "the day after")
		cancel()
		<-ended
	})
}
