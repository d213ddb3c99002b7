package doctor

import (
	"os"

	"golang.org/x/sys/windows"
)

// columnsOfTerminal is how wide the console behind a file is, 0 where there is none.
func columnsOfTerminal(file *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if err := windows.GetConsoleScreenBufferInfo(windows.Handle(file.Fd()), &info); err != nil {
		return 0
	}
	return int(info.Window.Right - info.Window.Left + 1)
}
