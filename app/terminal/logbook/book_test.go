package logbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

func everything(t testing.TB, b *Book) Page {
	t.Helper()
	p, err := b.Find(t.Context(), Query{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Guarantee 1: an index that cannot be used is made again, whatever was done to it.
func TestMadeAgain(t *testing.T) {
	from := &records{}
	from.add(t, newStreet(2).sales(2_500)...)
	other := &records{chain: 1}
	other.add(t, newStreet(3).sales(2_800)...)
	path := filepath.Join(t.TempDir(), "index")
	b := openAt(t, path, from)
	want := everything(t, b)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*store.Store) error) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			s, err := store.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(change(s), s.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	spoilt := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	amount := bytes.Clone(whole)
	for n := len(amount) / 3; n < len(amount)/3*2; n++ {
		amount[n] ^= 0x10
	}
	tests := map[string]struct {
		spoil func(*testing.T, string)
		from  *records
	}{
		"lost": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, from},
		"cut short":        {spoilt(whole[:len(whole)/2]), from},
		"a beginning":      {spoilt(whole[:100]), from},
		"a letter":         {spoilt(bytes.Repeat([]byte("Dear Sir, "), 5000)), from},
		"bits":             {spoilt(amount), from},
		"of another chain": {func(*testing.T, string) {}, other},
		"another format":   {changed(func(s *store.Store) error { return s.Write(store.Batch{Note: []byte(`{"format":"x"}`)}) }), from},
		"no note":          {changed(func(s *store.Store) error { return s.Write(store.Batch{Note: []byte("?")}) }), from},
		"a short block": {changed(func(s *store.Store) error {
			var note []byte
			if err := s.View(func(v store.View) error { note = bytes.Clone(v.Note()); return nil }); err != nil {
				return err
			}
			return s.Write(store.Batch{Note: note, Blocks: []store.Block{{Table: tableRows, Number: 0, Bytes: []byte("short")}}})
		}), from},
		"ahead of the journal": {changed(func(s *store.Store) error {
			return s.Write(store.Batch{Note: []byte(`{"format":"` + format + `","applied":99999999}`)})
		}), from},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "index")
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, path)
			b := openAt(t, path, test.from)
			have := everything(t, b)
			if test.from == from && !reflect.DeepEqual(have, want) {
				t.Errorf("%d rows, sum %d; want %d, %d", have.Count, have.Sum, want.Count, want.Sum)
			}
			if test.from == other && have.Count < 2_700 {
				t.Errorf("%d rows", have.Count)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the terminal had not written of the index when it was cut off is read again.
func TestCutOff(t *testing.T) {
	from, life := &records{}, newStreet(4)
	from.add(t, life.sales(3_000)...)
	path := filepath.Join(t.TempDir(), "index")
	b := openAt(t, path, from)
	everything(t, b)
	b.mu.RLock()
	if b.x.fresh == 0 || b.x.Applied != from.Appended() {
		t.Errorf("nothing is in memory alone: %d of %d", b.x.fresh, b.x.Applied)
	}
	b.mu.RUnlock()
	copied, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := filepath.Join(t.TempDir(), "index")
	if err := os.WriteFile(after, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, after, from)
	again.mu.RLock()
	begun := again.x.Applied
	again.mu.RUnlock()
	if have, want := everything(t, again), everything(t, b); !reflect.DeepEqual(have, want) || begun == 0 {
		t.Errorf("%d rows, want %d; it began at record %d", have.Count, want.Count, begun)
	}
}

func entry(number uint64, event sale.Event, ending sale.Ending) sale.Entry {
	e := sale.Entry{Sale: number, Event: event, At: time.Date(2026, 11, 22, 9, 41, 0, 0, time.UTC), Amount: 7800, Currency: 156, Ending: ending}
	if ending == sale.Paid {
		e.Reference, e.Outcome = 1000+number, []byte("signed")
	}
	return e
}

// Guarantee 2 and the journal's own question, beside a real journal.
func TestFollowsTheJournal(t *testing.T) {
	dir := t.TempDir()
	j, err := journal.Open(t.Context(), filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	b, err := Open(t.Context(), filepath.Join(dir, "log.index"), j, Options{Location: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	add := func(list ...sale.Entry) {
		t.Helper()
		for _, e := range list {
			if err := j.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := uint64(1); n <= 30; n++ {
		add(entry(n, sale.EventKeyed, ""), entry(n, sale.EventOutcome, sale.Paid))
		p, err := b.Find(t.Context(), Query{Limit: 1})
		if err != nil || p.Count != int(n) || p.Sum != protocol.Sum(7800*n) || p.Rows[0].Sale != n || p.Rows[0].Ending != sale.Paid {
			t.Fatalf("after %d sales: %+v, %v", n, p, err)
		}
	}
	refund := entry(31, sale.EventCashRefunded, sale.Refunded)
	refund.Refund = &sale.RefundOf{Reference: 1007, Approver: "dana", Why: "Faulty"}
	add(refund)
	for _, name := range [][2]uint64{{7, 0}, {0, 1007}, {8, 0}, {99, 0}} {
		have, err := j.Sold(t.Context(), name[0], name[1])
		if err != nil {
			t.Fatal(err)
		}
		j.UseIndex(nil)
		want, err := j.Sold(t.Context(), name[0], name[1])
		j.UseIndex(b)
		if err != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("sold %v: %+v, without the index %+v, %v", name, have, want, err)
		}
	}
	d, err := b.Sale(t.Context(), 7)
	if err != nil || len(d.Steps) != 2 || d.Entry.Reference != 1007 || len(d.Refunds) != 1 || d.Refunds[0].Sale != 31 || !slices.Equal(d.Whys, []string{"Faulty"}) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := b.Sale(t.Context(), 31); err != nil || len(d.Steps) != 1 || !strings.Contains(d.Steps[0].Note, "Faulty") || d.Whys != nil {
		t.Errorf("why it was given back is not in its time line: %+v, %v", d, err)
	}
	if _, err := b.Sale(t.Context(), 99); !errors.Is(err, ErrNoSale) {
		t.Errorf("no such sale: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := j.Sold(t.Context(), 7, 0); err != nil || s.Sale.Sale != 7 {
		t.Errorf("after the book is closed: %+v, %v", s, err)
	}
	if _, err := b.Find(t.Context(), Query{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// The journal does not wait for an index that is busy.
func TestJournalDoesNotWait(t *testing.T) {
	dir := t.TempDir()
	j, err := journal.Open(t.Context(), filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	b, err := Open(t.Context(), filepath.Join(dir, "log.index"), j, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.mu.Lock()
	for n := uint64(1); n <= 20; n++ {
		if err := j.Append(t.Context(), entry(n, sale.EventCashSold, sale.Paid)); err != nil {
			t.Fatal(err)
		}
	}
	b.mu.Unlock()
	if p := everything(t, b); p.Count != 20 {
		t.Errorf("%d rows", p.Count)
	}
}

// Only the records of a sale are read for its time line.
func TestReadsWhatItShows(t *testing.T) {
	from := &records{}
	from.add(t, newStreet(5).sales(1_000)...)
	b := openNew(t, from)
	p := everything(t, b)
	i := slices.IndexFunc(p.Rows, func(r Row) bool { return r.Ending == sale.Paid && r.Rail == sale.RailScan })
	d, err := b.Sale(t.Context(), p.Rows[i].Sale)
	if err != nil || from.reads != len(d.Steps) || len(d.Steps) < 5 {
		t.Errorf("%d records read for %d steps, %v", from.reads, len(d.Steps), err)
	}
}

// What is about the index as a whole is the same after an opening.
func TestNoteIsReadBack(t *testing.T) {
	from := &records{}
	from.add(t, newStreet(6).sales(100)...)
	path := filepath.Join(t.TempDir(), "index")
	b := openAt(t, path, from)
	everything(t, b)
	want := b.x.note
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openAt(t, path, from)
	have, err := json.Marshal(b.x.note)
	if err != nil {
		t.Fatal(err)
	}
	want.Head, _ = from.HashOf(want.Applied)
	if text, err := json.Marshal(want); err != nil || !bytes.Equal(have, text) {
		t.Errorf("have %s\nwant %s, %v", have, text, err)
	}
}
