package journal

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"countersign/app/terminal/sale"
)

// Errors of the journal.
var (
	// ErrInUse says that another process has the journal open.
	ErrInUse = errors.New("the journal is in use by another process")
	// ErrBroken says that the chain does not hold.
	ErrBroken = errors.New("the journal's chain is broken")
	// ErrDamaged says that a file is not a journal or cannot be read.
	ErrDamaged = errors.New("the journal's file is damaged")
	// ErrLost says that neither the journal nor its copy can be used, or that both
	// are gone from a place where a journal was. Nothing was changed.
	ErrLost = errors.New("neither the journal nor its copy can be used")
	// ErrFull says that the disk has no room for another sale. It is
	// [sale.ErrFull], so that a till knows it without knowing this package.
	ErrFull = sale.ErrFull
	// ErrStopped says that an earlier entry failed in a way that leaves open what
	// is on the disk. Nothing is written any more until the journal is opened again.
	ErrStopped = errors.New("the journal has stopped after an error of the disk")
	// ErrCheckpoint says that a checkpoint is not genuine, or is not one of this
	// journal.
	ErrCheckpoint = errors.New("not a checkpoint of this journal")
	// ErrNewer says that a newer program wrote the journal in a way that this one
	// cannot read; see NewerError. Nothing was changed.
	ErrNewer = errors.New("the journal was written by a newer version of this program")
)

// errMissing says that a file is not there.
var errMissing = errors.New("the file is missing")

// Error adds to an error what a person can do about it.
type Error struct {
	Err  error
	hint string
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error that the hint is for.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns one sentence for the cashier or the installer.
func (e *Error) Hint() string { return e.hint }

func full(err error) error {
	if err == nil {
		err = ErrFull
	} else {
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	return &Error{Err: err, hint: "the disk of this terminal is full: no new sale until files on it are removed; sales already begun can be finished"}
}

func stopped(err error) error {
	return &Error{
		Err:  fmt.Errorf("%w: %w", ErrStopped, err),
		hint: "start this terminal again; if that does not help, its disk is failing: call the installer",
	}
}

func lost(store, copied error) error {
	return &Error{
		Err:  fmt.Errorf("%w: journal: %w; copy: %w", ErrLost, store, copied),
		hint: "put the journal or its copy (.log) back from a backup; begin a new journal only by moving every journal file away, and keep them",
	}
}

func inUse() error {
	return &Error{Err: ErrInUse, hint: "this terminal's program is running already; end it first"}
}

// isFull says whether the disk, a quota or a limit on file size was the cause.
// bbolt hands some causes on as text only.
func isFull(err error) bool {
	if err == nil {
		return false
	}
	for _, cause := range fullCauses() {
		if errors.Is(err, cause) || strings.Contains(err.Error(), cause.Error()) {
			return true
		}
	}
	return errors.Is(err, ErrFull)
}

// isDamage says whether an error of opening or reading speaks of what is in the
// file, rather than of permissions, room or memory: only then is a file set aside.
func isDamage(err error) bool {
	return errors.Is(err, ErrBroken) || errors.Is(err, ErrDamaged) || errors.Is(err, syscall.EIO)
}
