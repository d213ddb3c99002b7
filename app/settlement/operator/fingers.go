package operator

import (
	"context"
	"net/http"
	"strings"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Lock is what is counted of a wallet's key.
type Lock struct {
	ledger.Failures
	// Locked says whether no finger of the wallet counts until it is unlocked.
	Locked bool
}

// Locks lists the wallets with failed fingers since their last success.
func (o *Operator) Locks(ctx context.Context) ([]Lock, error) {
	var all []Lock
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		all = nil
		return s.EachFailures(func(_ protocol.Hash, f ledger.Failures) error {
			if f.Count > 0 {
				all = append(all, Lock{f, f.Count >= o.Settler.Policy.MaxFailures})
			}
			return nil
		})
	})
	return all, err
}

// Fingers lists what became of comparisons since a time: of one wallet by time, or
// with an empty name of all, wallet by wallet.
func (o *Operator) Fingers(ctx context.Context, wallet protocol.ID, since protocol.Time) ([]ledger.FingerEvent, error) {
	var all []ledger.FingerEvent
	visit := func(e ledger.FingerEvent) error {
		if e.At >= since {
			all = append(all, e)
		}
		return nil
	}
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		all = nil
		if wallet != "" {
			return s.EachFingerEventOf(wallet, visit)
		}
		return s.EachFingerEvent(visit)
	})
	return all, err
}

// Unlock forgets a wallet's failed fingers, for a reason that is kept, and returns
// for how many of its keys there were any.
func (o *Operator) Unlock(ctx context.Context, wallet protocol.ID, reason string) (int, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > maxNote {
		return 0, refuse(http.StatusBadRequest, problem.Malformed, "a reason has 1 to 200 bytes", "Say why, so that it can be found again.")
	}
	return o.Settler.Unlock(ctx, wallet, reason)
}
