package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/protocol"
)

func sealedTemplate() protocol.Sealed {
	s := make(protocol.Sealed, 229)
	rand.Read(s)
	return s
}

// filesHold says whether the files that a ledger keeps hold some bytes: of
// PostgreSQL all but the write-ahead log, after a checkpoint.
func filesHold(t *testing.T, on store, place string, secret []byte) bool {
	t.Helper()
	if on.name == "bolt" {
		raw, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, secret)
	}
	server := shared.Server(t)
	if _, err := server.SQL(t.Context(), "tests", "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	held := false
	err := filepath.WalkDir(filepath.Dir(server.Socket()), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.Contains(path, "pg_wal") {
			return nil // tables come and go
		}
		raw, err := os.ReadFile(path)
		if err == nil && (bytes.Contains(raw, secret) || bytes.Contains(raw, []byte(hex.EncodeToString(secret)))) {
			held = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// Guarantee 12: what was erased is gone, in the files as well, and does not come
// back; what was not is there.
func TestErasure(t *testing.T) { everyStore(t, testErasure) }

func testErasure(t *testing.T, on store) {
	place := on.place(t)
	l, f := on.openAt(t, place, Options{}), newFixture(t)
	f.fill(l, 1000)
	gone, stays := sealedTemplate(), sealedTemplate()
	for _, s := range []protocol.Sealed{gone, stays} {
		f.update(l, func(tx Tx) error { return tx.AddDeposit(s) })
	}
	f.update(l, f.pay(1, 300))
	if !filesHold(t, on, place, gone) || !filesHold(t, on, place, stays) {
		t.Fatal("the test does not find what it looks for")
	}
	digest, unknown := protocol.Hash(sha256.Sum256(gone)), protocol.Hash{7}
	e := Erasure{Number: 1_790_000_001, Wallet: "W-0001", Ordered: 60, Done: 61, Deposited: true}
	put := func(d protocol.Hash, e Erasure) error {
		return l.Update(t.Context(), func(tx Tx) error { return tx.PutErasure(d, e) })
	}
	lie := e
	lie.Deposited = false
	if err := put(digest, lie); !errors.Is(err, ErrKept) {
		t.Errorf("as if it were not here: %v", err)
	}
	if err := put(unknown, e); !errors.Is(err, ErrKept) {
		t.Errorf("as if it were here: %v", err)
	}
	f.update(l, func(tx Tx) error { return tx.PutErasure(digest, e) })
	f.update(l, func(tx Tx) error { return tx.PutErasure(digest, e) }) // again
	lie.Number = 1_790_000_002
	f.update(l, func(tx Tx) error { return tx.PutErasure(unknown, lie) })
	for range 2 {
		if err := l.Overwrite(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e.Overwritten = 62
	f.update(l, func(tx Tx) error { return tx.PutErasure(digest, e) })
	for name, change := range map[string]func(*Erasure){
		"another wallet": func(e *Erasure) { e.Wallet = "W-0002" }, "another number": func(e *Erasure) { e.Number++ },
		"another time": func(e *Erasure) { e.Done++ }, "not overwritten": func(e *Erasure) { e.Overwritten = 0 },
	} {
		other := e
		change(&other)
		if err := put(digest, other); !errors.Is(err, ErrKept) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if filesHold(t, on, place, gone) {
		t.Error("it is still in the files")
	}
	if err := l.Update(t.Context(), func(tx Tx) error { return tx.AddDeposit(gone) }); !errors.Is(err, ErrErased) {
		t.Errorf("deposited again: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = on.openAt(t, place, Options{})
	err := l.View(t.Context(), func(s Snapshot) error {
		if have, err := s.Deposit(sha256.Sum256(stays)); err != nil || !bytes.Equal(have, stays) {
			t.Errorf("the other one: %v", err)
		}
		if _, err := s.Deposit(digest); !errors.Is(err, ErrNotFound) {
			t.Errorf("the erased one: %v", err)
		}
		if have, err := s.Erasure(digest); err != nil || have != e {
			t.Errorf("what stays: %+v, %v", have, err)
		}
		n := 0
		return errors.Join(s.EachErasure(func(protocol.Hash, Erasure) error { n++; return nil }), func() error {
			if n != 2 {
				t.Errorf("%d erasures", n)
			}
			return nil
		}())
	})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, l)
}

// In PostgreSQL nobody removes a deposit by hand, nor an erasure.
func TestPostgresGuardsDeposits(t *testing.T) {
	on := stores[1]
	l, f := on.fresh(t), newFixture(t)
	s := sealedTemplate()
	f.update(l, func(tx Tx) error { return tx.AddDeposit(s) })
	other := sha256.Sum256(s[1:])
	f.update(l, func(tx Tx) error { return tx.PutErasure(other, Erasure{Number: 1, Wallet: "W-0001"}) })
	for _, statement := range []string{"DELETE FROM deposits", "TRUNCATE deposits", "UPDATE deposits SET record = '\\x00'", "DELETE FROM erasures"} {
		if _, err := l.(*Postgres).pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s was carried out", statement)
		}
	}
}
