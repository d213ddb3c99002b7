package main

import (
	"context"
	"errors"
	"os"

	"countersign/app/program/watchdog"
	"countersign/app/settlement/ledger"
)

// supervised tells the service manager that the server answers, what it is doing, and
// that it is alive until ctx ends. Alive is a server whose ledger can be relied on and
// answers, be it with an error: one whose database is away for a while is not helped
// by being started again.
func supervised(ctx context.Context, l store, answers string) (err error) {
	manager, err := watchdog.Open(os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, manager.Close()) }()
	if err := manager.Ready(answers); err != nil {
		return err
	}
	err = manager.Watch(ctx, func(ctx context.Context) error {
		_ = l.View(ctx, func(ledger.Snapshot) error { return nil }) // that it returns in time is what counts
		return l.Lost()
	})
	if err == nil {
		<-ctx.Done() // also where nobody watches
	}
	return errors.Join(err, manager.Stopping())
}
