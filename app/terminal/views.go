package main

import (
	"context"
	"sync"

	"countersign/app/terminal/sale"
)

// views hands what the till is doing to all who show it, speak of it or wait for it.
// The zero value is of use.
type views struct {
	mu      sync.Mutex
	now     sale.View
	changed chan struct{} // closed with the next view
	to      []func(sale.View)
}

// add has f told of every view from now on, in order. It must return at once and must
// not call the till.
func (v *views) add(f func(sale.View)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = append(v.to, f)
}

// show is sale.Ports.Show.
func (v *views) show(view sale.View) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = view
	if v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
	for _, f := range v.to {
		f(view)
	}
}

// until waits for a view.
func (v *views) until(ctx context.Context, done func(sale.View) bool) (sale.View, error) {
	for {
		v.mu.Lock()
		now := v.now
		if v.changed == nil {
			v.changed = make(chan struct{})
		}
		changed := v.changed
		v.mu.Unlock()
		if done(now) {
			return now, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return now, ctx.Err()
		}
	}
}
