package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// next is a program of the format after this one, which this one can read unless a
// refund was asked for. It keeps a bucket of its own.
func next() edition {
	return edition{
		format: Format + 1, reader: Format, decode: decodeNewer,
		needs: func(e sale.Entry) int {
			if e.Event == sale.EventRefundAsked {
				return Format + 1
			}
			return Format
		},
		step: func(tx *bbolt.Tx, from int) error {
			b, err := tx.CreateBucketIfNotExists([]byte("counted"))
			if err != nil {
				return err
			}
			return b.Put([]byte("records"), number(tx.Bucket(bucketRecords).Sequence()))
		},
	}
}

// addNewer appends an entry with a member that only the next format knows.
func addNewer(t *testing.T, j *Journal, n uint64, event sale.Event) {
	t.Helper()
	e := sale.Entry{Sale: n, Event: event, At: morning, Amount: 7800, Currency: 156}
	text := append(bytes.TrimSuffix(entryText(t, e), []byte("}")), `,"loyalty":{"points":7}}`...)
	p := &pending{entry: e, text: text}
	j.writing.Lock()
	j.writeGroup([]*pending{p})
	j.writing.Unlock()
	if p.err != nil {
		t.Fatal(p.err)
	}
}

func headers(t *testing.T, path string) (inStore, inCopy header, writer int) {
	t.Helper()
	s, err := openStoreAs(path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	inStore, writer, err = s.header()
	if err != nil {
		t.Fatal(err)
	}
	c, err := openCopy(name(path).copy)
	if err != nil {
		t.Fatal(err)
	}
	defer c.f.Close()
	return inStore, c.header, writer
}

// To the next format, back, and to it again: no record, no open sale and no number is
// lost, and what the next format keeps besides is made again.
func TestToTheNextFormatAndBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	as := func(e edition) *Journal {
		t.Helper()
		return openWith(t, path, Options{Verify: testVerify, Reserve: 4096, edition: e})
	}
	j := as(thisEdition())
	add(t, j, j.NextNumber(), whole...)
	mark(t, j)
	add(t, j, j.NextNumber(), whole[:3]...)
	j.Close()

	j = as(next())
	expect(t, j, FoundMigrated)
	addNewer(t, j, 2, sale.EventSubmission)
	addNewer(t, j, j.NextNumber(), sale.EventSubmission)
	mark(t, j)
	j.Close()
	if s, c, writer := headers(t, path); s != (header{Format + 1, Format}) || c != s || writer != Format+1 {
		t.Errorf("store %v, copy %v, writer %d", s, c, writer)
	}

	j = as(thisEdition()) // back
	expect(t, j)
	left, err := j.Open(t.Context())
	if err != nil || len(left) != 2 || left[0].Event != sale.EventSubmission || left[1].Sale != 3 {
		t.Errorf("open sales %+v, %v", left, err)
	}
	add(t, j, 2, sale.EventOutcome, sale.EventAcknowledged)
	add(t, j, j.NextNumber(), whole...)
	mark(t, j)
	if _, err := j.Last(3); err != nil {
		t.Error(err)
	}
	if s, err := j.Sold(t.Context(), 3, 0); err != nil || s.Sale.Sale != 3 && s.Sale.Sale != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	entries := 0
	if err := j.All(func(uint64, sale.Entry) error { entries++; return nil }); err != nil {
		t.Error(err)
	}
	n, head, err := j.Verify(t.Context())
	if err != nil || int(n) != entries {
		t.Fatalf("%d records, %d entries, %v", n, entries, err)
	}
	j.Close()
	if i, err := Inspect(t.Context(), path); err != nil || i.Broken != nil || i.Records != n || !i.Holds {
		t.Errorf("%+v, %v", i, err)
	}
	if _, _, writer := headers(t, path); writer != Format {
		t.Errorf("writer %d", writer)
	}

	j = as(next()) // and to it again
	expect(t, j, FoundMigrated)
	if again, same, err := j.Verify(t.Context()); err != nil || again != n || same != head {
		t.Errorf("%d records, %v", again, err)
	}
	if j.NextNumber() != 5 {
		t.Error("a number is given twice")
	}
	err = j.store.view(func(tx *bbolt.Tx) error {
		if counted := tx.Bucket([]byte("counted")).Get([]byte("records")); !bytes.Equal(counted, number(n)) {
			t.Errorf("counted %x, want %d", counted, n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	j.Close()
}

// Neither file alone lets an older program begin: what only the next format reads is
// refused, in words that name both formats, and nothing is changed.
func TestNewerFormatRefused(t *testing.T) {
	tests := map[string]func(t *testing.T, path string){
		"both files":     func(*testing.T, string) {},
		"the store only": func(t *testing.T, path string) { write(t, name(path).copy, thisEdition().header().title()) },
		"the copy only":  func(t *testing.T, path string) { os.Remove(path) },
		"a broken store": func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("Dear Sir, "), 10000)) },
		"a broken copy":  func(t *testing.T, path string) { write(t, name(path).copy, []byte("Dear Sir")) },
		"no copy":        func(t *testing.T, path string) { os.Remove(name(path).copy) },
	}
	for what, spoil := range tests {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096, edition: next()})
			add(t, j, j.NextNumber(), whole...)
			if j.header.reader != Format {
				t.Errorf("least reader %d before anything needs more", j.header.reader)
			}
			add(t, j, j.NextNumber(), sale.EventRefundAsked)
			j.Close()
			if what == "both files" {
				if s, c, _ := headers(t, path); s.reader != Format+1 || c != s {
					t.Fatalf("store %v, copy %v", s, c)
				}
			}
			spoil(t, path)
			before := contents(t, dir)
			_, err := Open(t.Context(), path, Options{Verify: testVerify, Reserve: 4096})
			var newer *NewerError
			var hinted *Error
			if !errors.Is(err, ErrNewer) || !errors.As(err, &newer) || newer.Program != Format || newer.Reader != Format+1 ||
				!errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "3") || !strings.Contains(err.Error(), "format 3") || !strings.Contains(err.Error(), "format 2") {
				t.Errorf("opened: %v", err)
			}
			if _, err := Inspect(t.Context(), path); what != "a broken copy" && !errors.Is(err, ErrNewer) {
				t.Errorf("inspected: %v", err)
			}
			if _, err := OpenSnapshot(t.Context(), path); (what == "both files" || what == "the copy only") && !errors.Is(err, ErrNewer) {
				t.Errorf("snapshot: %v", err)
			}
			if after := contents(t, dir); !reflect.DeepEqual(after, before) {
				t.Error("files were changed")
			}
			j = openWith(t, path, Options{Verify: testVerify, Reserve: 4096, edition: next()})
			if n, _, err := j.Verify(t.Context()); what != "the store only" && (err != nil || n != uint64(len(whole)+1)) {
				t.Errorf("the next format: %d records, %v", n, err)
			}
		})
	}
}

