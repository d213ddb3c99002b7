package subprocess

import (
	"os/exec"
	"syscall"
)

// ownProcess ties a program's life to its starter's, and keeps Ctrl-C from reaching
// it directly. It is killed, not asked, when the starter is gone: nobody is left to
// wait for it.
func ownProcess(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
