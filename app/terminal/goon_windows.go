package main

import (
	"os"
	"os/exec"
)

// goOn starts this program with those arguments, the first of which is its name. Windows
// cannot put a program in a process's place: the caller ends, and whoever waits for it does
// not wait for the one that goes on.
func goOn(args []string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	next := exec.Command(program, args[1:]...)
	next.Stdin, next.Stdout, next.Stderr = os.Stdin, os.Stdout, os.Stderr
	return next.Start()
}
