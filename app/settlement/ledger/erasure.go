package ledger

import (
	"context"
	"errors"
	"fmt"

	programstore "countersign/app/program/store"
	"countersign/protocol"
)

// ErrErased says that a template was erased on its owner's request and is not
// kept again.
var ErrErased = errors.New("was erased on its owner's request")

// Erasure is what stays of an enrolled template that was erased on its owner's
// request, under SHA-256 of the sealed template. It is kept for ever.
type Erasure struct {
	_ struct{} `cbor:",toarray"`
	// Number is the authority's.
	Number uint64
	Wallet protocol.ID
	// Ordered is when the authority erased it, Done when it was erased here.
	Ordered, Done protocol.Time
	// Deposited says whether the template was kept here.
	Deposited bool
	// Overwritten is when nothing of it was left in the store's own files either
	// (Ledger.Overwrite); 0 until then.
	Overwritten protocol.Time
}

// follows says why e may not replace old.
func (e Erasure) follows(old Erasure) error {
	same := old
	same.Overwritten = e.Overwritten
	if e != same || old.Overwritten != 0 && e.Overwritten != old.Overwritten {
		return fmt.Errorf("%w: an erasure", ErrKept)
	}
	return nil
}

func (t *change) Erasure(template protocol.Hash) (Erasure, error) {
	return record[Erasure](t, bucketErasures, template[:])
}

func (t *change) PutErasure(template protocol.Hash, e Erasure) error {
	old, err := t.Erasure(template)
	switch {
	case err == nil:
		if err := e.follows(old); err != nil {
			return err
		}
	case !errors.Is(err, ErrNotFound):
		return err
	default:
		_, err := t.Deposit(template)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if e.Deposited != (err == nil) {
			return fmt.Errorf("erasure: %w: whether the template was deposited", ErrKept)
		}
		if e.Deposited {
			t.remove(bucketDeposits, template[:])
		}
	}
	return t.keep(bucketErasures, template[:], e)
}

func (t snapshot) EachErasure(visit func(protocol.Hash, Erasure) error) error {
	return each(t, bucketErasures, func(key []byte, e Erasure) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketErasures)
		}
		return visit(protocol.Hash(key), e)
	})
}

// Overwrite implements Ledger: it writes over the free pages of the file. See
// countersign/app/program/store for what that cannot reach.
func (s *Bolt) Overwrite(ctx context.Context) error {
	if s.broken.Load() {
		return ErrBroken
	}
	err := programstore.Overwrite(ctx, s.db)
	if err != nil && ctx.Err() == nil {
		s.broken.Store(true) // a commit failed
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}
