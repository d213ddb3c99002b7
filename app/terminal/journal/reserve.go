package journal

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// reserve is room that is held on the disk so that a sale once begun can be
// finished when others have filled the disk: a file of its own, given up piece by
// piece. The Journal's lock over writing guards it.
type reserve struct {
	path string
	size int64
	// free measures the room on a directory's disk.
	free func(directory string) (uint64, error)
	held int64
}

// openReserve looks at what is held already.
func openReserve(path string, size int64, free func(string) (uint64, error)) *reserve {
	r := &reserve{path: path, size: size, free: free}
	if info, err := os.Stat(path); err == nil {
		r.held = info.Size()
	}
	return r
}

// fill brings the file to its size. Its content cannot be compressed, so that it
// takes its room on file systems that try to.
func (r *reserve) fill() (err error) {
	if r.held >= r.size {
		return nil
	}
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil { // what was had is held, no more is taken away from others
			err = errors.Join(err, os.Truncate(r.path, r.held))
		}
	}()
	if _, err := f.Seek(r.held, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.CopyN(f, rand.NewChaCha8([32]byte{}), r.size-r.held); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	r.held = r.size
	return nil
}

// give gives up a quarter of the reserve; false when nothing is left.
func (r *reserve) give() bool {
	if r.held == 0 {
		return false
	}
	left := max(r.held-(r.size+3)/4, 0)
	if err := os.Truncate(r.path, left); err != nil {
		return false
	}
	r.held = left
	return true
}

// room says whether a new sale may begin: the reserve is whole and the disk has
// as much again.
func (r *reserve) room() error {
	if err := r.fill(); err != nil {
		return full(fmt.Errorf("hold a reserve of %d bytes: %w", r.size, err))
	}
	free, err := r.free(filepath.Dir(r.path))
	if err != nil {
		return fmt.Errorf("measure free space: %w", err)
	}
	if free < uint64(r.size) {
		return full(fmt.Errorf("%d bytes free, %d wanted", free, r.size))
	}
	return nil
}
