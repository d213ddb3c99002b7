package doctor

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
)

func TestDisk(t *testing.T) {
	data := t.TempDir()
	f := Disk(data)(t.Context())
	if free, _ := f.Facts["free_mb"].(uint64); free == 0 || f.Facts["sync_ms"] == nil || !strings.Contains(f.Found, "free") {
		t.Errorf("%+v", f)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	told(t, "not there", Disk(filepath.Join(data, "data")), Bad, "cannot be looked at")
	file := filepath.Join(data, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	told(t, "not a folder", Disk(file), Bad, "Nothing can be written")
	if runtime.GOOS == "linux" {
		told(t, "not to be written", Disk("/proc"), Bad, "Nothing can be written")
	}
	for free, want := range map[uint64]string{50 << 20: "50 MB", 3 << 29: "1.5 GB"} {
		if have := size(free); have != want {
			t.Errorf("%d: %s", free, have)
		}
	}
}

func TestDataFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	told(t, "not there", DataFolder(data), Bad, "is not there")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, "journal.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	told(t, "well", DataFolder(data), OK, "its owner alone")
	told(t, "a file", DataFolder(file), Bad, "not a folder")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	told(t, "covered by the folder", DataFolder(data), OK, "its owner alone")
	if err := os.Chmod(data, 0o750); err != nil {
		t.Fatal(err)
	}
	told(t, "open", DataFolder(data), Bad, "Others may read")
}

// books is a journal with a sale.
func books(t *testing.T) (path string, j *journal.Journal) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	j, err := journal.Open(t.Context(), path, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	day := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	for _, e := range []sale.Entry{{Sale: 1, Event: sale.EventKeyed}, {Sale: 1, Event: sale.EventEnded, Ending: sale.Refused, Reason: sale.ReasonFinger}} {
		e.At, e.Amount, e.Currency = day, 7800, 156
		if err := j.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return path, j
}

func TestJournal(t *testing.T) {
	told(t, "none", Journal(filepath.Join(t.TempDir(), "journal.db")), OK, "none yet")
	path, j := books(t)
	if !Running(path) {
		t.Error("nobody runs")
	}
	f := told(t, "while it runs", Journal(path), OK, "all 2 records of its copy hold, the last of 2026-11-22")
	if raw, err := json.Marshal(f.Facts); err != nil || !strings.Contains(string(raw), `"in_use":true`) {
		t.Errorf("%s, %v", raw, err)
	}
	records, head := j.Head()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if Running(path) {
		t.Error("somebody runs")
	}
	f = told(t, "well", Journal(path), OK, "All 2 records hold")
	if f.Facts["records"] != records || f.Facts["head"] == nil || head == (journal.Hash{}) {
		t.Errorf("%v", f.Facts)
	}
	copied := strings.TrimSuffix(path, ".db") + ".log"
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text[:len(text)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	if f := Journal(path)(t.Context()); f.State == Bad || f.Facts["finding"] == nil {
		t.Errorf("cut short: %+v", f)
	}
	spoilt := strings.Replace(string(text), `"event":"keyed"`, `"event":"kexed"`, 1)
	if err := os.WriteFile(copied, []byte(spoilt), 0o600); err != nil {
		t.Fatal(err)
	}
	told(t, "spoilt", Journal(path), Bad, "does not hold")
}

// A copy that does not hold is told while the terminal runs, too.
func TestJournalSpoiltWhileItRuns(t *testing.T) {
	path, _ := books(t)
	copied := strings.TrimSuffix(path, ".db") + ".log"
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), `"event":"keyed"`)
	file, err := os.OpenFile(copied, os.O_WRONLY, 0)
	if err != nil || at < 0 {
		t.Fatal(at, err)
	}
	if _, err := file.WriteAt([]byte("X"), int64(at+11)); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	told(t, "spoilt", Journal(path), Bad, "")
}

func TestSurroundings(t *testing.T) {
	f := told(t, "versions", Versions("1.7.0"), OK, "Terminal 1.7.0")
	if f.Facts["go"] != runtime.Version() {
		t.Errorf("%v", f.Facts)
	}
	told(t, "settings", Settings(nil), OK, "fit together")
	told(t, "wrong settings", Settings(program.Usagef("--size is wrong")), Bad, "--size is wrong")
	if f := Settings(program.Usagef("run needs --sensor"))(t.Context()); f.Found != "Run needs --sensor." {
		t.Errorf("%q", f.Found)
	}
	now := func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	told(t, "Shanghai", TimeZone(time.FixedZone("CST", 8*3600), "", now), OK, "CST (UTC+08:00)")
	told(t, "UTC", TimeZone(time.UTC, "", now), Warning, "UTC")
	told(t, "Atlantis", TimeZone(time.UTC, "Ocean/Atlantis", now), Warning, "Ocean/Atlantis")
	release := filepath.Join(t.TempDir(), "os-release")
	if err := os.WriteFile(release, []byte("ID=debian\nPRETTY_NAME=\"Debian 12\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if have := osRelease(release); have != "Debian 12" || osRelease(release+"x") != "" {
		t.Errorf("%q", have)
	}
}

func TestTerminal(t *testing.T) {
	service := func(state, said string) func(context.Context) (string, string) {
		return func(context.Context) (string, string) { return state, said }
	}
	told(t, "runs", Terminal(true, nil), OK, "A terminal runs")
	told(t, "runs as a service", Terminal(true, service("active", "selling")), OK, "It says: Selling.")
	told(t, "does not run", Terminal(false, nil), OK, "No terminal runs")
	told(t, "is stopped", Terminal(false, service("inactive", "")), OK, "No terminal runs")
	told(t, "has failed", Terminal(false, service("failed", "")), Bad, "has failed")
}
