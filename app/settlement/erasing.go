package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

const (
	// eraseEvery is how often the authority is asked what was erased.
	eraseEvery = time.Minute
	// overwriteWithin bounds one try to have the ledger's file forget it.
	overwriteWithin = 20 * time.Second
)

// keepErased carries out, until ctx ends, what the authority erased on owners'
// request.
func keepErased(ctx context.Context, settler *settle.Settler, credentials func() *enrolment.Credentials, o enrolment.Options, log *slog.Logger) {
	for {
		if err := eraseOnce(ctx, settler, credentials(), o); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "erasing templates failed", "reason", err.Error(), "again", eraseEvery)
		}
		timer := time.NewTimer(eraseEvery - time.Duration(rand.Int64N(int64(eraseEvery/5))))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// eraseOnce erases what is new, and has the ledger's file forget what was deleted,
// also before an interruption.
func eraseOnce(ctx context.Context, settler *settle.Settler, c *enrolment.Credentials, o enrolment.Options) error {
	last, toOverwrite, err := settler.ErasedUpTo(ctx)
	if err != nil {
		return err
	}
	var failed error
	for {
		list, err := enrolment.FetchErasures(ctx, c, o, last)
		if err != nil {
			failed = err
			break
		}
		deposited, err := settler.Erase(ctx, list)
		if err != nil {
			failed = err
			break
		}
		toOverwrite = toOverwrite || deposited > 0
		last = list.Last()
		if len(list.Erased) < protocol.MaxErased {
			break
		}
	}
	if !toOverwrite {
		return failed
	}
	within, cancel := context.WithTimeout(ctx, overwriteWithin)
	defer cancel()
	return errors.Join(failed, settler.Overwrite(within))
}
