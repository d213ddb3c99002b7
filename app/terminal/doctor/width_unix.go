//go:build unix

package doctor

import (
	"os"

	"golang.org/x/sys/unix"
)

// columnsOfTerminal is how wide the terminal behind a file is, 0 where there is none.
func columnsOfTerminal(file *os.File) int {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
