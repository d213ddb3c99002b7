package admission_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/program/admission"
)

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		limits admission.Limits
		good   bool
	}{
		{admission.Limits{Places: 1}, true},
		{admission.Limits{Places: 3, Queue: 2, Wait: time.Second}, true},
		{admission.Limits{}, false},
		{admission.Limits{Places: 1, Queue: 1}, false},
		{admission.Limits{Places: 1, Queue: -1}, false},
		{admission.Limits{Places: 1, Wait: -1}, false},
	} {
		if err := c.limits.Check(); (err == nil) != c.good {
			t.Errorf("%+v: %v", c.limits, err)
		}
	}
}

// Beyond the places one waits, the next is refused at once; who waits is let in
// when a place is free, or refused after its wait.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(admission.Limits{Places: 2, Queue: 1, Wait: time.Second})
		enter := func() (func(), time.Duration, error) {
			began := time.Now()
			leave, err := g.Enter(t.Context())
			return leave, time.Since(began), err
		}
		var leave [2]func()
		var err error
		for i := range leave {
			if leave[i], _, err = enter(); err != nil {
				t.Fatal(err)
			}
		}
		let := make(chan time.Duration)
		go func() {
			leave, took, err := enter()
			if err != nil {
				t.Errorf("in the queue: %v", err)
			}
			let <- took
			leave()
		}()
		synctest.Wait()
		if g.Carried() != 2 || g.Waiting() != 1 {
			t.Errorf("carries %d, %d wait", g.Carried(), g.Waiting())
		}
		if _, took, err := enter(); !errors.Is(err, admission.ErrFull) || took != 0 {
			t.Errorf("beyond the queue: %v after %v", err, took)
		}
		time.Sleep(300 * time.Millisecond) // in the bubble: no time at all
		leave[0]()
		if took := <-let; took != 300*time.Millisecond {
			t.Errorf("let in after %v", took)
		}
		synctest.Wait()

		if leave[0], _, err = enter(); err != nil {
			t.Fatal(err)
		}
		if _, took, err := enter(); !errors.Is(err, admission.ErrFull) || took != time.Second {
			t.Errorf("waited in vain: %v after %v", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.Enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("gone while waiting: %v", err)
		}
		leave[0]()
		leave[1]()
		if g.Carried() != 0 || g.Waiting() != 0 {
			t.Errorf("carries %d, %d wait, after all have left", g.Carried(), g.Waiting())
		}
	})
}
