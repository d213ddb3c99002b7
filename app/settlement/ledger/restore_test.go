package ledger

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/app/program/backup"
)

// restore restores into a place of a store.
func (s store) restore(ctx context.Context, place string, from io.ReadSeeker, o RestoreOptions) (Restored, error) {
	if s.name == "bolt" {
		return Restore(ctx, place, from, o)
	}
	return RestorePostgres(ctx, place, from, o)
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
