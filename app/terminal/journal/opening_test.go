package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// A journal of the first format, a bbolt file alone, opens and gets its copy.
func TestFirstFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if err := prepare(tx); err != nil {
			return err
		}
		var c chain
		for n, event := range whole[:5] {
			e := sale.Entry{Sale: 1, Event: event, At: morning, Amount: 7800, Currency: 156}
			r := record{previous: c.head, entry: entryText(t, e)}
			if err := put(tx, uint64(n+1), r, e); err != nil {
				return err
			}
			c.head = r.hash()
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	j := open(t, path)
	expect(t, j, FoundCopyMade, FoundMigrated)
	add(t, j, 1, sale.EventAcknowledged)
	if n, _, err := j.Verify(t.Context()); err != nil || n != 6 {
		t.Errorf("%d records, %v", n, err)
	}
	if j.Findings()[0].Alert {
		t.Error("a manager is alerted")
	}
}

// An old journal put back from a backup beside a newer copy gets what it lacks.
func TestOldBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	add(t, j, 1, whole...)
	mark(t, j)
	j.Close()
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	j = openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	add(t, j, 2, whole...)
	mark(t, j)
	add(t, j, 3, whole[:4]...)
	j.Close()
	write(t, path, backup)
	j = openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	if n, _, err := j.Verify(t.Context()); err != nil || n != 16 {
		t.Errorf("%d records, %v", n, err)
	}
	if n := j.NextNumber(); n != 4 {
		t.Errorf("next number %d", n)
	}
	if list := kinds(j); len(list) != 10 || list[0] != FoundReplayed {
		t.Errorf("found %v", list)
	}
}

// A verification that is ended leaves everything as it is.
func TestOpeningEnded(t *testing.T) {
	store, copied := bigger(t)
	path := filepath.Join(t.TempDir(), "journal.db")
	write(t, path, store)
	write(t, name(path).copy, copied)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, path, Options{}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrLost) {
		t.Errorf("have %v", err)
	}
	expect(t, openWith(t, path, Options{Reserve: 4096}))
}
