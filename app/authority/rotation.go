package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"countersign/app/authority/service"
)

// keepRotated signs, until ctx ends, a new TLS leaf on each SIGHUP. The service does so
// by itself when the last third of a leaf's life has begun.
func keepRotated(ctx context.Context, answering *service.Service, log *slog.Logger) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	defer signal.Stop(told)
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			if err := answering.Rotate(); err != nil {
				log.WarnContext(ctx, "the TLS certificate in use stays", "reason", err.Error())
			}
		}
	}
}
