// Package programtest runs the built programs in tests: whole, each as a process
// with a data directory, a secure unit and files of its own.
//
// # Guarantees
//
//   - A program is built once in a test process whose TestMain calls [Main].
//   - Every program that a test starts has ended when the test has: asked by
//     SIGTERM and waited for. It dies with the test process, however that ends
//     (Linux). A server that does not end well fails its test.
//   - Everything is in temporary directories and on free ports of the loopback.
package programtest

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"
)

// Binaries is the environment variable that names a directory with built
// programs. Those that it lacks are built into it.
const Binaries = "BIN"

// Main runs a package's tests with a directory for the programs that they build,
// unless [Binaries] names one already, and returns the exit status. Call it from
// TestMain; without it every test builds its programs anew.
func Main(m *testing.M) int {
	if os.Getenv(Binaries) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "countersign-programs-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Setenv(Binaries, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "a directory for built programs:", err)
		return 1
	}
	return m.Run()
}

// Build returns the directory with the named programs, "authority" or, for one that
// is a part of another, "wallet/trusted/trustedapplication"; those that are not
// there yet are built.
func Build(tb testing.TB, programs ...string) (dir string) {
	tb.Helper()
	if dir = os.Getenv(Binaries); dir == "" {
		dir = tb.TempDir()
	}
	var missing []string
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(dir, path.Base(program))); err != nil {
			missing = append(missing, "countersign/app/"+program)
		}
	}
	if len(missing) == 0 {
		return dir
	}
	build := exec.CommandContext(tb.Context(), "go", append([]string{"build", "-o", dir + "/"}, missing...)...)
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build %v: %v\n%s", missing, err, out)
	}
	return dir
}
