//go:build unix

package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// fullCauses are the errors that say that nothing more can be stored.
func fullCauses() []error { return []error{unix.ENOSPC, unix.EDQUOT, unix.EFBIG} }

// lockFile takes the file for this process; it falls with the file's closing and
// with the process.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// unlockFile gives up whoever's lock on an open file.
func unlockFile(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// freeSpace measures what an ordinary user can still store in a directory, in bytes.
func freeSpace(dir string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), nil //nolint:unconvert // types differ from system to system
}

// syncDirectory makes names that were made or changed in a directory durable.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}
