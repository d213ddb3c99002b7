package powercut_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"countersign/app/chaos/powercut"
)

// A program that is started from here has no way to the kernel of its own: with
// one, everybody who uses the disk would wait for ever once this process is
// killed.
func TestTheDiskIsNotInherited(t *testing.T) {
	m := newMachine(t, powercut.Options{})
	m.run("write")
	m.until("done")
	fds := "/proc/" + strconv.Itoa(m.command.Process.Pid) + "/fd"
	open, err := os.ReadDir(fds)
	if err != nil || len(open) == 0 {
		t.Fatalf("%d files, %v", len(open), err)
	}
	for _, entry := range open {
		if to, err := os.Readlink(filepath.Join(fds, entry.Name())); err == nil && to == "/dev/fuse" {
			t.Errorf("file %s of the victim is %s", entry.Name(), to)
		}
	}
	m.kill()
}
