package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// waitScreen waits until the kernel shows the virtual terminal of a name, such as tty2.
func waitScreen(ctx context.Context, name string) error {
	file, err := os.Open("/sys/class/tty/tty0/active")
	if err != nil {
		return err
	}
	defer file.Close()
	for ctx.Err() == nil {
		shown, err := io.ReadAll(io.NewSectionReader(file, 0, 64))
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(shown)) == name {
			return nil
		}
		// The kernel tells of a change so; a second is how soon an end is seen.
		changed := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLPRI | unix.POLLERR}}
		if _, err := unix.Poll(changed, int(time.Second/time.Millisecond)); err != nil && err != unix.EINTR {
			return fmt.Errorf("waiting for %s: %w", name, err)
		}
	}
	return ctx.Err()
}
