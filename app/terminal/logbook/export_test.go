package logbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

// oddities are a few sales of every kind, with names that a spreadsheet would take for
// formulas and that need quoting.
func oddities() []sale.Entry {
	begun := time.Date(2026, 3, 29, 0, 59, 30, 0, time.UTC) // before clocks are put forward in Berlin
	list := []sale.Entry{
		{Sale: 1, Event: sale.EventOutcome, Ending: sale.Paid, Amount: 7800, Tip: 800, Currency: 156, Cashier: "anna", Shift: 1, Reference: 77},
		{Sale: 2, Event: sale.EventOutcome, Ending: sale.Refused, Reason: sale.ReasonFunds, Amount: 123456789, Currency: 156, Cashier: `=1+2";"x`},
		{Sale: 3, Event: sale.EventTapResult, Ending: sale.Paid, Amount: 5, Currency: 156, Cashier: "+49, \"Bert\"", Tap: &sale.TapOf{Ending: "0042"}},
		{Sale: 4, Event: sale.EventCashSold, Ending: sale.Paid, Amount: 500, Currency: 392, Cashier: "@SUM(A1)", Cash: &sale.CashOf{Given: 1000, Change: 500}},
		{Sale: 5, Event: sale.EventRefundOutcome, Ending: sale.Refunded, Amount: 800, Currency: 156, Cashier: "-2", Reference: 78,
			Refund: &sale.RefundOf{Sale: 1, Reference: 77, Approver: "dana", Rail: sale.RailScan}},
		{Sale: 6, Event: sale.EventUnknown, Amount: 100, Currency: 156, Cashier: "\tTab"},
		{Sale: 7, Event: sale.EventReversal, Ending: sale.Cancelled, Amount: 100, Currency: 156, Cashier: "\rBack"},
		{Sale: 8, Event: sale.EventKeyed, Amount: 1, Currency: 48, Cashier: "＝broad"},
		{Sale: 9, Event: sale.EventOutcome, Ending: sale.Paid, Amount: protocol.MaxMinor, Currency: 156, Cashier: "张伟"},
	}
	for n := range list {
		list[n].At = begun.Add(time.Duration(n) * 15 * time.Second)
	}
	return list
}

