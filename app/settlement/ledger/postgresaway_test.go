package ledger

import (
	"context"
	"errors"
	"sync"
	"testing"

	"countersign/app/settlement/ledger/postgrestest"
)

// away opens a ledger on a server of its own, which may be killed.
func away(t *testing.T) (*postgrestest.Server, opened) {
	t.Helper()
	server, err := postgrestest.Start(t.Context(), postgrestest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server, postgres(t).openAt(t, server.URL("postgres"), Options{})
}

// A server that is away is no reason to end: transactions fail for the time
// being, and go on when it is back.
func TestPostgresServerAway(t *testing.T) {
	server, l := away(t)
	f := newFixture(t)
	f.fill(l, 1000)
	for n, end := range []func() error{server.Shut, server.Immediate, server.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := l.Update(t.Context(), f.pay(uint64(n)+1, 1)); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnknown) {
			t.Errorf("update: %v", err)
		}
		if err := l.View(t.Context(), func(s Snapshot) error { _, err := s.Balance(payer); return err }); !errors.Is(err, ErrUnavailable) {
			t.Errorf("view: %v", err)
		}
		if err := l.Lost(); err != nil {
			t.Error(err)
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if have := balance(t, l, shop); have != int64(n) {
			t.Errorf("shop has %d, not %d", have, n)
		}
		f.update(l, f.pay(uint64(n)+1, 1))
	}
	// Also while nobody looked: the connections are stale.
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.update(l, f.pay(9, 1))
	holds(t, l)
}

// The server is killed while many pay. What was answered is there; what nobody
// knew of is there whole or not at all, and is paid once when it is asked for
// again.
func TestPostgresServerKilledUnderLoad(t *testing.T) {
	server, l := away(t)
	f := newFixture(t)
	f.fill(l, 1_000_000)
	const workers, each = 8, 60
	var wait sync.WaitGroup
	answered := make(chan uint64, workers*each)
	for worker := range uint64(workers) {
		wait.Go(func() {
			for n := range uint64(each) {
				number := 1 + n*workers + worker
				pay := f.pay(number, 1)
				once := func(tx Tx) error {
					if _, err := tx.Sale(key(number)); err == nil {
						return nil // it was kept after all
					} else if !errors.Is(err, ErrNotFound) {
						return err
					}
					return pay(tx)
				}
				for {
					err := l.Update(context.WithoutCancel(t.Context()), once)
					if err == nil {
						answered <- number
						break
					}
					if !errors.Is(err, ErrUnavailable) {
						t.Errorf("payment %d: %v", number, err)
						return
					}
				}
			}
		})
	}
	for n, end := range []func() error{server.Kill, server.Immediate, server.Shut, server.Kill} {
		for range 40 {
			<-answered
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatalf("end %d: %v", n, err)
		}
	}
	wait.Wait()
	if have := balance(t, l, shop); have != workers*each {
		t.Errorf("%d moved by %d payments", have, workers*each)
	}
	holds(t, l)
}
