//go:build linux

package processtree

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// family starts a shell with two children and returns all three, the shell last.
func family(t *testing.T) (shell *exec.Cmd, pids []int) {
	t.Helper()
	shell = exec.CommandContext(t.Context(), "/bin/sh", "-c", `sleep 60 & echo $!; sleep 60 & echo $!; echo $$; trap '' TERM; wait`)
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 3 {
		if !lines.Scan() {
			t.Fatal("the shell said too little")
		}
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return shell, pids
}

// dead says whether a process has ended; whoever inherits it may not have
// collected it yet.
func dead(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestKillEndsAProcessAndItsChildren(t *testing.T) {
	shell, pids := family(t)
	found, err := children(shell.Process.Pid)
	if slices.Sort(found); err != nil || !slices.Equal(found, pids[:2]) {
		t.Errorf("children %v, %v, want %v", found, err, pids[:2])
	}
	gone, err := Kill(shell.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone(t.Context()); err != nil {
		t.Error(err)
	}
	for _, pid := range pids {
		if !dead(pid) {
			t.Errorf("process %d lives", pid)
		}
	}
	var exit *exec.ExitError
	if err := shell.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the shell ended: %v", err)
	}
	if _, err := Kill(shell.Process.Pid); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("killed again: %v", err)
	}
}

// Waiting ends with its context: nothing is told of a process that goes on.
func TestWaitingEndsWithItsContext(t *testing.T) {
	shell, _ := family(t)
	pidfd, err := unix.PidfdOpen(shell.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := ended(over, pidfd); !errors.Is(err, context.Canceled) {
		t.Errorf("waited for a process that lives: %v", err)
	}
	if err := release([]int{pidfd}); err != nil {
		t.Error(err)
	}
	gone, err := Kill(shell.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone(t.Context()); err != nil {
		t.Error(err)
	}
	shell.Wait() //nolint:errcheck // it was killed
}
