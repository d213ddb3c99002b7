//go:build unix

package configuring

import (
	"os"
	"syscall"
)

// takeOwner gives a file the owner and group of another.
func takeOwner(f *os.File, of os.FileInfo) error {
	owner, ok := of.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
