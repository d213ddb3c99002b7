package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// isTerminal tells a terminal from /dev/null, which is a character device, too.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
