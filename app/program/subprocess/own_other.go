//go:build !linux

package subprocess

import (
	"os/exec"
	"syscall"
)

// ownProcess does nothing: only Linux can tie a process's life to its parent's.
func ownProcess(*exec.Cmd, syscall.Signal) {}
