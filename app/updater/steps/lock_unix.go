//go:build unix

package steps

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes a file for this process, or fails at once. The kernel gives it back
// when the process ends.
func lockFile(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
