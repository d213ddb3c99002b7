package powercut

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// change is something that happened to names. Guarded by Disk.mu.
type change struct {
	// directories are the inodes of those whose names changed.
	directories []uint64
	// undo takes it back, when everything after it has been.
	undo func() error
	// forget is called when it is committed.
	forget func() error
}

// changed notes a change. The paths are of directories in live.
func (d *Disk) changed(c change, directories ...string) {
	for _, dir := range directories {
		var st syscall.Stat_t
		if syscall.Stat(dir, &st) == nil {
			c.directories = append(c.directories, st.Ino)
		}
	}
	d.names = append(d.names, c)
}

// commitNames makes the first n changes durable.
func (d *Disk) commitNames(n int) {
	for _, c := range d.names[:n] {
		if c.forget != nil {
			_ = c.forget() // what may no longer come back is only in the way
		}
	}
	d.names = append([]change(nil), d.names[n:]...)
}

// commitDirectory makes the names in a directory durable, and all before them.
func (d *Disk) commitDirectory(inode uint64) {
	for n := len(d.names) - 1; n >= 0; n-- {
		for _, in := range d.names[n].directories {
			if in == inode {
				d.commitNames(n + 1)
				return
			}
		}
	}
}

// made notes that a name came into being.
func (d *Disk) made(path string) {
	d.changed(change{undo: func() error { return os.Remove(path) }}, filepath.Dir(path))
}

// aside returns a new name in removed.
func (d *Disk) aside() string {
	d.serial++
	return filepath.Join(d.removed, strconv.Itoa(d.serial))
}

// remove takes a name of a file away, so that it can come back.
func (d *Disk) remove(path string) error {
	kept := d.aside()
	if err := os.Rename(path, kept); err != nil {
		return err
	}
	d.changed(change{
		undo:   func() error { return os.Rename(kept, path) },
		forget: func() error { return os.Remove(kept) },
	}, filepath.Dir(path))
	return nil
}

// removeDirectory takes an empty directory away.
func (d *Disk) removeDirectory(path string) error {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return err
	}
	if err := syscall.Rmdir(path); err != nil {
		return err
	}
	d.changed(change{undo: func() error {
		return errors.Join(os.Mkdir(path, 0o700), os.Chown(path, int(st.Uid), int(st.Gid)), syscall.Chmod(path, st.Mode&0o7777))
	}}, filepath.Dir(path))
	return nil
}

// rename moves a name; a file that it replaces can come back.
func (d *Disk) rename(from, to string, flags uint32) error {
	kept := ""
	var replaced syscall.Stat_t
	if flags == 0 && syscall.Lstat(to, &replaced) == nil && replaced.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		kept = d.aside()
		if err := os.Link(to, kept); err != nil {
			return err
		}
	}
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, uint(flags)); err != nil {
		if kept != "" {
			err = errors.Join(err, os.Remove(kept))
		}
		return err
	}
	c := change{undo: func() error { return os.Rename(to, from) }}
	if kept != "" {
		c.undo = func() error { return errors.Join(os.Rename(to, from), os.Rename(kept, to)) }
		c.forget = func() error { return os.Remove(kept) }
	}
	d.changed(c, filepath.Dir(from), filepath.Dir(to))
	return nil
}
