package main

import (
	"sync"
	"time"

	"countersign/app/terminal/screens"
)

// board is how each device is, and since when.
type board struct {
	mu    sync.Mutex
	marks []mark
}

// mark is one device. detail is the last error in words, which stands until the next.
type mark struct {
	screens.Device
	detail string
	since  time.Time
}

// set takes how the devices are now, in the order of the row of marks.
func (b *board) set(now time.Time, marks []mark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range marks {
		marks[i].since = now
		for _, old := range b.marks {
			if old.ID != marks[i].ID {
				continue
			}
			if old.Word == marks[i].Word {
				marks[i].since = old.since
			}
			if marks[i].detail == "" {
				marks[i].detail = old.detail
			}
		}
	}
	b.marks = marks
}

func (b *board) list() []mark {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]mark(nil), b.marks...)
}
