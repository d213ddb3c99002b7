package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"countersign/app/program/watchdog"
)

// supervised tells the service manager, where there is one, that the window is there, and
// then for as long as its loop comes round that it is alive: a terminal whose window hangs
// is killed and started again, whatever else of it goes on. That it ends is not told: a
// window may end for another of the same process (see goOn), and the service manager would
// kill what it was told is stopping.
func (t *terminal) supervised(ctx context.Context, answers func(context.Context) error) {
	manager, err := watchdog.Open(os.Getenv)
	if err != nil {
		t.log.ErrorContext(ctx, "service manager not told", "error", err.Error())
		return
	}
	defer manager.Close()
	if !manager.Listens() || answers(ctx) != nil {
		return
	}
	if err = manager.Ready("Window open"); err == nil {
		err = manager.Watch(ctx, answers)
	}
	if err != nil {
		t.log.ErrorContext(ctx, "service manager not told", "error", err.Error())
	}
}

// openingRate is how many bytes of a journal a machine opens in a second at the least. A
// usual one verifies some tens of millions; it verifies all of it up to four times when a
// newer program brings it forward, and writes a backup of it.
const openingRate = 1 << 20

// openingTime is what opening a journal of a size may take, in the worst case.
func openingTime(size int64) time.Duration {
	return time.Minute + time.Duration(size/openingRate)*time.Second
}

// allowOpening asks the service manager, where there is one, for the time that opening the
// journal may take: a start that takes longer than its unit allows is killed, and would be
// at every start again, when a long journal is brought forward after an update. It is asked
// once, for a bounded time: a start that hangs is killed all the same.
func (t *terminal) allowOpening(ctx context.Context) {
	manager, err := watchdog.Open(os.Getenv)
	if err != nil {
		return // supervised tells
	}
	defer manager.Close()
	if !manager.Listens() {
		return
	}
	var size int64
	for _, name := range []string{t.journalFile(), strings.TrimSuffix(t.journalFile(), ".db") + ".log"} {
		switch info, err := os.Stat(name); {
		case err == nil:
			size += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			t.log.ErrorContext(ctx, "journal not measured", "error", err.Error())
		}
	}
	if err := errors.Join(manager.Extend(openingTime(size)), manager.Status("Opening the journal")); err != nil {
		t.log.ErrorContext(ctx, "service manager not told", "error", err.Error())
	}
}
