package settle

import (
	"context"
	"fmt"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Erase deletes the templates of a list of the authority's that are deposited
// here and the live prints that are kept of their owners, and remembers all of it, so
// that none of them is compared or deposited any
// more. It returns how many were deposited. A list may come again.
//
// What stays are the marks of live prints that were used in sales: digests under a
// key that is in the token. A mark belongs to the decision that moved money, cannot
// be turned back into a print nor compared with a finger, and is what shows that a
// print is shown a second time. A sale keeps the hashes of its messages.
func (s *Settler) Erase(ctx context.Context, list protocol.ErasureList) (deposited int, err error) {
	if len(list.Erased) == 0 {
		return 0, nil
	}
	now := protocol.At(s.Clock())
	added := 0
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		deposited, added = 0, 0
		for _, e := range list.Erased {
			if _, err := tx.Erasure(e.Template); err == nil {
				continue
			} else if !isNotFound(err) {
				return err
			}
			_, missing := tx.Deposit(e.Template)
			if missing != nil && !isNotFound(missing) {
				return missing
			}
			forgot, err := tx.ForgetProbes(e.Wallet)
			if err != nil {
				return err
			}
			erasure := ledger.Erasure{Number: e.Number, Wallet: e.Wallet, Ordered: e.At, Done: now, Deposited: missing == nil}
			if erasure.Deposited {
				deposited++
			} else if !forgot {
				erasure.Overwritten = now // nothing was there
			}
			if err := tx.PutErasure(e.Template, erasure); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("erase templates: %w", err)
	}
	if added > 0 {
		for _, e := range list.Erased {
			s.Log.InfoContext(ctx, "template erased", "wallet", string(e.Wallet), "template", e.Template.String(), "number", e.Number)
		}
	}
	return deposited, nil
}

// ErasedUpTo returns the number of the last erasure that was carried out, and
// whether the store may still hold what was deleted.
func (s *Settler) ErasedUpTo(ctx context.Context) (last uint64, toOverwrite bool, err error) {
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		return r.EachErasure(func(_ protocol.Hash, e ledger.Erasure) error {
			last = max(last, e.Number)
			toOverwrite = toOverwrite || e.Overwritten == 0
			return nil
		})
	})
	return last, toOverwrite, err
}

// Overwrite has the store forget in its own files what Erase deleted, and notes
// that it has.
func (s *Settler) Overwrite(ctx context.Context) error {
	var due []protocol.Hash
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		return r.EachErasure(func(template protocol.Hash, e ledger.Erasure) error {
			if e.Overwritten == 0 {
				due = append(due, template)
			}
			return nil
		})
	})
	if err != nil || len(due) == 0 {
		return err
	}
	if err := s.Ledger.Overwrite(ctx); err != nil {
		return err
	}
	now := protocol.At(s.Clock())
	return s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		for _, template := range due {
			e, err := tx.Erasure(template)
			if err != nil {
				return err
			}
			if e.Overwritten != 0 { // another process was quicker
				continue
			}
			e.Overwritten = now
			if err := tx.PutErasure(template, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// erased says whether a template was erased on its owner's request.
func (s *Settler) erased(ctx context.Context, template protocol.Hash) (bool, error) {
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		_, err := r.Erasure(template)
		return err
	})
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
