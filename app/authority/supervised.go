package main

import (
	"context"
	"errors"
	"os"

	"countersign/app/authority/store"
	"countersign/app/program/watchdog"
)

// supervised tells the service manager that the authority answers, what it is doing,
// and that it is alive until ctx ends: its registry is there, and can be read.
func supervised(ctx context.Context, registry *store.Registry, answers string) (err error) {
	manager, err := watchdog.Open(os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, manager.Close()) }()
	if err := manager.Ready(answers); err != nil {
		return err
	}
	err = manager.Watch(ctx, func(context.Context) error {
		return errors.Join(registry.Lost(), registry.View(func(*store.Tx) error { return nil }))
	})
	if err == nil {
		<-ctx.Done() // also where nobody watches
	}
	return errors.Join(err, manager.Stopping())
}
