//go:build unix

package doctor

import "golang.org/x/sys/unix"

// freeBytes is what a user who is not root can write on a folder's disk.
func freeBytes(folder string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
