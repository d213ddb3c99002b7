package staff

import (
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
)

// How failures lock a name.
const (
	freeTries   = 2 // failures that lock nothing
	firstLock   = 30 * time.Second
	longestLock = time.Hour
)

// mostStrangers is how many names that nobody has are counted; beyond, the one
// that failed longest ago is forgotten.
const mostStrangers = 256

// lockAfter is how long a name is locked after that many failures in a row: 30 s
// after the third, each time twice as long, one hour at most. At one try an hour
// a PIN of four digits stands for half a year on average.
func lockAfter(failures int) time.Duration {
	if failures <= freeTries {
		return 0
	}
	lock := firstLock
	for n := freeTries + 1; n < failures && lock < longestLock; n++ {
		lock *= 2
	}
	return min(lock, longestLock)
}

// LockedError says that a name is locked.
type LockedError struct{ Until time.Time }

// Error says so without saying whether anybody has the name.
func (e *LockedError) Error() string {
	return fmt.Sprintf("too many wrong PINs; locked until %s", e.Until.Local().Format("15:04:05"))
}

// Hint says what a person can do.
func (e *LockedError) Hint() string { return "Wait, or ask a manager to unlock." }

// ErrLocked is what a LockedError is.
var ErrLocked = errors.New("locked")

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// locked says until when a name is locked. A clock that is behind the last
// failure was set back: the lock-out begins again, so that it is not shorter,
// and no longer than its step.
func (a attempt) locked(now time.Time) (restarted attempt, until time.Time) {
	if now.Before(a.At) {
		a.At = now
	}
	return a, a.At.Add(lockAfter(a.Failures))
}

// forget drops the oldest names that nobody has, beyond mostStrangers.
func (s *state) forget() {
	for {
		strangers, oldest := 0, protocol.ID("")
		for id, a := range s.Attempts {
			if _, known := s.Members[id]; known {
				continue
			}
			strangers++
			if oldest == "" || a.At.Before(s.Attempts[oldest].At) {
				oldest = id
			}
		}
		if strangers <= mostStrangers {
			return
		}
		delete(s.Attempts, oldest)
	}
}
