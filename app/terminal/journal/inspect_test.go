package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// contents are a directory's files, by name.
func contents(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string][32]byte{}
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sums[f.Name()] = sha256.Sum256(b)
	}
	return sums
}

// An inspection names the first record that does not fit, in words, and changes
// nothing, whatever it finds.
func TestInspect(t *testing.T) {
	inStore := func(change func(*bbolt.Tx) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			s, err := openStore(filepath.Join(dir, "journal.db"))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.update(change), s.close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	inCopy := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "journal.log")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	amount := func(record uint64) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(record), bytes.Replace(bytes.Clone(b.Get(number(record))), []byte("7800"), []byte("7801"), 1))
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// frameOf makes a frame of the copy anew, its checksum right.
	frameOf := func(record uint64, change func([]byte) []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			out := bytes.Clone(b[:titleSize])
			frames := readFrames(bytes.NewReader(b), titleSize, int64(len(b)))
			for {
				f, err := frames.next()
				if err != nil {
					return out
				}
				if f.sequence == record && f.kind == kindEntry {
					f.content = change(f.content)
				}
				out = appendFrame(out, f)
			}
		}
	}
	changed := func(b []byte) []byte { return bytes.Replace(b, []byte("7800"), []byte("7801"), 1) }
	tests := map[string]struct {
		spoil   func(*testing.T, string)
		records uint64
		broken  uint64 // record
		sale    uint64
		event   sale.Event
		what    string // in Broken.What, or in a finding's text where nothing is broken
		finding FindingKind
	}{
		"nothing":                  {spoil: func(*testing.T, string) {}, records: 9},
		"an amount":                {inStore(amount(3)), 2, 3, 1, sale.EventPayment, "the journal's record was changed", ""},
		"an amount in the copy":    {inCopy(frameOf(3, changed)), 2, 3, 1, sale.EventPayment, "the copy's record was changed", ""},
		"the last amount":          {inStore(amount(9)), 8, 9, 2, sale.EventEnded, "the copy: the journal's record was changed", ""},
		"the last amount, in both": {func(t *testing.T, dir string) { inStore(amount(9))(t, dir); inCopy(frameOf(9, changed))(t, dir) }, 9, 9, 0, "", "the hash that it says it ends with is another", ""},
		"an old amount, in both":   {func(t *testing.T, dir string) { inStore(amount(3))(t, dir); inCopy(frameOf(3, changed))(t, dir) }, 3, 4, 1, sale.EventSubmission, "neither in the journal", ""},
		"a record":                 {inStore(func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(number(4)) }), 3, 4, 1, sale.EventSubmission, "record 4 is missing", ""},
		"the last record":          {inStore(func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(number(9)) }), 8, 9, 0, "", "of record 9", ""},
		"a record cut short": {inStore(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(2), b.Get(number(2))[:10])
		}), 1, 2, 1, sale.EventRequest, "too short", ""},
		"the head":                {inStore(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyHead, make([]byte, 32)) }), 9, 9, 0, "", "the hash that it says it ends with", ""},
		"an open sale":            {inStore(func(tx *bbolt.Tx) error { return tx.Bucket(bucketOpen).Put(number(9), []byte("{}")) }), 9, 0, 0, "", "list of open sales", ""},
		"a frame's bit":           {inCopy(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), 4, 5, 1, sale.EventOutcome, "cannot be read in the journal's copy", ""},
		"the copy":                {remove("journal.log"), 0, 0, 0, "", "copy is missing", ""},
		"the journal":             {remove("journal.db"), 9, 0, 0, "", "made again from its copy|makes it again from its copy", ""},
		"the copy's title":        {inCopy(func(b []byte) []byte { b[0] = 'X'; return b }), 0, 0, 0, "", "not a journal's copy", ""},
		"the journal's beginning": {func(t *testing.T, dir string) { spoilHead(t, filepath.Join(dir, "journal.db")) }, 9, 0, 0, "", "cannot be read", ""},
		"the copy's end":          {inCopy(func(b []byte) []byte { return b[:len(b)-20] }), 9, 0, 0, "", "written again|writes it again", FoundCopyCompleted},
		"half a record more": {inCopy(func(b []byte) []byte {
			return append(b, appendFrame(nil, frame{kindEntry, 10, []byte("some content of it")})[:20]...)
		}), 9, 0, 0, "", "drops it", FoundTorn},
		"a record more, in the copy": {inCopy(oneMore), 10, 0, 0, "", "sale 3", FoundReplayed},
		"a wrong record more":        {inCopy(func(b []byte) []byte { return appendFrame(b, frame{kindEntry, 10, make([]byte, 40)}) }), 9, 10, 0, "", "goes on after the journal's end", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			j := openWith(t, path, Options{Verify: testVerify})
			add(t, j, 1, sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome, sale.EventAcknowledged)
			mark(t, j)
			add(t, j, 2, sale.EventKeyed, sale.EventRequest, sale.EventEnded)
			if _, err := Inspect(t.Context(), path); !errors.Is(err, ErrInUse) {
				t.Errorf("while it is open: %v", err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, dir)
			before := contents(t, dir)
			i, err := Inspect(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if after := contents(t, dir); !reflect.DeepEqual(after, before) {
				t.Error("files were changed")
			}
			if i.Records != test.records {
				t.Errorf("%d records hold, want %d", i.Records, test.records)
			}
			said := ""
			switch sound := test.what == "" || test.finding != ""; {
			case sound && i.Broken != nil:
				t.Fatalf("broken: %+v", i.Broken)
			case !sound && i.Broken == nil:
				t.Fatalf("nothing is broken: %+v", i)
			case !sound:
				said = i.Broken.What
				if i.Broken.Record != test.broken || i.Broken.Sale != test.sale || i.Broken.Event != test.event || i.Broken.Err == nil ||
					test.event != "" && !i.Broken.At.Equal(morning) && name != "a record cut short" {
					t.Errorf("broken: %+v", i.Broken)
				}
			case test.finding != "":
				if len(i.Findings) != 1 || i.Findings[0].Kind != test.finding {
					t.Fatalf("findings %+v", i.Findings)
				}
				said = i.Findings[0].Text
			default:
				if len(i.Findings) != 0 || !i.Holds || i.Checkpoint.Sequence != 6 {
					t.Errorf("%+v", i)
				}
			}
			fits := false
			for _, words := range strings.Split(test.what, "|") {
				fits = fits || strings.Contains(said, words)
			}
			if !fits {
				t.Errorf("it says %q, want %q", said, test.what)
			}
			if i.Broken == nil { // what it says the next start does, is what it does
				j := openWith(t, path, Options{Verify: testVerify})
				if n, _ := j.Head(); n != i.Records {
					t.Errorf("opened it has %d records, want %d", n, i.Records)
				}
			}
		})
	}
	if _, err := Inspect(t.Context(), filepath.Join(t.TempDir(), "journal.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

// oneMore adds a record that follows.
func oneMore(b []byte) []byte {
	frames := readFrames(bytes.NewReader(b), titleSize, int64(len(b)))
	last := record{}
	for {
		f, err := nextEntry(frames)
		if err != nil {
			break
		}
		last, _ = parse(f.content)
	}
	text := []byte(`{"sale":3,"event":"keyed","at":"2026-11-22T09:41:00Z","amount":7800,"currency":156}`)
	return appendFrame(b, frame{kindEntry, 10, record{previous: last.hash(), entry: text}.bytes()})
}

func spoilHead(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 * os.Getpagesize() {
		b[n] = '?'
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A snapshot is read while the journal is open, and holds what was appended before.
func TestSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify})
	add(t, j, 1, whole...)
	mark(t, j)
	add(t, j, 2, whole[:3]...)
	s, err := OpenSnapshot(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	add(t, j, 3, whole...)
	n := uint64(len(whole) + 3)
	if s.Appended() != n {
		t.Errorf("%d records, want %d", s.Appended(), n)
	}
	enough := errors.New("enough")
	for _, from := range []uint64{1, 2, n, 3, n + 1} {
		next := from
		err := s.Since(t.Context(), from, func(record uint64, e sale.Entry) error {
			if record != next || e.Sale == 0 {
				t.Errorf("from %d: record %d, %+v", from, record, e)
			}
			if next++; next == from+2 {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) || next < min(n+1, from+1) && from <= n {
			t.Errorf("from %d: to %d, %v", from, next, err)
		}
	}
	j.Close()
	log := name(path).copy
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSnapshot(t.Context(), path); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	if _, err := OpenSnapshot(t.Context(), filepath.Join(t.TempDir(), "journal.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

// Watching, and reading by number and in order.
func TestFollow(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	changed, stop := j.Watch()
	add(t, j, 1, whole...)
	add(t, j, 2, whole...)
	<-changed
	select {
	case <-changed:
		t.Error("told twice of what was there the first time")
	default:
	}
	stop()
	add(t, j, 3, sale.EventKeyed)
	select {
	case <-changed:
		t.Error("told after it was to end")
	default:
	}
	n := uint64(2*len(whole) + 1)
	if j.Appended() != n {
		t.Errorf("%d appended, want %d", j.Appended(), n)
	}
	list, err := j.Records(t.Context(), []uint64{n, 1})
	if err != nil || len(list) != 2 || list[0].Sale != 3 || list[1].Sale != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := j.Records(t.Context(), []uint64{n + 1}); !errors.Is(err, ErrBroken) {
		t.Errorf("none: %v", err)
	}
	seen := uint64(0)
	if err := j.Since(t.Context(), n, func(record uint64, e sale.Entry) error { seen = record; return nil }); err != nil || seen != n {
		t.Errorf("since the last: %d, %v", seen, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Since(ended, 1, func(uint64, sale.Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

// Whatever a copy holds, it is read to its end or refused by name.
func FuzzSnapshot(f *testing.F) {
	f.Add(oneMore(thisEdition().header().title()))
	f.Add(thisEdition().header().title())
	f.Add([]byte(firstTitle))
	f.Add(header{9, 9}.title())
	f.Add(appendFrame(thisEdition().header().title(), frame{kindEntry, 1, append(make([]byte, 32), `{"sale":1,"event":"keyed"}`...)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "journal.db")
		if err := os.WriteFile(name(path).copy, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenSnapshot(t.Context(), path)
		if err == nil {
			defer s.Close()
			err = s.Since(t.Context(), 1, func(uint64, sale.Entry) error { return nil })
		}
		if err != nil && !isDamage(err) && !errors.Is(err, ErrNewer) {
			t.Errorf("unnamed error %v", err)
		}
		if _, err := Inspect(t.Context(), path); err != nil && !errors.Is(err, ErrNewer) {
			t.Errorf("inspect: %v", err)
		}
	})
}
