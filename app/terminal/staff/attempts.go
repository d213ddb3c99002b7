package staff

import (
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
)

// mostStrangers is how many names that nobody has are counted; beyond, the one
// that failed longest ago is forgotten.
const mostStrangers = 256

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
