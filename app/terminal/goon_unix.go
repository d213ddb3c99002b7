//go:build unix

package main

import (
	"os"
	"syscall"
)

// goOn has this process go on as a program with those arguments, the first of which is its
// name: the same executable, under the same number, so that whoever waits for it goes on
// waiting. It returns only with an error.
func goOn(args []string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(program, args, os.Environ())
}
