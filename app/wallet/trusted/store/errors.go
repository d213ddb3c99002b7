package store

import (
	"errors"
	"strings"

	bbolterrors "go.etcd.io/bbolt/errors"
)

// Errors of the store.
var (
	// ErrDamaged says that what is in the file is not what was written, or was
	// written under another key.
	ErrDamaged = errors.New("the purse's file is damaged, or of another secure unit")
	// ErrInUse says that another process has the file open.
	ErrInUse = errors.New("the purse's file is in use by another process")
	// ErrVersion says that a newer program wrote the file.
	ErrVersion = errors.New("the purse's file has a format that this program does not know")
	// ErrStopped says that writing has failed before; see the package's third guarantee.
	ErrStopped = errors.New("the purse's file cannot be written; what it holds is known after the next start")
)

// notAStore says whether bbolt refused what is in a file.
func notAStore(err error) bool {
	for _, cause := range []error{bbolterrors.ErrInvalid, bbolterrors.ErrInvalidMapping, bbolterrors.ErrVersionMismatch, bbolterrors.ErrChecksum} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return strings.Contains(err.Error(), "file size too small")
}
