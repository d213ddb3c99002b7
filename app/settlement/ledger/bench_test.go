package ledger

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// BenchmarkLedgerTransfer is a payment's whole transaction, alone and with
// others to share the fsync with; beside it a raw write and fsync of one page.
func BenchmarkLedgerTransfer(b *testing.B) {
	f := newFixture(b)
	pays := func(b *testing.B) (Ledger, []func(Tx) error) {
		l := fresh(b)
		f.fill(l, 9_999_999_999)
		pays := make([]func(Tx) error, b.N)
		for n := range pays {
			pays[n] = f.pay(uint64(n)+1, 1)
		}
		b.ResetTimer()
		return l, pays
	}
	b.Run("alone", func(b *testing.B) {
		l, pays := pays(b)
		for _, pay := range pays {
			if err := l.Update(b.Context(), pay); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("together", func(b *testing.B) {
		l, pays := pays(b)
		var next atomic.Int64
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := l.Update(b.Context(), pays[next.Add(1)-1]); err != nil {
					b.Error(err)
				}
			}
		})
	})
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
