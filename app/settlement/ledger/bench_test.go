package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// paying is a ledger with money and b.N payments that are ready to be made:
// their outcomes are signed beforehand, so that the ledger alone is measured.
func paying(b *testing.B, l Ledger) []func(Tx) error {
	b.Helper()
	f := newFixture(b)
	f.fill(l, 9_999_999_999)
	pays := make([]func(Tx) error, b.N)
	for n := range pays {
		pays[n] = f.pay(uint64(n)+1, 1)
	}
	return pays
}

// together makes all payments, so many at a time, and reports their rate and the
// slowest hundredth.
func together(b *testing.B, l Ledger, pays []func(Tx) error, clients int) (rate float64) {
	b.Helper()
	took := make([]time.Duration, len(pays))
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(pays)); n = next.Add(1) - 1 {
				begun := time.Now()
				if err := l.Update(b.Context(), pays[n]); err != nil {
					b.Error(err)
				}
				took[n] = time.Since(begun)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	rate = float64(len(pays)) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "payments/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	return rate
}

// BenchmarkLedgerTransfer is a payment's whole transaction, alone and with
// others to share the fsync with; beside it a raw write and fsync of one page.
func BenchmarkLedgerTransfer(b *testing.B) {
	for _, s := range stores {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", s.name, clients), func(b *testing.B) {
				l := s.fresh(b)
				together(b, l, paying(b, l), clients)
			})
		}
	}
	b.Run("write+fsync", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "raw"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		page := make([]byte, 4096)
		for b.Loop() {
			if _, err := file.WriteAt(page, 0); err != nil {
				b.Fatal(err)
			}
			if err := file.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBesidePgbench measures payments beside PostgreSQL's own yardstick
// (TPC-B, scale 10, 8 clients, for ten seconds) on one server, one after the
// other, and reports how many payments are made in the time of one of pgbench's
// transactions.
func BenchmarkBesidePgbench(b *testing.B) {
	server := shared.Server(b)
	if err := server.Create(b.Context(), "yardstick"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Drop(context.Background(), "yardstick"); err != nil {
			b.Error(err)
		}
	})
	if err := server.PgbenchInit(b.Context(), "yardstick", 10); err != nil {
		b.Fatal(err)
	}
	yardstick, err := server.Pgbench(b.Context(), "yardstick", 8, 10*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	for _, clients := range []int{8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			l := stores[1].fresh(b)
			rate := together(b, l, paying(b, l), clients)
			b.ReportMetric(yardstick, "pgbench/s")
			b.ReportMetric(rate/yardstick, "x_pgbench")
		})
	}
}
