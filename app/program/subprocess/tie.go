package subprocess

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Tie starts a command in a process group of its own and ties it to this process:
// when this process is gone, however it ended, the command's gets the signal
// (Linux). Then stay is called by a goroutine of its own; it owes the command a
// Wait, and is not to return before it. Errors are the command's, not started;
// stay is not called then.
//
// Start is for programs that are handed on line by line; Tie is what is below it.
func Tie(command *exec.Cmd, orphaned syscall.Signal, stay func()) error {
	started := make(chan error)
	go func() {
		// Linux sends the parent-death signal when the *thread* that started a
		// process ends, so the thread is kept until the process is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ownProcess(command, orphaned)
		err := command.Start()
		started <- err
		if err == nil {
			stay()
		}
	}()
	return <-started
}
