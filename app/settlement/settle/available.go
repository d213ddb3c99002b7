package settle

import (
	"context"
	"errors"
	"log/slog"

	"countersign/app/settlement/ledger"
)

// available is a ledger whose database may be away for a while: what was surely
// not kept is answered so that devices try again (503). Where nobody knows, the
// error stays one of which nothing can be concluded.
type available struct {
	ledger.Ledger
	log *slog.Logger
}

func (a available) View(ctx context.Context, read func(ledger.Snapshot) error) error {
	return a.told(ctx, a.Ledger.View(ctx, read))
}

func (a available) Update(ctx context.Context, change func(ledger.Tx) error) error {
	return a.told(ctx, a.Ledger.Update(ctx, change))
}

func (a available) NextReference(ctx context.Context) (uint64, error) {
	n, err := a.Ledger.NextReference(ctx)
	return n, a.told(ctx, err)
}

func (a available) told(ctx context.Context, err error) error {
	if !errors.Is(err, ledger.ErrUnavailable) || errors.Is(err, ledger.ErrUnknown) {
		return err
	}
	a.log.WarnContext(ctx, "the ledger is not available", "reason", err.Error())
	return notReady("the ledger is not available")
}
