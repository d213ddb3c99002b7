package display

import (
	"os/exec"
	"syscall"
)

// ownProcess ties the server's life to this program's, and keeps the terminal's
// Ctrl-C from ending it before its windows: the program decides the order.
func ownProcess(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
