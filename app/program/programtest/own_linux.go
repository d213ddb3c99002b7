package programtest

import (
	"os/exec"
	"syscall"
)

// diesWithUs has the kernel end a program whose test process has ended.
func diesWithUs(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
