package program

import (
	"os/exec"
	"syscall"
)

// ownProcess ties a program's life to the demonstration's, and keeps Ctrl-C from
// reaching it directly. It is killed, not asked, when the demonstration is gone:
// nobody is left to wait for it.
func ownProcess(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
