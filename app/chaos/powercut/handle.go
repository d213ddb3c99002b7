package powercut

import (
	"context"
	"os"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// handle is an open file.
type handle struct {
	disk        *Disk
	file        *os.File
	inode       uint64
	synchronous bool // every write is on the disk when it returns
}

var (
	_ fs.FileReader    = (*handle)(nil)
	_ fs.FileWriter    = (*handle)(nil)
	_ fs.FileFsyncer   = (*handle)(nil)
	_ fs.FileFlusher   = (*handle)(nil)
	_ fs.FileReleaser  = (*handle)(nil)
	_ fs.FileGetattrer = (*handle)(nil)
	_ fs.FileAllocater = (*handle)(nil)
)

func newHandle(d *Disk, f *os.File, flags uint32) (*handle, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return nil, err
	}
	return &handle{disk: d, file: f, inode: st.Ino, synchronous: flags&syscall.O_DSYNC != 0}, nil // O_SYNC has this bit, too
}

// reopen is a path by which an open file can be opened once more.
func reopen(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// Read implements fs.FileReader.
func (h *handle) Read(_ context.Context, buffer []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	if e := h.disk.enter(); e != 0 {
		return nil, e
	}
	defer h.disk.mu.Unlock()
	return fuse.ReadResultFd(h.file.Fd(), offset, len(buffer)), 0
}

// Write implements fs.FileWriter.
func (h *handle) Write(_ context.Context, data []byte, offset int64) (uint32, syscall.Errno) {
	if e := h.disk.enter(); e != 0 {
		return 0, e
	}
	defer h.disk.mu.Unlock()
	c, err := h.disk.changing(h.inode, h.file)
	if err != nil {
		return 0, errno(err)
	}
	if err := c.keep(offset, int64(len(data))); err != nil {
		return 0, errno(err)
	}
	n, err := h.file.WriteAt(data, offset)
	c.written(offset, int64(n))
	if err != nil {
		return uint32(n), errno(err)
	}
	if h.synchronous && !h.disk.options.Deaf {
		h.disk.synced++
		c.commitStretch(offset, int64(n))
	}
	return uint32(n), 0
}

// truncate changes the length. The caller holds Disk.mu.
func (h *handle) truncate(size int64) error {
	c, err := h.disk.changing(h.inode, h.file)
	if err != nil {
		return err
	}
	if err := c.truncating(size); err != nil {
		return err
	}
	return h.file.Truncate(size)
}

// Fsync implements fs.FileFsyncer, for fsync and fdatasync.
func (h *handle) Fsync(context.Context, uint32) syscall.Errno {
	if e := h.disk.enter(); e != 0 {
		return e
	}
	defer h.disk.mu.Unlock()
	return h.sync()
}

// sync makes the file durable. The caller holds Disk.mu.
func (h *handle) sync() syscall.Errno {
	h.disk.synced++
	if h.disk.options.Deaf {
		return 0
	}
	if c := h.disk.files[h.inode]; c != nil {
		c.commit()
		c.close()
		delete(h.disk.files, h.inode)
	}
	if h.disk.options.Lax {
		h.disk.commitNames(len(h.disk.names))
	}
	return 0
}

// Flush implements fs.FileFlusher: closing a file puts nothing on the disk.
func (h *handle) Flush(context.Context) syscall.Errno { return 0 }

// Release implements fs.FileReleaser.
func (h *handle) Release(context.Context) syscall.Errno { return errno(h.file.Close()) }

// Getattr implements fs.FileGetattrer.
func (h *handle) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	var st syscall.Stat_t
	if err := syscall.Fstat(int(h.file.Fd()), &st); err != nil {
		return errno(err)
	}
	out.FromStat(&st)
	return 0
}

// Allocate implements fs.FileAllocater; callers write zeros instead.
func (h *handle) Allocate(context.Context, uint64, uint64, uint32) syscall.Errno {
	return syscall.EOPNOTSUPP
}
