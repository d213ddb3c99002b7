package purse

import (
	"errors"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol/iso7816"
)

// Errors that the terminal is told by a status word; see [Status].
var (
	// ErrUnavailable says that the wallet does not answer: locked, not armed, or without
	// a card that may pay.
	ErrUnavailable = errors.New("the card does not answer now")
	// ErrOutOfOrder says that a command has no place where it came, or that its code was
	// paid or burnt before.
	ErrOutOfOrder = errors.New("command out of order")
	// ErrUndecodable says that a command's data is not what it should be.
	ErrUndecodable = errors.New("command cannot be decoded")
	// ErrProof says that a terminal did not prove what it is, or that this is its tap.
	ErrProof = errors.New("terminal's proof does not hold")
)

// Errors that the owner is told.
var (
	// ErrDamaged says that what was kept is not what was written.
	ErrDamaged = store.ErrDamaged
	// ErrRolledBack says that an older copy of the purse was put back, or that the card
	// was used from another copy. It does not pay any more.
	ErrRolledBack = errors.New("an older copy of the purse was put back")
	// ErrClock says that the clock was set back.
	ErrClock = errors.New("the clock was set back")
	// ErrNoCard says that there is no virtual card yet, ErrBlocked that settlement does
	// not honour it any more.
	ErrNoCard  = errors.New("there is no virtual card yet")
	ErrBlocked = errors.New("settlement has blocked the virtual card")
	// ErrLocked says that the owner has not unlocked the wallet.
	ErrLocked = errors.New("the wallet is locked")
	// ErrCardKey says that the secure unit holds another key than the card's.
	ErrCardKey = errors.New("the secure unit does not hold the card's key")
	// ErrOtherCardTerms says that a renewed card is not the card that it renews.
	ErrOtherCardTerms = errors.New("the renewed card is not this card")
	// ErrCeiling says that the card may not hold so much.
	ErrCeiling = errors.New("more than the card may hold")
	// ErrFunds says that the card does not hold so much.
	ErrFunds = errors.New("more than the card holds")
	// ErrWaits says that another application or load is under way: it is repeated until it
	// has a definite answer.
	ErrWaits = errors.New("another one waits for its answer")
	// ErrNotWaiting says that nothing waits for such an answer.
	ErrNotWaiting = errors.New("nothing waits for this answer")
	// ErrDeclined says that the owner declined.
	ErrDeclined = errors.New("the owner declined")
	// ErrFull says that too many deductions wait to be settled.
	ErrFull = errors.New("too many payments wait to be settled")
	// ErrNoSettlement says that there is no settlement certificate.
	ErrNoSettlement = errors.New("no settlement certificate")
	// ErrClosed says that the purse was closed.
	ErrClosed = errors.New("the purse is closed")
)

// Status is the status word that a command is answered with for an error of
// Select, Get, Pay or Recover. It says no more to a terminal than it must know.
func Status(err error) iso7816.Status {
	switch {
	case err == nil:
		return iso7816.OK
	case errors.Is(err, ErrUnavailable):
		return iso7816.NotFound
	case errors.Is(err, ErrOutOfOrder):
		return iso7816.ConditionsNotSatisfied
	case errors.Is(err, ErrUndecodable):
		return iso7816.WrongData
	case errors.Is(err, ErrProof):
		return iso7816.SecurityNotSatisfied
	}
	return iso7816.NoDiagnosis
}
