package powercut_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/app/chaos/powercut"
)

func put(name string, text string, flags int, sync bool) error {
	f, err := os.OpenFile(name, flags|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}

func syncDirectory(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

const before, behind = "as it was synced", "AS IT WAS WRITTEN SINCE, AND LONGER"

// write changes files in every way that needs no fsync of a directory.
func write(dir string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	var err error
	for _, name := range []string{"synced", "written", "longer", "cut off", "emptied", "synchronous"} {
		err = errors.Join(err, put(at(name), before, os.O_CREATE, true))
	}
	return errors.Join(err, syncDirectory(dir),
		put(at("synced"), behind, 0, true),
		put(at("written"), behind[:len(before)], 0, false),
		put(at("longer"), behind, 0, false),
		os.Truncate(at("cut off"), 5),
		put(at("emptied"), behind, os.O_TRUNC, false),
		put(at("synchronous"), behind, os.O_SYNC, false))
}

func TestWhatWasNotSyncedIsGone(t *testing.T) {
	m := newMachine(t, powercut.Options{})
	m.run("write")
	m.until("done")
	if got := m.holds("longer"); got != behind {
		t.Errorf("before the cut: %q", got)
	}
	loss, _ := m.cut(nil)
	for name, want := range map[string]string{
		"synced": behind, "written": before, "longer": before, "cut off": before, "emptied": before, "synchronous": behind,
	} {
		if got := m.holds(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if loss.Files != 4 || loss.Survived != 0 {
		t.Errorf("loss %+v", loss)
	}
}

// Everything may survive as well, each sector on its own; what was cut off comes
// whole or not at all.
func TestAnySectorMaySurvive(t *testing.T) {
	seen := map[string]map[string]bool{}
	for seed := range uint64(20) {
		m := newMachine(t, powercut.Options{})
		m.run("write")
		m.until("done")
		m.cut(rand.New(rand.NewPCG(seed, 1)))
		for _, name := range []string{"synced", "written", "longer", "cut off", "emptied", "synchronous"} {
			if seen[name] == nil {
				seen[name] = map[string]bool{}
			}
			seen[name][m.holds(name)] = true
		}
	}
	for name, want := range map[string][]string{
		"synced": {behind}, "written": {before, behind[:len(before)]}, "longer": {before, behind},
		"cut off": {before, before[:5]}, "emptied": {before, "", behind}, "synchronous": {behind},
	} {
		for _, text := range want {
			if !seen[name][text] {
				t.Errorf("%s was never %q", name, text)
			}
			delete(seen[name], text)
		}
		for text := range seen[name] {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// names changes names: the first four are committed by fsync of the directory.
func names(dir string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	var err error
	for _, name := range []string{"kept", "removed", "moved", "replacing", "replaced"} {
		err = errors.Join(err, put(at(name), name, os.O_CREATE, true))
	}
	return errors.Join(err, syncDirectory(dir),
		os.Remove(at("removed")),
		os.Rename(at("moved"), at("elsewhere")),
		os.Rename(at("replacing"), at("replaced")),
		os.Mkdir(at("directory"), 0o700),
		put(at("new"), "new", os.O_CREATE, true))
}

func listing(m *machine) string {
	entries, err := os.ReadDir(filepath.Join(m.backing, "live"))
	if err != nil {
		m.t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if e.IsDir() {
			list = append(list, e.Name()+"/")
			continue
		}
		list = append(list, e.Name()+"="+m.holds(e.Name()))
	}
	return strings.Join(list, " ")
}

// The states that names go through in order: a cut leaves one of them.
var stations = []string{
	"kept=kept moved=moved removed=removed replaced=replaced replacing=replacing",
	"kept=kept moved=moved replaced=replaced replacing=replacing",
	"elsewhere=moved kept=kept replaced=replaced replacing=replacing",
	"elsewhere=moved kept=kept replaced=replacing",
	"directory/ elsewhere=moved kept=kept replaced=replacing",
	"directory/ elsewhere=moved kept=kept new=new replaced=replacing",
}

func TestNamesNeedTheirDirectorySynced(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(30) {
		m := newMachine(t, powercut.Options{})
		m.run("names")
		m.until("done")
		m.cut(rand.New(rand.NewPCG(seed, 2)))
		seen[listing(m)] = true
	}
	for _, state := range stations {
		if !seen[state] {
			t.Errorf("never saw %s", state)
		}
		delete(seen, state)
	}
	for state := range seen {
		t.Errorf("saw %s", state)
	}
}

func TestLaxNamesAreCommittedByAnyFsync(t *testing.T) {
	m := newMachine(t, powercut.Options{Lax: true})
	m.run("names")
	m.until("done")
	m.cut(nil)
	if got, want := listing(m), stations[len(stations)-1]; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// counter counts in a file and says each number once it is synced, for ever.
func counter(dir string) error {
	name := filepath.Join(dir, "counter")
	if err := errors.Join(put(name, "", os.O_CREATE, true), syncDirectory(dir)); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := f.WriteAt(bytes.Repeat([]byte(fmt.Sprintf("%07d\n", n)), 1000), 0); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// What was said to be on the disk is there, whenever the power goes, and no
// process tells of an error after the cut.
func TestAcknowledgedIsDurable(t *testing.T) {
	m := newMachine(t, powercut.Options{})
	random := rand.New(rand.NewPCG(3, 3))
	torn := 0
	for round := range 12 {
		m.run("counter")
		m.until(strconv.Itoa(1 + 5*round))
		_, said := m.cut(random)
		last := 1 + 5*round
		for _, line := range said {
			n, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("after the cut: %q", line)
			}
			last = n
		}
		values := map[string]bool{}
		for line := range strings.FieldsSeq(m.holds("counter")) {
			values[line] = true
		}
		if len(values) > 1 {
			torn++
		}
		for value := range values {
			if n, err := strconv.Atoi(value); err == nil && n < last {
				t.Errorf("round %d: %d was said to be synced, and %d is there", round, last, n)
			}
		}
	}
	t.Logf("%d of 12 cuts tore a write", torn)
}

func TestWithoutFUSEItSaysWhatToDo(t *testing.T) {
	_, err := powercut.Mount(t.TempDir(), filepath.Join(t.TempDir(), "not there"), powercut.Options{})
	var hinted interface{ Hint() string }
	if !errors.Is(err, powercut.ErrUnavailable) || !errors.As(err, &hinted) || hinted.Hint() == "" {
		t.Errorf("%v", err)
	}
}

func TestAProcessThatIsStillThereIsNamed(t *testing.T) {
	m := newMachine(t, powercut.Options{})
	m.run("write")
	m.until("done")
	held, err := os.Open("/proc/" + strconv.Itoa(m.command.Process.Pid) + "/root" + m.disk.Point())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	m.kill()
	if _, err := m.disk.Restore(ctx, nil); !errors.Is(err, powercut.ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("%v, which does not name process %d", err, os.Getpid())
	}
	if err := held.Close(); err != nil {
		t.Error(err)
	}
}
