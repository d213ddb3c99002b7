package logbook

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

const (
	million   = 1_000_000
	perRecord = 5
)

// longJournal stands for a journal of five million records that nobody reads.
type longJournal struct{ end atomic.Uint64 }

func (l *longJournal) Appended() uint64                        { return l.end.Load() }
func (l *longJournal) Watch() (<-chan struct{}, func())        { return nil, func() {} }
func (l *longJournal) HashOf(uint64) (h journal.Hash, _ error) { return h, nil }
func (l *longJournal) Since(context.Context, uint64, func(uint64, sale.Entry) error) error {
	return fmt.Errorf("the journal is read")
}

func (l *longJournal) Records(_ context.Context, list []uint64) ([]sale.Entry, error) {
	return make([]sale.Entry, len(list)), nil
}

// longIndex writes the index of many sales, through its own writer; a million are three
// years of a shop, five records a sale, one in two hundred a problem, one in fifty refunded.
func longIndex(b testing.TB, sales uint64) (path string, from *longJournal) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "index")
	from = &longJournal{}
	book, err := open(b.Context(), path, from, Options{Location: shanghai})
	if err != nil {
		b.Fatal(err)
	}
	book.mu.Lock()
	begin := time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC)
	events := []sale.Event{sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome}
	end := uint64(0) // which the journal tells once the index has it all
	put := func(e sale.Entry) {
		end++
		if err := book.x.apply(end, e); err != nil {
			b.Fatal(err)
		}
	}
	for n := uint64(1); n <= sales; n++ {
		e := sale.Entry{
			Sale: n, Amount: protocol.Amount(n*7919%500_000 + 1), Currency: 156, Shift: n / 700, Cashier: protocol.ID(fmt.Sprintf("C-%02d", n%12)),
		}
		at := begin.Add(time.Duration(n) * 94 * time.Second)
		if n%50 == 0 {
			e.Refund = &sale.RefundOf{Sale: n - 20, Reference: 9_000_000 + n - 20}
		}
		if n%3 == 0 {
			e.Tap = &sale.TapOf{Ending: fmt.Sprintf("%04d", n%10_000)}
		}
		for step, event := range events {
			e.Event, e.At = event, at.Add(time.Duration(step)*time.Second)
			if event == sale.EventOutcome {
				e.Reference = 9_000_000 + n
				switch {
				case n%200 == 7:
					e.Event = sale.EventUnknown
				case e.Refund != nil:
					e.Ending = sale.Refunded
				case n%11 == 0:
					e.Ending, e.Reason = sale.Refused, []sale.Reason{sale.ReasonFunds, sale.ReasonFinger, sale.ReasonTimedOut}[n%3]
				default:
					e.Ending = sale.Paid
				}
			}
			put(e)
		}
		if n%40 == 0 {
			put(sale.Entry{Event: sale.EventDrawer, At: at, Cashier: e.Cashier, Currency: 156})
		}
		if book.x.fresh >= keepAfterMany {
			if err := book.x.write(journal.Hash{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	from.end.Store(end)
	book.mu.Unlock()
	if err := book.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("index of %d sales and %d records: %d MB", sales, end, info.Size()>>20)
	return path, from
}

// BenchmarkLogOpen opens the log of a million sales and asks for the first page and
// the problems.
func BenchmarkLogOpen(b *testing.B) {
	path, from := longIndex(b, million)
	for b.Loop() {
		book, err := open(b.Context(), path, from, Options{Location: shanghai})
		if err != nil {
			b.Fatal(err)
		}
		p, err := book.Find(b.Context(), Query{})
		if err != nil || p.Count != million {
			b.Fatal(p.Count, err)
		}
		if p, err := book.Problems(b.Context()); err != nil || p.Unknown != million/200 {
			b.Fatal(p, err)
		}
		if err := book.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLogFind asks a log of a million sales questions; the first of each also
// reads its columns from the disk's cache.
func BenchmarkLogFind(b *testing.B) {
	path, from := longIndex(b, million)
	book := openAt(b, path, from)
	middle := time.Date(2025, 5, 5, 0, 0, 0, 0, shanghai)
	find := func(q Query) func(*testing.B) int {
		return func(b *testing.B) int {
			p, err := book.Find(b.Context(), q)
			if err != nil {
				b.Fatal(err)
			}
			return p.Count
		}
	}
	for _, test := range []struct {
		name string
		ask  func(*testing.B) int
		want int
	}{
		{"everything", find(Query{}), million},
		{"day", find(Query{From: middle, To: middle.AddDate(0, 0, 1)}), 919},
		{"cashier", find(Query{Cashier: "C-03"}), 83334},
		{"rail", find(Query{Rail: sale.RailTap}), 333333},
		{"ending", find(Query{Endings: []sale.Ending{sale.Refused}}), 0},
		{"amount", find(Query{Least: 100_000, Most: 200_000}), 0},
		{"problems", find(Query{Problems: true}), million / 200},
		{"last-page", find(Query{Before: 51}), million},
		{"all-at-once", find(Query{From: middle.AddDate(-1, 0, 0), Cashier: "C-03", Rail: sale.RailTap, Least: 1000, Endings: []sale.Ending{sale.Paid}}), 0},
		{"text-number", find(Query{Text: "000123"}), 0},
		{"text-amount", find(Query{Text: "78.00"}), 0},
		{"text-reference", find(Query{Text: "9654321"}), 1},
		{"text-card", find(Query{Text: "0012"}), 0},
		{"text-cashier", find(Query{Text: "c-0"}), 0},
		{"text-reason", find(Query{Text: "funds"}), 0},
		{"text-three-words", find(Query{Text: "tap c-03 78"}), 0},
		{"text-nothing", find(Query{Text: "nothing-like-it"}), 0},
		{"takings-by-hour", func(b *testing.B) int {
			list, err := book.Takings(b.Context(), time.Time{}, time.Time{}, ByHour)
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}, 0},
		{"takings-by-day", func(b *testing.B) int {
			list, err := book.Takings(b.Context(), time.Time{}, time.Time{}, ByDay)
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}, 0},
		{"refusals", func(b *testing.B) int {
			list, err := book.Refusals(b.Context(), time.Time{}, time.Time{})
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}, 3},
		{"events", func(b *testing.B) int {
			p, err := book.EventPage(b.Context(), Query{Text: "drawer", Cashier: "C-04"})
			if err != nil {
				b.Fatal(err)
			}
			return p.Count
		}, 0},
		{"sold", func(b *testing.B) int {
			list, err := book.RecordsOf(b.Context(), 500_030, 9_500_030)
			if err != nil {
				b.Fatal(err)
			}
			return len(list)
		}, 10},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				if have := test.ask(b); test.want != 0 && have != test.want {
					b.Fatalf("have %d, want %d", have, test.want)
				}
			}
		})
	}
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MB-in-use")
			b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-heap")
		}
	})
}
