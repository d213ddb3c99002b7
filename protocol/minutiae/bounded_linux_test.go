package minutiae

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Guarantee 3: hostile input takes bounded time. It is the processor's time that is
// measured, so that a busy machine does not count; the race detector is allowed for.
func TestCompareIsBoundedInTime(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	bound := 50 * time.Millisecond
	if underRace {
		bound *= 15
	}
	for name, ms := range hostile() {
		fastest := time.Hour
		for range 5 {
			start := processorTime(t)
			Compare(ms, ms)
			if fastest = min(fastest, processorTime(t)-start); fastest <= bound {
				break
			}
		}
		if fastest > bound {
			t.Errorf("%s: %v, want at most %v", name, fastest, bound)
		}
	}
}

// processorTime returns what this thread has used of the processor.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
