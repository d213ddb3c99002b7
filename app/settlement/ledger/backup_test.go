package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/program/backup"
	"countersign/protocol"
)

var savedAt = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func saved(t testing.TB, l Ledger) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Backup(t.Context(), l, &b, savedAt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fillAll makes something of everything that is kept.
func (f fixture) fillAll(l Ledger) {
	f.t.Helper()
	f.purses(l)
	gone, stays := sealedTemplate(), sealedTemplate()
	f.update(l, func(tx Tx) error { return errors.Join(tx.AddDeposit(gone), tx.AddDeposit(stays)) })
	f.update(l, func(tx Tx) error {
		return errors.Join(
			tx.PutErasure(sha256.Sum256(gone), Erasure{Number: 1_790_000_001, Wallet: "W-0001", Ordered: 60, Done: 61, Deposited: true}),
			tx.SetFailures(protocol.Hash{9}, Failures{Count: 2, Last: 50}),
			tx.AddProbe("W-0001", 8, Probe{Number: 1, Sealed: []byte("sealed")}),
			tx.AddFingerEvent(FingerEvent{Wallet: "W-0001", WalletKey: protocol.Hash{1}, At: 50, Outcome: FingerUnlocked, Note: "seen with a passport"}),
			tx.PutTerminalState("T-0001", TerminalState{Heard: 10, Message: []byte("signed")}),
			tx.AddZMark("T-0001", 300, ZMark{Hash: protocol.Hash{4}, Received: 70}),
			tx.PutStoreUser(StoreUser{Merchant: shop, Name: "anna", Password: "$argon2id$", Added: 5}))
	})
}

// fills are ledgers that hold, by name.
var fills = map[string]func(fixture, Ledger){"refunds": fixture.fillMore, "cards": fixture.fillAll}

// while lets a backup begin, and go on when others have written meanwhile.
type while struct {
	bytes.Buffer
	begun func()
}

func (w *while) Write(b []byte) (int, error) {
	if w.begun != nil {
		w.begun()
		w.begun = nil
	}
	return w.Buffer.Write(b)
}

// A backup that is made while sales go on is the ledger of one moment, and is the
// same ledger in either store.
func TestBackupWhileSelling(t *testing.T) {
	for _, from := range stores {
		for name, fill := range fills {
			t.Run(from.name+"/"+name, func(t *testing.T) { testBackupWhileSelling(t, from, fill) })
		}
	}
}

func testBackupWhileSelling(t *testing.T, from store, fill func(fixture, Ledger)) {
	l, f := from.fresh(t), newFixture(t)
	fill(f, l)
	f.update(l, func(tx Tx) error {
		_, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: payer, Amount: 1_000_000, At: 90})
		return err
	})
	var sold atomic.Int64
	selling, stop := context.WithCancel(t.Context())
	var tills sync.WaitGroup
	for till := range uint64(3) {
		tills.Go(func() {
			for n := 1000 + till; selling.Err() == nil; n += 3 {
				if err := l.Update(t.Context(), f.pay(n, 7)); err != nil {
					t.Error(err)
					return
				}
				sold.Add(1)
			}
		})
	}
	reach := func(n int64) {
		for sold.Load() < n && !t.Failed() {
			f.update(l, func(tx Tx) error { return tx.SetFailures(protocol.Hash{1}, Failures{Count: 1, Last: 5}) }) // waits for a commit
		}
	}
	reach(5)
	to := &while{begun: func() { reach(sold.Load() + 10) }}
	err := Backup(t.Context(), l, to, savedAt)
	reach(sold.Load() + 3)
	stop()
	tills.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, into := range stores {
		place := into.place(t)
		r, err := into.restore(t.Context(), place, bytes.NewReader(to.Bytes()), RestoreOptions{})
		if err != nil {
			t.Fatalf("into %s: %v", into.name, err)
		}
		again := into.openAt(t, place, Options{})
		compareAt(t, l, again, r)
		if !holds(t, again).Holds() || r.Manifest.Made != savedAt {
			t.Errorf("made at %v", r.Manifest.Made)
		}
		// It goes on as a ledger does, above all numbers that were handed out.
		next, err := again.NextReference(t.Context())
		last, lastErr := l.NextReference(t.Context())
		if err != nil || lastErr != nil || next <= last {
			t.Errorf("next reference %d after %d: %v, %v", next, last, err, lastErr)
		}
		f.update(again, f.pay(next, 3))
		holds(t, again)
		// A backup of it is another backup of the same.
		var second bytes.Buffer
		fresh := into.place(t)
		if _, err := into.restore(t.Context(), fresh, bytes.NewReader(to.Bytes()), RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := Backup(t.Context(), into.openAt(t, fresh, Options{}), &second, savedAt); err != nil {
			t.Fatal(err)
		}
		m, err := backup.Read(t.Context(), &second, backupProgram, backup.Visitor{})
		if err != nil || !slices.Equal(m.Sections, r.Manifest.Sections) {
			t.Errorf("a backup of what was restored: %v", err)
		}
	}
}