func export(t *testing.T, b *Book, q Query, f Format, in *time.Location) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := b.Export(t.Context(), &w, q, f, in); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// Guarantee 5: the export is what it was.
func TestExportGolden(t *testing.T) {
	from := &records{}
	from.add(t, oddities()...)
	b := openNew(t, from)
	for _, f := range []Format{CSV, CSVWithMark, JSONLines} {
		have := export(t, b, Query{}, f, zone(t, "Europe/Berlin"))
		golden := filepath.Join("testdata", "export."+string(f))
		if *update {
			if err := os.WriteFile(golden, have, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s:\n%s\nwant\n%s", f, have, want)
		}
	}
}

// Guarantee 5: a strict reader reads back every row, and no cell is one that a
// spreadsheet computes.
func TestExportReadBack(t *testing.T) {
	from := &records{}
	entries := newStreet(9).sales(2_000)
	for n, e := range oddities() {
		e.Sale = 20_000 + uint64(n)
		entries = append(entries, e)
	}
	from.add(t, entries...)
	b := openNew(t, from)
	s := scan(entries)
	slices.Reverse(s.list)
	number := regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?)?$`)
	for _, q := range []Query{{}, {Rail: sale.RailTap, Limit: 1, Before: 7}, {Text: "anna"}} {
		var want []*Row
		for _, r := range s.list {
			if r.fits(q) {
				want = append(want, r)
			}
		}
		text := export(t, b, q, CSVWithMark, nil)
		text, marked := bytes.CutPrefix(text, []byte(byteOrderMark))
		if !marked || bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) || !bytes.HasSuffix(text, []byte("\r\n")) {
			t.Error("no mark, or lines that do not end as RFC 4180 has it")
		}
		r := csv.NewReader(bytes.NewReader(text))
		names, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			cells, err := r.Read()
			if err == io.EOF {
				if n != len(want) || n == 0 {
					t.Errorf("%d rows, want %d", n, len(want))
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			cell := map[string]string{}
			for i, c := range cells {
				cell[names[i]] = c
				if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") && !number.MatchString(c) {
					t.Errorf("%s is %q", names[i], c)
				}
			}
			w := want[n]
			for _, name := range []string{"number", "amount", "net", "tip", "shift", "reference", "of"} {
				if !number.MatchString(cell[name]) {
					t.Errorf("%s is %q", name, cell[name])
				}
			}
			began, err := time.Parse(time.RFC3339, cell["began"])
			if err != nil || !began.Equal(w.At.Truncate(time.Second)) || cell["number"] != strconv.FormatUint(w.Sale, 10) ||
				cell["amount"] != (money.Amount{Minor: int64(w.Amount), Currency: money.Currency(w.Currency)}).Decimal() ||
				cell["net"] != (money.Amount{Minor: int64(w.worth()), Currency: money.Currency(w.Currency)}).Decimal() ||
				cell["currency"] != money.Currency(w.Currency).String() || cell["ending"] != string(w.Ending) || cell["rail"] != string(w.Rail) ||
				strings.TrimPrefix(cell["cashier"], "'") != strings.ReplaceAll(string(w.Cashier), "\r", "\n") && !strings.Contains(string(w.Cashier), "\r") ||
				(cell["kind"] == "refund") != w.Refund {
				t.Fatalf("row %v, want %+v, %v", cell, w, err)
			}
		}
		lines := json.NewDecoder(bytes.NewReader(export(t, b, q, JSONLines, nil)))
		lines.DisallowUnknownFields()
		n := 0
		for ; ; n++ {
			var line jsonLine
			if err := lines.Decode(&line); err == io.EOF {
				break
			} else if err != nil || line.Number != want[n].Sale || line.Cashier != want[n].Cashier {
				t.Fatalf("%+v, want %+v, %v", line, want[n], err)
			}
		}
		if n != len(want) {
			t.Errorf("%d lines, want %d", n, len(want))
		}
	}
}

// failing is a disk that is full after some bytes.
type failing struct{ left int }

var errDisk = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errDisk
	}
	return len(b), nil
}

func TestExportEndsEarly(t *testing.T) {
	from := &records{}
	from.add(t, newStreet(10).sales(4_000)...)
	b := openNew(t, from)
	if err := b.Export(t.Context(), &failing{left: 100_000}, Query{}, CSV, nil); !errors.Is(err, errDisk) {
		t.Errorf("full: %v", err)
	}
	if err := b.Export(t.Context(), io.Discard, Query{}, "xml", nil); !errors.Is(err, ErrFormat) {
		t.Errorf("format: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Export(ended, io.Discard, Query{}, CSV, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

// Guarantee 3: questions and exports take no memory that grows with the log.
func TestFlatMemory(t *testing.T) {
	const sales = 200_000
	path, from := longIndex(t, sales)
	b := openAt(t, path, from)
	var before, after runtime.MemStats
	for name, ask := range map[string]func() error{
		"find":     func() error { _, err := b.Find(t.Context(), Query{Text: "c-0 tap"}); return err },
		"all":      func() error { _, err := b.Find(t.Context(), Query{}); return err },
		"refusals": func() error { _, err := b.Refusals(t.Context(), time.Time{}, time.Time{}); return err },
		"events":   func() error { _, err := b.EventPage(t.Context(), Query{Text: "drawer"}); return err },
	} {
		runtime.ReadMemStats(&before)
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s takes %d bytes", name, took)
		}
	}
	watch := &heap{}
	if err := b.Export(t.Context(), watch, Query{}, CSV, nil); err != nil {
		t.Fatal(err)
	}
	if watch.most > watch.first+16<<20 || watch.writes < 100 {
		t.Errorf("heap in use grows from %d to %d over %d writes", watch.first, watch.most, watch.writes)
	}
}

// heap looks at the heap while something is written.
type heap struct {
	writes      int
	first, most uint64
}

func (h *heap) Write(b []byte) (int, error) {
	if h.writes++; h.writes%50 == 1 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if h.first == 0 {
			h.first = m.HeapInuse
		}
		h.most = max(h.most, m.HeapInuse)
	}
	return len(b), nil
}
