//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// turnsAt lets trusted applications over one secure unit take turns at its owner's
// PIN: who has the lock on the unit's PIN file has the turn. The kernel gives it
// back when a process ends.
func turnsAt(file string) (func() (release func(), err error), error) {
	opened, err := os.Open(file) // for as long as the process lives
	if err != nil {
		return nil, fmt.Errorf("open the PIN file: %w", err)
	}
	return func() (func(), error) {
		for {
			err := syscall.Flock(int(opened.Fd()), syscall.LOCK_EX)
			if err == syscall.EINTR {
				continue
			}
			return func() { _ = syscall.Flock(int(opened.Fd()), syscall.LOCK_UN) }, err
		}
	}, nil
}
