package sale

import (
	"context"
	"math/rand/v2"
	"time"
)

// pauses yields the pause that follows each try, longer every time and never
// quite the same, and sleeps it; it ends with the context.
func (t *Till) pauses(ctx context.Context) func(func(time.Duration) bool) {
	return func(try func(time.Duration) bool) {
		for wait := t.RetryFirst; ctx.Err() == nil; wait = min(wait*8/5, t.RetryMost) {
			jittered := wait/2 + rand.N(wait)
			if !try(jittered) {
				return
			}
			if sleep(ctx, jittered) != nil {
				return
			}
		}
	}
}

// sleep waits, or returns the context's error as soon as it ends.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
