package rotation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRotation(t *testing.T) {
	name := filepath.Join(t.TempDir(), "terminal.log")
	line := func(n int) string { return fmt.Sprintf("line %04d\n", n) } // 10 bytes
	for n := range 25 {
		log, err := Open(name, 50, 2) // opened anew each time, as after a restart
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Write([]byte(line(n))); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for at, from := range map[string]int{name + ".2": 10, name + ".1": 15, name: 20} {
		var want strings.Builder
		for n := range 5 {
			want.WriteString(line(from + n))
		}
		if got, err := os.ReadFile(at); err != nil || string(got) != want.String() {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(at), got, err, want.String())
		}
	}
	if files, err := os.ReadDir(filepath.Dir(name)); err != nil || len(files) != 3 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// A file that cannot be renamed grows on, and nothing is lost.
func TestNoRoom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "terminal.log")
	if err := os.MkdirAll(filepath.Join(name+".1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := Open(name, 8, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for _, line := range []string{"first\n", "second\n", "a line that is longer than a file may be\n"} {
		if n, err := log.Write([]byte(line)); err != nil || n != len(line) {
			t.Fatal(n, err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || strings.Count(string(got), "\n") != 3 {
		t.Errorf("%q, %v", got, err)
	}
}
