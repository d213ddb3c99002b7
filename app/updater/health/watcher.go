package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrUnhealthy says that a program did not come up in time.
var ErrUnhealthy = errors.New("the program did not come up")

// State is how a service is.
type State struct {
	// Active says that it has said that it is ready, and runs.
	Active bool
	// Run is another for each start, and empty while there is none.
	Run string
}

// Watcher waits for a program. All but Examine must be set.
type Watcher struct {
	Service func(context.Context) (State, error)
	// Examine returns the names of what is bad; nil: nothing but the service counts.
	Examine func(context.Context) ([]string, error)
	// Settle is how long a service must run without a restart, Limit how long the whole
	// may take, Every how long to wait between two looks.
	Settle, Limit, Every time.Duration
}

// Before returns what is bad already, before anything is installed. A service that does
// not run, or cannot be asked, has nothing to compare with: everything counts.
func (w Watcher) Before(ctx context.Context) []string {
	if w.Examine == nil {
		return nil
	}
	if s, err := w.Service(ctx); err != nil || !s.Active {
		return nil
	}
	bad, err := w.Examine(ctx)
	if err != nil {
		return nil
	}
	return bad
}

// Wait returns nil when the program is well, nothing being bad but what was before.
// ErrUnhealthy says what was wrong last, when Limit is over; ctx may end it before.
func (w Watcher) Wait(ctx context.Context, before []string) error {
	limit, stop := context.WithTimeout(ctx, w.Limit)
	defer stop()
	next := time.NewTicker(w.Every)
	defer next.Stop()
	run, since, wrong := "", time.Now(), errors.New("nothing was heard of it")
	for {
		s, err := w.Service(limit)
		switch {
		case limit.Err() != nil: // what was wrong before stays what was wrong
		case err != nil:
			run, wrong = "", err
		case !s.Active:
			run, wrong = "", errors.New("its service is not active")
		case run != s.Run:
			run, since, wrong = s.Run, time.Now(), errors.New("its service restarts")
		case time.Since(since) >= w.Settle:
			if wrong = w.worse(limit, before); wrong == nil {
				return nil
			}
		}
		select {
		case <-next.C:
		case <-limit.Done():
			if err := ctx.Err(); err != nil {
				return err
			}
			return fmt.Errorf("%w within %v: %w", ErrUnhealthy, w.Limit, wrong)
		}
	}
}

// worse says what is bad that was not.
func (w Watcher) worse(ctx context.Context, before []string) error {
	if w.Examine == nil {
		return nil
	}
	bad, err := w.Examine(ctx)
	if err != nil {
		return fmt.Errorf("examine it: %w", err)
	}
	bad = slices.DeleteFunc(slices.Clone(bad), func(name string) bool { return slices.Contains(before, name) })
	if len(bad) > 0 {
		return fmt.Errorf("bad, and not before: %s", strings.Join(bad, ", "))
	}
	return nil
}
