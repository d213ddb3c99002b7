package main

import (
	"context"
	"os"

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