// compareAt looks whether the restored ledger is the one that there was when its last
// entry was made: every entry, and every balance.
func compareAt(t *testing.T, original, restored Ledger, r Restored) {
	t.Helper()
	var entries, copied []Entry
	classes := map[AccountID]Class{}
	read := func(into *[]Entry) func(Snapshot) error {
		return func(s Snapshot) error {
			*into = nil
			return s.EachEntry(func(e Entry) error {
				if e.Sequence <= r.Sums.Entries {
					*into = append(*into, e)
				}
				return nil
			})
		}
	}
	if err := errors.Join(original.View(t.Context(), read(&entries)), restored.View(t.Context(), read(&copied))); err != nil {
		t.Fatal(err)
	}
	if len(entries) < 5 || fmt.Sprintf("%+v", withoutPointers(entries)) != fmt.Sprintf("%+v", withoutPointers(copied)) {
		t.Errorf("%d entries, and %d were restored", len(entries), len(copied))
	}
	balances := map[AccountID]int64{}
	err := restored.View(t.Context(), func(s Snapshot) error {
		if last, err := s.LastEntry(); err != nil || last != r.Sums.Entries {
			t.Errorf("last entry %d, said %d: %v", last, r.Sums.Entries, err)
		}
		return s.EachAccount(func(a Account, balance int64) error {
			classes[a.ID], balances[a.ID] = a.Class, balance
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		balances[e.Debit] -= classes[e.Debit].change(true, e.Amount)
		balances[e.Credit] -= classes[e.Credit].change(false, e.Amount)
	}
	for id, left := range balances {
		if left != 0 {
			t.Errorf("%s differs by %d from the entries up to the snapshot", id, left)
		}
	}
	for _, b := range r.Sums.Books {
		if b.Held != b.Owed || b.Moved < 1 {
			t.Errorf("book %+v", b)
		}
	}
}

func withoutPointers(list []Entry) []string {
	said := make([]string, len(list))
	for n, e := range list {
		sale, refund := e.Sale, e.Refund
		e.Sale, e.Refund = nil, nil
		said[n] = fmt.Sprintf("%+v", e)
		if sale != nil {
			said[n] += fmt.Sprintf("%+v", *sale)
		}
		if refund != nil {
			said[n] += fmt.Sprintf("%+v", *refund)
		}
	}
	return said
}

// A ledger that nothing was kept in has a backup too.
func TestBackupOfNothing(t *testing.T) {
	everyStore(t, func(t *testing.T, on store) {
		raw := saved(t, on.fresh(t))
		for _, into := range stores {
			if r, err := into.restore(t.Context(), into.place(t), bytes.NewReader(raw), RestoreOptions{}); err != nil || r.Sums.Entries != 0 || len(r.Sums.Books) != 0 {
				t.Errorf("%+v, %v", r.Sums, err)
			}
		}
	})
}
