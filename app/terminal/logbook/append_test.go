package logbook

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
)

// BenchmarkAppend is what one entry of a sale takes the journal, alone and with an
// index that follows it: the ratio is what the index costs a sale.
func BenchmarkAppend(b *testing.B) {
	for _, followed := range []bool{false, true} {
		b.Run(fmt.Sprintf("followed=%v", followed), func(b *testing.B) {
			dir := b.TempDir()
			j, err := journal.Open(b.Context(), filepath.Join(dir, "journal.db"), journal.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			if followed {
				book, err := Open(b.Context(), filepath.Join(dir, "index"), j, Options{})
				if err != nil {
					b.Fatal(err)
				}
				defer book.Close()
			}
			for n := uint64(1); b.Loop(); n++ {
				e := entry(n, sale.EventOutcome, sale.Paid)
				e.Outcome = make([]byte, 200)
				if err := j.Append(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMakeAgain makes the index of twenty thousand sales from a journal's
// entries.
func BenchmarkMakeAgain(b *testing.B) {
	from := &records{}
	from.add(b, newStreet(11).sales(20_000)...)
	for b.Loop() {
		began := time.Now()
		book, err := open(b.Context(), filepath.Join(b.TempDir(), "index"), from, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := book.Problems(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(from.Appended())/time.Since(began).Seconds(), "records/s")
		if err := book.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExport writes two hundred thousand sales.
func BenchmarkExport(b *testing.B) {
	path, from := longIndex(b, million/5)
	book := openAt(b, path, from)
	for _, f := range []Format{CSV, JSONLines} {
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				watch := &heap{}
				if err := book.Export(b.Context(), watch, Query{}, f, nil); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(watch.most)/(1<<20), "MB-most")
			}
			runtime.GC()
		})
	}
}
