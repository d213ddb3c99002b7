package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// together makes all payments, so many at a time.
func together(b *testing.B, l Ledger, pays []func(Tx) error, clients int) {
	b.Helper()
	var next atomic.Int64
	b.SetParallelism(max(1, clients/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Update(b.Context(), pays[next.Add(1)-1]); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
}

// BenchmarkLedgerTransfer is a payment's whole transaction, alone and with
// others to share the fsync with; beside it a raw write and fsync of one page.
func BenchmarkLedgerTransfer(b *testing.B) {
	for _, s := range stores {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", s.name, clients), func(b *testing.B) {
				l := s.fresh(b)
				pays := paying(b, l)
				if clients > 1 {
					together(b, l, pays, clients)
					return
				}
				b.ResetTimer()
				for _, pay := range pays {
					if err := l.Update(b.Context(), pay); err != nil {
						b.Fatal(err)
					}
				}
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
			together(b, l, paying(b, l), clients)
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "payments/s")
			b.ReportMetric(yardstick, "pgbench/s")
			b.ReportMetric(rate/yardstick, "x_pgbench")
		})
	}
}
