package storepage

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/ledger/postgrestest"
	"countersign/protocol"
)

// A shop of 50 terminals with 100,000 sales in 30 days.
const (
	manyTerminals = 50
	manySales     = 100_000
)

// fill makes that shop, in a ledger of its own.
func (w *town) fill(b *testing.B) {
	b.Helper()
	var names []protocol.ID
	for n := range manyTerminals {
		names = append(names, protocol.ID(fmt.Sprintf("T-%04d", n+1)))
	}
	w.open("M-0001", "Corner Café", names...)
	for n, name := range names {
		w.anchor(name, 4700, protocol.Hash{byte(n), 1}, time.Hour)
		w.status(name, 20*time.Second, nil)
	}
	now := protocol.At(w.clock())
	for begin := 0; begin < manySales; begin += 500 {
		w.update(func(tx ledger.Tx) error {
			for n := begin; n < begin+500; n++ {
				k := ledger.SaleKey{Terminal: names[n%manyTerminals]}
				binary.BigEndian.PutUint64(k.Scramble[:], uint64(n))
				at := now - protocol.Time((manySales-n)*30*86400/manySales)
				m := ledger.Transfer{Kind: ledger.EntryPayment, Debit: payer, Credit: merchant("M-0001"), Amount: 1200, At: at, Sale: &k}
				if _, err := tx.Transfer(m); err != nil {
					return err
				}
				s := ledger.Sale{Request: protocol.Hash(binary.BigEndian.AppendUint64(make([]byte, 24, 32), uint64(n)+1)), Amount: 1200, Currency: cny, Reference: uint64(n) + 1, Payer: payer,
					Merchant: merchant("M-0001"), Source: payer, Acknowledged: at,
					Decisions: []ledger.Decision{{Kind: ledger.DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Decided: at, Outcome: make([]byte, 300)}}}
				if err := tx.PutSale(k, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkPage measures a whole answer, and beside it how long the sums take, and the
// look for acknowledgements, when the program starts.
func BenchmarkPage(b *testing.B) {
	var shared postgrestest.Shared
	b.Cleanup(shared.Stop)
	for name, open := range map[string]func(b *testing.B) ledger.Ledger{
		"bolt": boltLedger[*testing.B],
		"postgres": func(b *testing.B) ledger.Ledger {
			l, err := ledger.OpenPostgres(b.Context(), shared.Database(b), ledger.Options{})
			if err != nil {
				b.Fatal(err)
			}
			return l
		},
	} {
		b.Run(name, func(b *testing.B) {
			w := newTownOn(b, open(b))
			w.fill(b)
			began := time.Now()
			if err := w.server.o.Takings.Refresh(b.Context()); err != nil {
				b.Fatal(err)
			}
			first := time.Since(began)
			began = time.Now()
			if err := w.server.o.Takings.Settle(b.Context()); err != nil {
				b.Fatal(err)
			}
			settled := time.Since(began)
			var took []time.Duration
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "https://127.0.0.1/", nil)
				r.TLS = peerState(protocol.RoleTerminal, "T-0001")
				answer, began := httptest.NewRecorder(), time.Now()
				w.server.Handler().ServeHTTP(answer, r)
				took = append(took, time.Since(began))
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Code)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(first.Milliseconds()), "sums-first-ms")
			b.ReportMetric(float64(settled.Milliseconds()), "acknowledged-first-ms")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			most := took[len(took)*9/10]
			b.ReportMetric(float64(most.Microseconds())/1000, "p90-ms")
			if most > 300*time.Millisecond {
				b.Errorf("nine of ten took up to %v", most)
			}
		})
	}
}
