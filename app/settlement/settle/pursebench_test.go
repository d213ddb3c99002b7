package settle_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/protocol"
)

// BenchmarkPurse is a load, and the clearing of a tap, without the network, on
// both stores, with settlement's keys in SoftHSM: beside BenchmarkSettle. Each
// client has a card of its own.
func BenchmarkPurse(b *testing.B) {
	for _, store := range benchStores {
		for _, kind := range []string{"load", "clear"} {
			for _, clients := range []int{1, 8} {
				b.Run(fmt.Sprintf("%s/%s/%d-clients", store.name, kind, clients), func(b *testing.B) {
					l, err := store.open(b)
					if err != nil {
						b.Fatal(err)
					}
					w := newWorldOn(b, l)
					w.onToken(b)
					benchmarkPurse(b, w, kind, clients)
				})
			}
		}
	}
}

func benchmarkPurse(b *testing.B, w *world, kind string, clients int) {
	b.Helper()
	type work struct {
		load  *protocol.Signed[protocol.LoadRequest]
		clear protocol.Envelope
	}
	each := b.N/clients + 1
	wallets, all := make([]*world, clients), make([][]work, clients)
	for i := range wallets {
		name := fmt.Sprintf("W-bench-%d", i)
		wallets[i] = w.another(protocol.ID(name), protocol.Account(name))
		wallets[i].config = w.config
		p := wallets[i].card("bench")
		if kind == "clear" {
			wallets[i].loaded(p, 50_000)
		}
		for range each {
			var one work
			if kind == "load" {
				one.load = p.LoadRequest(1, false)
			} else {
				one.clear = wallets[i].tap(p, 1).envelope(false)
			}
			all[i] = append(all[i], one)
		}
	}
	took := make([]time.Duration, each*clients)
	var next atomic.Int64
	var running sync.WaitGroup
	b.ResetTimer()
	for i, own := range wallets {
		running.Go(func() {
			for _, one := range all[i] {
				begun := time.Now()
				var err error
				if one.load != nil {
					_, err = w.settler.Load(b.Context(), own.asWallet(), one.load)
				} else {
					_, err = w.settler.ClearTap(b.Context(), "T-0001", one.clear)
				}
				if err != nil {
					b.Error(err)
				}
				took[next.Add(1)-1] = time.Since(begun)
			}
		})
	}
	running.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "settlements/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	if kind == "clear" && w.balance(w.shop()) != int64(len(took)) {
		b.Errorf("the shop has %d of %d", w.balance(w.shop()), len(took))
	}
}
