package journal

import (
	"os"

	"golang.org/x/sys/windows"
)

// fullCauses are the errors that say that nothing more can be stored.
func fullCauses() []error {
	return []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
}

// lockFile takes the file for this process; it falls with the file's closing and
// with the process.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{})
}

// unlockFile does nothing: on Windows a lock falls with the handle.
func unlockFile(*os.File) error { return nil }

// freeSpace measures what this user can still store in a directory, in bytes.
func freeSpace(dir string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, os.NewSyscallError("GetDiskFreeSpaceEx", err)
	}
	return free, nil
}

// syncDirectory does nothing: Windows cannot sync a directory, NTFS writes names
// to its own log.
func syncDirectory(string) error { return nil }
