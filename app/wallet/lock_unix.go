//go:build unix

package main

import (
	"os"
	"syscall"
)

// lockFile takes a file for this process, or fails at once. The kernel gives it
// back when the process ends.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
