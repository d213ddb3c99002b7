package contactless

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestDo: who calls goes on when the call does not, and the result is not lost.
func TestDo(t *testing.T) {
	boom := errors.New("boom")
	never := func(string, error) { t.Error("abandoned") }
	var c calls
	if got, err := do(t.Context(), &c, time.Minute, func() (string, error) { return "done", boom }, never); got != "done" || !errors.Is(err, boom) || isGivenUp(err) {
		t.Errorf("%q, %v", got, err)
	}
	for name, tc := range map[string]struct {
		ctx   func() (context.Context, context.CancelFunc)
		limit time.Duration
		want  error
	}{
		"context": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, cancel
		}, time.Minute, context.Canceled},
		"limit": {func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) }, time.Millisecond, errLate},
	} {
		t.Run(name, func(t *testing.T) {
			var c calls
			ctx, cancel := tc.ctx()
			defer cancel()
			goOn, left := make(chan struct{}), make(chan string, 1)
			got, err := do(ctx, &c, tc.limit, func() (string, error) { <-goOn; return "late", nil },
				func(s string, _ error) { left <- s })
			if got != "" || !errors.Is(err, tc.want) || !isGivenUp(err) {
				t.Errorf("%q, %v", got, err)
			}
			if c.close(time.Millisecond) {
				t.Error("nobody is said to be within")
			}
			if _, err := do(t.Context(), &c, time.Minute, func() (string, error) { t.Error("called"); return "", nil }, never); !errors.Is(err, ErrClosed) {
				t.Errorf("after close: %v", err)
			}
			close(goOn)
			if got := <-left; got != "late" {
				t.Errorf("abandoned with %q", got)
			}
			if !c.close(time.Minute) {
				t.Error("someone is said to be within")
			}
		})
	}
}
