package subprocess

import (
	"os/exec"
	"syscall"
)

// ownProcess ties a program's life to its starter's, and keeps Ctrl-C from reaching
// it directly. A program is best killed, not asked, when its starter is gone: nobody
// is left to wait for it.
func ownProcess(cmd *exec.Cmd, orphaned syscall.Signal) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: orphaned}
}
