//go:build linux

package processtree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Kill sends SIGKILL to a process and to all its children. It does not wait: gone
// does, until each of them has ended, though those whose parent is this process
// have still to be waited for by it; and it is to be called once. A child that
// ended meanwhile is no error; a process that was not there at all is ESRCH.
func Kill(pid int) (gone func(context.Context) error, err error) {
	// Stopped first, it cannot start another while they are counted.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return nil, fmt.Errorf("stop process %d: %w", pid, err)
	}
	pids, err := children(pid)
	if err != nil {
		return nil, err
	}
	var ends []int
	for _, pid := range append(pids, pid) {
		end, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it has ended meanwhile
		}
		ends = append(ends, end)
		if err := unix.PidfdSendSignal(end, syscall.SIGKILL, nil, 0); err != nil && !errors.Is(err, syscall.ESRCH) {
			return nil, errors.Join(fmt.Errorf("kill process %d: %w", pid, err), release(ends))
		}
	}
	return func(ctx context.Context) error {
		var failed error
		for _, end := range ends {
			failed = errors.Join(failed, ended(ctx, end))
		}
		return errors.Join(failed, release(ends))
	}, nil
}

func release(ends []int) (failed error) {
	for _, end := range ends {
		failed = errors.Join(failed, unix.Close(end))
	}
	return failed
}

// look is how often the context is looked at while a process ends, in
// milliseconds.
const look = 100

// ended waits for the process of a pidfd.
func ended(ctx context.Context, pidfd int) error {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, look)
		switch {
		case n > 0:
			return nil
		case err != nil && !errors.Is(err, syscall.EINTR):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("wait for the end of a process: %w", ctx.Err())
		}
	}
}

// children lists the processes of a parent.
func children(parent int) (pids []int, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, name := range stats {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // it ended meanwhile
		}
		// pid (name) state parent …, where the name may contain anything.
		fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
		if len(fields) > 1 && string(fields[1]) == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			if err != nil {
				return nil, err
			}
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
