//go:build !linux

package programtest

import "os/exec"

// diesWithUs cannot be had here: Cleanup ends the program.
func diesWithUs(*exec.Cmd) {}