// The least reader is raised once, in both files, before what needs it is written.
func TestRaisedReaderSurvivesRebuilding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Reserve: 4096, edition: next()})
	add(t, j, 1, sale.EventRefundAsked)
	j.Close()
	for _, lose := range []string{path, name(path).copy} {
		if err := os.Remove(lose); err != nil {
			t.Fatal(err)
		}
		openWith(t, path, Options{Reserve: 4096, edition: next()}).Close()
		if s, c, _ := headers(t, path); s != (header{Format + 1, Format + 1}) || c != s {
			t.Errorf("without %s: store %v, copy %v", filepath.Base(lose), s, c)
		}
	}
}

// A title with any bit changed is no title, and every title has its place.
func TestTitles(t *testing.T) {
	for _, h := range []header{{1, 1}, {2, 2}, {3, 2}, {99, 98}} {
		title := h.title()
		if int64(len(title)) != titleSize {
			t.Errorf("%q has %d bytes", title, len(title))
		}
		if again, err := parseTitle(title); err != nil || again != h {
			t.Errorf("%q: %v, %v", title, again, err)
		}
		for bit := range len(title) * 8 {
			wrong := bytes.Clone(title)
			wrong[bit/8] ^= 1 << (bit % 8)
			if _, err := parseTitle(wrong); !errors.Is(err, ErrDamaged) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
	}
	if _, err := parseTitle(header{2, 3}.title()); err == nil {
		t.Error("a format that its own program cannot read")
	}
}

func FuzzTitle(f *testing.F) {
	f.Add([]byte(firstTitle))
	f.Add(header{2, 2}.title())
	f.Add(header{99, 7}.title())
	f.Fuzz(func(t *testing.T, title []byte) {
		h, err := parseTitle(title)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("unnamed error %v", err)
			}
			return
		}
		if !bytes.Equal(h.title(), title) || h.reader < 1 || h.reader > h.format {
			t.Errorf("%v from %q", h, title)
		}
	})
}
