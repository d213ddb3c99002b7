package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"countersign/app/program/backup"
	"countersign/protocol"
)

var savedAt = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// restore restores into a place of a store.
func (s store) restore(ctx context.Context, place string, from io.ReadSeeker, o RestoreOptions) (Restored, error) {
	if s.name == "bolt" {
		return Restore(ctx, place, from, o)
	}
	return RestorePostgres(ctx, place, from, o)
}

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

// rewritten is a backup with something else in it, and checksums that fit.
func rewritten(t *testing.T, raw []byte, about func(*backup.About), value func(bucket string, key, value []byte) []byte, sums string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w *backup.Writer
	bucket := ""
	m, err := backup.Read(t.Context(), bytes.NewReader(raw), backupProgram, backup.Visitor{
		About:   func(a backup.About) (err error) { about(&a); w, err = backup.NewWriter(&b, a); return err },
		Section: func(name string) error { bucket = name; return w.Section(name) },
		Record: func(k, v []byte) error {
			if v = value(bucket, k, v); v == nil {
				return nil
			}
			return w.Record(k, v)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said any = m.Sums
	if sums != "" {
		said = map[string]string{"entries": sums}
	}
	if _, err := w.Close(said); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is not a whole backup of a ledger that this program knows is refused in words,
// and nothing is there afterwards.
func TestRestoreRefuses(t *testing.T) { everyStore(t, testRestoreRefuses) }

func testRestoreRefuses(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fillMore(l)
	raw := saved(t, l)
	asItIs := func(_ string, _, value []byte) []byte { return value }
	nothing := func(*backup.About) {}
	flipped := bytes.Clone(raw)
	flipped[len(raw)/2] ^= 4
	later := rewritten(t, raw, func(a *backup.About) { a.Schema += 1 }, asItIs, "")
	other := rewritten(t, raw, func(a *backup.About) { a.Format = "countersign ledger 9" }, asItIs, "")
	authority := rewritten(t, raw, func(a *backup.About) { a.Program = "authority" }, asItIs, "")
	richer := rewritten(t, raw, nothing, func(bucket string, key, value []byte) []byte {
		if bucket == bucketBalances && string(key) == string(payer) {
			return numberKey(number(value) + 1)
		}
		return value
	}, "")
	unsigned := rewritten(t, raw, nothing, func(bucket string, _, value []byte) []byte {
		if bucket == bucketCertificates {
			return nil
		}
		return value
	}, "")
	for name, c := range map[string]struct {
		raw  []byte
		want error
		says string
	}{
		"nothing":              {nil, backup.ErrCut, "ends too early"},
		"half":                 {raw[:len(raw)/2], backup.ErrCut, "ends too early"},
		"damaged":              {flipped, backup.ErrDamaged, "damaged"},
		"a database's dump":    {[]byte("PGDMP\x01\x0e\x00 and so on"), backup.ErrForeign, "no backup of Countersign"},
		"a ledger's file":      {bytes.Repeat([]byte{0xED, 0xDA, 0x0C, 0xED}, 2000), backup.ErrForeign, "no backup of Countersign"},
		"the authority's":      {authority, backup.ErrProgram, `"authority", not "settlement"`},
		"a later schema":       {later, backup.ErrNewer, "later version"},
		"another kind":         {other, ErrBackupFormat, "another kind"},
		"other sums":           {rewritten(t, raw, nothing, asItIs, "7"), backup.ErrDamaged, "sums"},
		"more money than said": {richer, ErrDiffers, "not what the backup says"},
		"a broken ledger":      {unsigned, ErrProof, "invariant"},
	} {
		place := on.place(t)
		if _, err := on.restore(t.Context(), place, bytes.NewReader(c.raw), RestoreOptions{}); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		nothingAt(t, on, place)
	}
	place := on.place(t)
	r, err := on.restore(t.Context(), place, bytes.NewReader(unsigned), RestoreOptions{AcceptBroken: true})
	if err != nil || r.Proof.Holds() {
		t.Errorf("a broken ledger, accepted: %v", err)
	}
	before := saved(t, on.openAt(t, place, Options{}))
	if on.name == "bolt" {
		if _, err := on.restore(t.Context(), place, bytes.NewReader(raw), RestoreOptions{}); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("over another ledger: %v", err)
		}
		return
	}
	if _, err := on.restore(t.Context(), place, bytes.NewReader(raw), RestoreOptions{}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("over another ledger: %v", err)
	}
	if after := saved(t, on.openAt(t, place, Options{})); !bytes.Equal(before, after) {
		t.Error("the ledger that was there changed")
	}
}

// nothingAt fails the test unless a place is as empty as it was.
func nothingAt(t *testing.T, on store, place string) {
	t.Helper()
	if on.name == "bolt" {
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(place), "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		return
	}
	l, err := on.open(t.Context(), place, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Read(t.Context(), bytes.NewReader(saved(t, l)), backupProgram, backup.Visitor{})
	if err = errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Sections {
		if s.Records > 0 {
			t.Errorf("%d records in %s", s.Records, s.Name)
		}
	}
}

// restorerVariable makes the test binary a process that restores and is killed at a
// point: store, place, file and point.
const restorerVariable = "COUNTERSIGN_LEDGER_RESTORER"

func restorer(setting string) error {
	parts := strings.Split(setting, "|")
	on := stores[slices.IndexFunc(stores, func(s store) bool { return s.name == parts[0] })]
	file, err := os.Open(parts[2])
	if err != nil {
		return err
	}
	_, err = on.restore(context.Background(), parts[1], file, RestoreOptions{FailPoint: func(point string) {
		if point == parts[3] {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}})
	return err
}

// A restoration that is killed leaves the place empty, or the ledger whole.
func TestKilledRestorationLeavesNothingHalf(t *testing.T) {
	everyStore(t, testKilledRestorationLeavesNothingHalf)
}

func testKilledRestorationLeavesNothingHalf(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fillMore(l)
	file := filepath.Join(t.TempDir(), "ledger.backup")
	if err := os.WriteFile(file, saved(t, l), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, point := range RestoreFailPoints() {
		place := on.place(t)
		runVictim(t, restorerVariable, strings.Join([]string{on.name, place, file, point}, "|"), true)
		if point == pointKept {
			holds(t, on.openAt(t, place, Options{}))
			continue
		}
		if on.name == "bolt" {
			if _, err := os.Stat(place); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: there is a ledger: %v", point, err)
			}
		} else {
			nothingAt(t, on, place)
		}
		from, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = on.restore(t.Context(), place, from, RestoreOptions{})
		if err = errors.Join(err, from.Close()); err != nil {
			t.Fatalf("%s: again: %v", point, err)
		}
		holds(t, on.openAt(t, place, Options{}))
		if left, err := filepath.Glob(place + ".*"); on.name == "bolt" && (err != nil || len(left) > 0) {
			t.Errorf("%s: left behind: %v, %v", point, left, err)
		}
	}
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
