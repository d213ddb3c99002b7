package certification

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
)

const (
	// overwriteWithin bounds how long an erasure waits until the file's free pages
	// are overwritten; KeepErased tries again.
	overwriteWithin = 10 * time.Second
	overwriteEvery  = time.Minute
)

// EraseRequest is an order to erase a wallet owner's template, given here by an
// administrator.
type EraseRequest struct {
	Wallet protocol.ID
	// Officer is who does it, and Reason what the owner asked for; both are kept.
	Officer, Reason string
}

// Erase forgets the sealed template of a wallet's owner on the owner's request:
// in the archive, in the certificates that hold it and in the free pages of the
// registry's file. The certificates that hold it, or name it, are revoked, so that
// the wallet has to be enrolled anew, with another finger or without one, and
// settlement is told (Erasures). What remains says who wanted it and who did it.
//
// Erasing again changes nothing and is answered as before. It fails when there is
// and was nothing to erase.
func (a *Authority) Erase(ctx context.Context, r EraseRequest) ([]store.NumberedErasure, error) {
	tombstone := store.Erasure{Wallet: r.Wallet, Officer: r.Officer, Reason: r.Reason}
	if r.Officer == "" || r.Reason == "" || len(r.Officer) > 48 || len(r.Reason) > 200 {
		return nil, malformed("an erasure needs who does it (1 to 48 bytes) and what the owner asked for (1 to 200 bytes)")
	}
	return a.erase(ctx, tombstone, func(*store.Tx) error { return nil })
}

// erase does it if check, in the same transaction, has nothing against it.
func (a *Authority) erase(ctx context.Context, tombstone store.Erasure, check func(*store.Tx) error) (done []store.NumberedErasure, err error) {
	tombstone.At = a.clock()
	added := 0
	err = a.registry.Update(func(tx *store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		added, err = a.forget(tx, tombstone)
		if err != nil {
			return err
		}
		done, err = tx.ErasuresOf(tombstone.Wallet)
		if err == nil && len(done) == 0 {
			err = notFound(fmt.Sprintf("nothing is kept of a print of the owner of %q", tombstone.Wallet))
		}
		return err
	})
	a.decided(ctx, "erasure", err, "wallet", tombstone.Wallet, "desk", tombstone.Desk, "officer", tombstone.Officer, "templates", added)
	if err != nil {
		return nil, err
	}
	if added > 0 {
		a.outdateList()
	}
	a.overwrite(ctx)
	return done, nil
}

// forget takes every template of a wallet's owner out of the registry and returns
// how many there were.
func (a *Authority) forget(tx *store.Tx, tombstone store.Erasure) (int, error) {
	digests := map[protocol.Hash][]byte{} // with the consent
	archived, ok, err := tx.Deposit(tombstone.Wallet)
	if err != nil {
		return 0, err
	}
	if ok {
		if err := note(digests, archived.Signed); err != nil {
			return 0, err
		}
		if err := tx.RemoveDeposit(tombstone.Wallet); err != nil {
			return 0, err
		}
	}
	certificates, err := tx.CertificatesOf(tombstone.Wallet)
	if err != nil {
		return 0, err
	}
	past, _, err := tx.Revocation(tombstone.Wallet)
	if err != nil {
		return 0, err
	}
	until := past.Until
	for hash, c := range certificates {
		claims, err := c.Claims()
		if err != nil {
			return 0, err
		}
		digest, held := claims.Device.PrintDigest()
		if !held {
			continue
		}
		if c.Deposit != nil {
			if err := note(digests, c.Deposit); err != nil {
				return 0, err
			}
		} else if digests[digest] == nil {
			digests[digest] = nil
		}
		until = max(until, claims.NotBefore)
		if c, err = c.WithoutPrint(); err != nil {
			return 0, err
		}
		if err := tx.PutCertificate(hash, c); err != nil {
			return 0, err
		}
	}
	if len(digests) == 0 {
		return 0, nil
	}
	if until > past.Until {
		if err := tx.PutRevocation(tombstone.Wallet, store.Revocation{Until: until, At: tombstone.At}); err != nil {
			return 0, err
		}
	}
	if _, err := tx.CancelCodes(tombstone.Wallet); err != nil {
		return 0, err
	}
	sorted := make([]protocol.Hash, 0, len(digests))
	for digest := range digests {
		sorted = append(sorted, digest)
	}
	slices.SortFunc(sorted, func(a, b protocol.Hash) int { return bytes.Compare(a[:], b[:]) })
	for _, digest := range sorted {
		tombstone.Template, tombstone.Consent = digest[:], digests[digest]
		if _, err := tx.AddErasure(tombstone.At, tombstone); err != nil {
			return 0, err
		}
	}
	return len(sorted), nil
}

// note adds the template of a deposit, and the consent that came with it.
func note(digests map[protocol.Hash][]byte, signed []byte) error {
	deposit, err := protocol.Parse[protocol.TemplateDeposit](signed)
	if err != nil {
		return fmt.Errorf("read archived template: %w", err)
	}
	var consent []byte
	if agreed := deposit.Unverified().Agreed; agreed != nil {
		consent = agreed.Bytes()
	}
	digests[deposit.Unverified().SealedHash()] = consent
	return nil
}

// overwrite has the file's free pages overwritten. If that fails the erasure
// stands all the same; KeepErased goes on.
func (a *Authority) overwrite(ctx context.Context) {
	due, err := a.registry.ToOverwrite()
	if err != nil || !due {
		return
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), overwriteWithin)
	defer cancel()
	if err := a.registry.Overwrite(within); err != nil {
		a.log.WarnContext(ctx, "what was erased is still in free pages of the registry's file", "reason", err.Error(), "again", overwriteEvery)
		return
	}
	a.log.InfoContext(ctx, "free pages of the registry's file overwritten")
}

// KeepErased finishes, until ctx ends, what an interrupted erasure has left in the
// registry's file.
func (a *Authority) KeepErased(ctx context.Context) {
	every := time.NewTicker(overwriteEvery)
	defer every.Stop()
	for {
		a.overwrite(ctx)
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// Erasures tells settlement which templates were erased after a number.
func (a *Authority) Erasures(after uint64) (*protocol.Signed[protocol.ErasureList], error) {
	var list []store.NumberedErasure
	err := a.registry.View(func(tx *store.Tx) (err error) {
		list, err = tx.Erasures(after, protocol.MaxErased)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return a.erasureList(after, list)
}

func (a *Authority) erasureList(after uint64, list []store.NumberedErasure) (*protocol.Signed[protocol.ErasureList], error) {
	l := protocol.ErasureList{Issuer: a.name, After: after, Issued: protocol.At(a.clock()), Erased: []protocol.Erased{}}
	for _, e := range list {
		if len(e.Template) != len(protocol.Hash{}) {
			return nil, errors.New("list erasures: damaged record")
		}
		l.Erased = append(l.Erased, protocol.Erased{Number: e.Number, Wallet: e.Wallet, Template: protocol.Hash(e.Template), At: protocol.At(e.At)})
	}
	signed, err := protocol.Sign(a.signer, l)
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return signed, nil
}

// Tombstones returns every erasure, by number.
func (a *Authority) Tombstones() (all []store.NumberedErasure, err error) {
	err = a.registry.View(func(tx *store.Tx) (err error) {
		all, err = tx.Erasures(0, int(^uint(0)>>1))
		return err
	})
	return all, err
}
