package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

var morning = time.Date(2026, 11, 22, 9, 41, 0, 0, time.UTC)

func open(t testing.TB, path string) *Journal {
	t.Helper()
	return openWith(t, path, Options{})
}

func openWith(t testing.TB, path string, options Options) *Journal {
	t.Helper()
	j, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func add(t testing.TB, j *Journal, number uint64, events ...sale.Event) {
	t.Helper()
	for _, event := range events {
		e := sale.Entry{Sale: number, Event: event, At: morning, Amount: 7800, Currency: 156}
		if event == sale.EventOutcome || event == sale.EventEnded {
			e.Ending = sale.Paid
		}
		if err := j.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	if n := j.NextNumber(); n != 1 {
		t.Errorf("first number is %d", n)
	}
	add(t, j, 1, sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome, sale.EventAcknowledged)
	add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventRequest, sale.EventEnded)
	add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventUnknown)
	add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome)
	add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventRequest)
	before, head, err := j.Verify(t.Context())
	if err != nil || before != 21 {
		t.Fatalf("%d records, %v", before, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, path)
	after, again, err := j.Verify(t.Context())
	if err != nil || after != before || again != head {
		t.Fatalf("%d records, head %x, %v", after, again, err)
	}
	if n := j.LastNumber(); n != 5 {
		t.Errorf("last number %d", n)
	}
	if n := j.NextNumber(); n != 6 { // guarantee 3
		t.Errorf("next number is %d, want 6", n)
	}
	left, err := j.Open(t.Context()) // guarantee 4
	if err != nil || len(left) != 2 || left[0].Sale != 3 || left[0].Event != sale.EventUnknown || left[1].Sale != 4 || left[1].Event != sale.EventOutcome {
		t.Errorf("open: %+v, %v", left, err)
	}
	last, err := j.Last(2)
	if err != nil || len(last) != 2 || last[0].Sale != 4 || last[1].Sale != 2 {
		t.Errorf("last: %+v, %v", last, err)
	}
}

// Guarantee 2: whatever is changed, removed or put in between is found, and the
// first record that does not fit is named.
func TestTampered(t *testing.T) {
	tests := map[string]struct {
		tamper func(*bbolt.Tx) error
		want   string
	}{
		"an amount changed": {func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(3), bytes.Replace(bytes.Clone(b.Get(number(3))), []byte("7800"), []byte("7801"), 1))
		}, "record 3 and its copy differ"},
		"a record removed":        {func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(number(4)) }, "record 4 is missing"},
		"the last record removed": {func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(number(6)) }, "ends at record 5"},
		"the last record changed": {func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(6), bytes.Replace(bytes.Clone(b.Get(number(6))), []byte("7800"), []byte("7801"), 1))
		}, "record 6 and its copy differ"},
		"an unknown field": {func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(2), bytes.Replace(bytes.Clone(b.Get(number(2))), []byte(`{"sale"`), []byte(`{"x":1,"sale"`), 1))
		}, "record 2"},
		"an open sale forgotten": {func(tx *bbolt.Tx) error { return tx.Bucket(bucketOpen).Put(number(9), []byte("{}")) }, "list of open sales"},
		"the head changed":       {func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyHead, make([]byte, 32)) }, "head is another"},
		"cut short": {func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketRecords)
			return b.Put(number(2), b.Get(number(2))[:10])
		}, "too short"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "journal"))
			add(t, j, 1, sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome, sale.EventAcknowledged)
			if err := j.store.update(test.tamper); err != nil {
				t.Fatal(err)
			}
			_, _, err := j.Verify(t.Context())
			if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventEnded)
			}
		})
	}
	all.Wait()
	if n, _, err := j.Verify(t.Context()); err != nil || n != 160 {
		t.Errorf("%d records, %v", n, err)
	}
	if n := j.NextNumber(); n != 81 {
		t.Errorf("next number is %d", n)
	}
}

func TestRefusesToOpen(t *testing.T) {
	dir := t.TempDir()
	open(t, filepath.Join(dir, "journal.db"))
	if _, err := Open(t.Context(), filepath.Join(dir, "journal.db"), Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: %v", err)
	}
	other := filepath.Join(dir, "letter")
	if err := os.WriteFile(other, bytes.Repeat([]byte("Dear Sir, "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), other, Options{}); !errors.Is(err, ErrDamaged) || !errors.Is(err, ErrLost) {
		t.Errorf("not a journal: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "no", "such", "folder"), Options{}); err == nil {
		t.Error("opened in a folder that does not exist")
	}
}

// Guarantee 1: after an error of which nobody knows what it left on the disk,
// nothing is written any more; the next opening finds out.
func TestStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify})
	add(t, j, 1, whole[:4]...)
	if err := j.copy.f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := j.Append(t.Context(), sale.Entry{Sale: 1, Event: sale.EventOutcome})
		var hinted *Error
		if !errors.Is(err, ErrStopped) || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("have %v", err)
		}
	}
	if err := j.Checkpoint(t.Context(), testSign(j.Head()), nil); !errors.Is(err, ErrStopped) {
		t.Errorf("have %v", err)
	}
	j.Close()
	j = openWith(t, path, Options{Verify: testVerify})
	expect(t, j)
	add(t, j, 1, whole[4:]...)
	j.Close()
	if err := j.Append(t.Context(), sale.Entry{Sale: 2, Event: sale.EventKeyed}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"sale":1,"event":"keyed","at":"2026-11-22T09:41:00Z","amount":7800,"currency":156}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := decode(text); err != nil && !errors.Is(err, ErrBroken) {
			t.Errorf("unnamed error %v", err)
		}
	})
}
