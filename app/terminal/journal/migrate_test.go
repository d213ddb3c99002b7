//go:build linux

package journal

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/terminal/sale"
)

// format1 lays out a journal that the last program of format 1 wrote: a whole sale, a
// checkpoint, an open sale of four entries, and one that ended.
func format1(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "journal.db")
	for from, to := range map[string]string{"format1.db.gz": path, "format1.log.gz": name(path).copy} {
		f, err := os.Open(filepath.Join("testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		write(t, to, b)
	}
	return path
}

// holdsFormat1 checks that a journal has everything that format1 had.
func holdsFormat1(t *testing.T, j *Journal) {
	t.Helper()
	n, _, err := j.Verify(t.Context())
	if err != nil || n != uint64(len(whole)+4+3) {
		t.Errorf("%d records, %v", n, err)
	}
	left, err := j.Open(t.Context())
	if err != nil || len(left) != 1 || left[0].Sale != 2 || left[0].Event != whole[3] {
		t.Errorf("open sales %+v, %v", left, err)
	}
	if c, held := j.LastCheckpoint(); !held || c.Sequence != uint64(len(whole)) {
		t.Errorf("checkpoint %d, %v", c.Sequence, held)
	}
	if j.LastNumber() != 3 {
		t.Errorf("last number %d", j.LastNumber())
	}
}

// backups are those beside a journal, which must hold.
func backups(t *testing.T, path string) (list []string) {
	t.Helper()
	list, err := filepath.Glob(strings.TrimSuffix(path, ".db") + ".format-1-at-*.db")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		if i, err := Inspect(t.Context(), b); err != nil || i.Broken != nil || i.Records != uint64(len(whole)+4+3) {
			t.Errorf("%s: %+v, %v", b, i, err)
		}
	}
	return list
}

// A journal of format 1 comes forward with its backup, once, and its open sale goes on.
func TestMigration(t *testing.T) {
	path := format1(t, t.TempDir())
	was := contents(t, filepath.Dir(path))
	if i, err := Inspect(t.Context(), path); err != nil || i.Broken != nil {
		t.Errorf("before: %+v, %v", i, err)
	}
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	expect(t, j, FoundMigrated)
	if j.Findings()[0].Alert {
		t.Error("a manager is alerted")
	}
	holdsFormat1(t, j)
	add(t, j, 2, whole[4:]...)
	j.Close()
	list := backups(t, path)
	if len(list) != 1 || contents(t, filepath.Dir(path))[filepath.Base(name(list[0]).copy)] != was["journal.log"] {
		t.Errorf("backups %q", list)
	}
	if s, c, writer := headers(t, path); s != thisEdition().header() || c != s || writer != Format {
		t.Errorf("store %v, copy %v, writer %d", s, c, writer)
	}
	expect(t, openWith(t, path, Options{Verify: testVerify, Reserve: 4096}))
	if again := backups(t, path); len(again) != 1 {
		t.Errorf("backups %q", again)
	}
}

// An old record that is broken in one file is mended before the journal comes forward,
// though it lies before the checkpoint.
func TestMigrationMendsFirst(t *testing.T) {
	path := format1(t, t.TempDir())
	b, err := os.ReadFile(name(path).copy)
	if err != nil {
		t.Fatal(err)
	}
	b[titleSize+60] ^= 4
	write(t, name(path).copy, b)
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	expect(t, j, FoundCopyRebuilt, FoundMigrated)
	holdsFormat1(t, j)
	if len(backups(t, path)) != 1 {
		t.Error("no backup")
	}
}

// Without room for the backup nothing is changed, and a person is told what to do.
func TestMigrationWithoutRoom(t *testing.T) {
	path := format1(t, t.TempDir())
	was := contents(t, filepath.Dir(path))
	_, err := Open(t.Context(), path, Options{Verify: testVerify, Reserve: 4096, free: func(string) (uint64, error) { return 50_000, nil }})
	var hinted *Error
	if !errors.Is(err, ErrFull) || !errors.As(err, &hinted) {
		t.Errorf("have %v", err)
	}
	is := contents(t, filepath.Dir(path))
	if is["journal.db"] != was["journal.db"] || is["journal.log"] != was["journal.log"] || len(backups(t, path)) != 0 {
		t.Error("files were changed")
	}
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	holdsFormat1(t, j)
}

// migrantVariable makes the test binary a process that opens a journal and dies at a
// fail point: path, fail point.
const migrantVariable = "COUNTERSIGN_JOURNAL_MIGRANT"

func migrant(setting string) error {
	path, point, _ := strings.Cut(setting, "|")
	j, err := Open(context.Background(), path, Options{Verify: testVerify, Reserve: 4096, FailPoint: func(name string) {
		if name == point {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}})
	if err != nil {
		return err
	}
	return j.Close()
}

// Killed at each point of a migration, once and again at each other point, the next
// opening has everything, the new format in both files, and one backup that holds.
func TestKilledMigration(t *testing.T) {
	for _, first := range MigrationFailPoints() {
		for _, second := range append(MigrationFailPoints(), "") {
			t.Run(first+"/"+second, func(t *testing.T) {
				t.Parallel()
				path := format1(t, t.TempDir())
				runAs(t, migrantVariable, path+"|"+first)
				if second != "" && !reaches(first, second) {
					second = ""
				}
				if second != "" {
					runAs(t, migrantVariable, path+"|"+second)
				}
				j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
				for _, f := range j.Findings() {
					if f.Kind != FoundMigrated {
						t.Errorf("found %+v", f)
					}
				}
				holdsFormat1(t, j)
				add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventEnded)
				j.Close()
				if list := backups(t, path); len(list) != 1 {
					t.Errorf("backups %q", list)
				}
				if s, c, writer := headers(t, path); s != thisEdition().header() || c != s || writer != Format {
					t.Errorf("store %v, copy %v, writer %d", s, c, writer)
				}
			})
		}
	}
}

// reaches says whether an opening after a death at one point comes by another.
func reaches(first, second string) bool {
	made := func(point string) bool {
		return point == failPointName("migration", stageBackedUp) || point == failPointName("migration", stageHalfNamed)
	}
	switch first {
	case failPointName("migration", stageStored):
		return second == failPointName("migration", stageTitled) // passed by every opening
	case failPointName("migration", stageBackupHeld), failPointName("migration", stageTitled):
		return !made(second) // the backup is there already
	}
	return true
}
