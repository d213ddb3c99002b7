package victim

import (
	"context"
	"time"
)

// Pause waits, and says whether it did to the end: false when the context ended
// meanwhile. Victims and harnesses pace what they do with it; it is not for
// waiting until something has happened.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
