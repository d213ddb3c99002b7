package wholefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// holds fails unless a folder has one file, with a content, for its owner alone.
func holds(t *testing.T, path, content string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Fatalf("the folder has %v (%v), want %s alone", entries, err, filepath.Base(path))
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != content {
		t.Errorf("the file has %q (%v), want %q", text, err, content)
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the rights %v", info.Mode())
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings")
	for _, content := range []string{"one", "the second, longer", ""} {
		if err := Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		holds(t, path, content)
	}
}

var errTorn = errors.New("torn")

// torn writes a part and fails.
func torn(w io.Writer) error {
	_, err := io.WriteString(w, "half")
	return errors.Join(err, errTorn)
}

func TestTornLeavesWhatWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings")
	if err := Replace(path, []byte("before")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, torn); !errors.Is(err, errTorn) {
		t.Errorf("got %v", err)
	}
	holds(t, path, "before")
}

// What cannot take its place leaves nothing beside it.
func TestNoPlace(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "settings"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(filepath.Join(folder, "settings"), nil); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v (%v)", entries, err)
	}
	if err := Replace(filepath.Join(folder, "none", "settings"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is missing: %v", err)
	}
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle")
	if err := Create(path, torn); !errors.Is(err, errTorn) {
		t.Errorf("got %v", err)
	}
	write := func(content string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, content); return err }
	}
	if err := Create(path, write("first")); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, write("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	holds(t, path, "first")
}

// Of many that create one file at once, also when all have looked for it already, one
// does.
func TestCreateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle")
	const many = 8
	var looked, done sync.WaitGroup
	looked.Add(many)
	results := make([]error, many)
	for i := range many {
		done.Go(func() {
			results[i] = Create(path, func(w io.Writer) error {
				looked.Done()
				looked.Wait()
				_, err := io.WriteString(w, "one of them")
				return err
			})
		})
	}
	done.Wait()
	created := 0
	for _, err := range results {
		if err == nil {
			created++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	}
	if created != 1 {
		t.Errorf("%d of %d created it", created, many)
	}
	holds(t, path, "one of them")
}
