package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"countersign/settlementclient/enrolment"
)

// rotateEvery is how often the token is looked at for a certificate that another
// process was given: settlement enrol, run again for other hosts.
const rotateEvery = time.Minute

// keepRotated takes up, until ctx ends, what is new in the token, and at once on
// SIGHUP. The server renews its certificate by itself (enrolment.Maintainer); either
// way new connections get the new TLS leaf, and nobody is cut off.
func keepRotated(ctx context.Context, m *enrolment.Maintainer, log *slog.Logger) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	defer signal.Stop(told)
	every := time.NewTicker(rotateEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			log.InfoContext(ctx, "told to look at the token again")
		case <-every.C:
		}
		if _, err := m.Reload(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the certificate in use stays", "reason", err.Error())
		}
	}
}
