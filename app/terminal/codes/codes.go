// Package codes gives a sale one reader of payment codes (step 9 of CN103985036A) out
// of several: the camera, a hand-held imager on a serial line, and one that types as a
// keyboard does.
//
// What is read is believed no more from one than from another: the sale says what it
// wants and checks all of it.
package codes

import (
	"context"
	"sync"

	"countersign/app/terminal/sale"
)

// Readers are several readers as one; the first is the one whose loss is told.
type Readers []sale.CodeReader

// Scan waits for the first text that want accepts, from whichever reader. want is
// called by one goroutine at a time. A reader that fails is left out; when none is
// left, or ctx ends, the first's error is returned.
func (r Readers) Scan(ctx context.Context, want func(text string) bool) (string, error) {
	if len(r) == 1 {
		return r[0].Scan(ctx, want)
	}
	reading, stop := context.WithCancel(ctx)
	var asking sync.Mutex
	done := false
	wanted := func(text string) bool {
		asking.Lock()
		defer asking.Unlock()
		if done || !want(text) {
			return false
		}
		done = true // nobody else is asked any more
		return true
	}
	texts, errs := make([]string, len(r)), make([]error, len(r))
	var all sync.WaitGroup
	for i, reader := range r {
		all.Go(func() {
			if texts[i], errs[i] = reader.Scan(reading, wanted); errs[i] == nil {
				stop()
			}
		})
	}
	all.Wait()
	stop()
	for i, err := range errs {
		if err == nil {
			return texts[i], nil
		}
	}
	return "", errs[0]
}
