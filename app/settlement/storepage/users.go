package storepage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/program/pinhash"
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Lengths of a password, bytes.
const (
	LeastPassword = 10
	MostPassword  = 128
)

// HashPassword returns what is kept of a password.
func HashPassword(password []byte) string { return pinhash.New(password, pinhash.OWASP()).Text() }

// errRefused says that a log-in failed, and never why.
var errRefused = errors.New("no such user with this password, or locked out")

// login compares a password. It returns errRefused, or what the ledger failed with.
// A failure is kept before the password is compared; while the user is locked out
// nothing counts, the right password neither.
func (s *Server) login(ctx context.Context, merchant ledger.AccountID, name string, password []byte) (ledger.StoreUser, error) {
	var user ledger.StoreUser
	known, locked := false, false
	err := s.o.Ledger.Update(ctx, func(tx ledger.Tx) (err error) {
		known, locked = false, false
		if user, err = tx.StoreUser(merchant, name); errors.Is(err, ledger.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		known = true
		now := s.o.Clock()
		attempts, until := pinhash.Attempts{Failures: int(user.Failures), At: user.FailedAt.Time()}.Locked(now)
		if locked = now.Before(until); !locked {
			attempts = attempts.Counted(now)
		}
		user.Failures, user.FailedAt = uint32(attempts.Failures), protocol.At(attempts.At)
		return tx.PutStoreUser(user)
	})
	if err != nil {
		return user, fmt.Errorf("count a log-in: %w", err)
	}
	hash, err := pinhash.Parse(user.Password)
	if !known || err != nil {
		hash, known = s.nobody, false
	}
	if !hash.Matches(password) || !known || locked {
		return user, errRefused
	}
	user.Failures, user.FailedAt = 0, 0
	err = s.o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		now, err := tx.StoreUser(merchant, name)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && now.Password != user.Password {
			return errRefused // removed, or given another password, while this one was compared
		}
		if err != nil {
			return err
		}
		return tx.PutStoreUser(user)
	})
	return user, err
}

// answerAt is when a failed log-in is answered: at a full step after it began, so that
// the time tells nothing of the work.
func answerAt(began, now time.Time) time.Time {
	const step = 500 * time.Millisecond
	return began.Add((now.Sub(began)/step + 1) * step)
}
