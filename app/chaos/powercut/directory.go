package powercut

import (
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
)

// listing reads a directory.
type listing interface {
	fs.FileReaddirenter
	fs.FileSeekdirer
	fs.FileReleasedirer
}

// directory is an open directory.
type directory struct {
	listing
	node *node
}

var _ fs.FileFsyncdirer = directory{}

// OpendirHandle implements fs.NodeOpendirHandler.
func (n *node) OpendirHandle(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	h, fuseFlags, e := n.LoopbackNode.OpendirHandle(ctx, flags)
	if e != 0 {
		return nil, 0, e
	}
	l, ok := h.(listing)
	if !ok {
		return nil, 0, syscall.ENOTSUP
	}
	return directory{l, n}, fuseFlags, 0
}

// Fsyncdir implements fs.FileFsyncdirer.
func (d directory) Fsyncdir(context.Context, uint32) syscall.Errno {
	disk := d.node.disk
	if e := disk.enter(); e != 0 {
		return e
	}
	defer disk.mu.Unlock()
	var st syscall.Stat_t
	if err := syscall.Stat(d.node.path(), &st); err != nil {
		return errno(err)
	}
	disk.synced++
	if disk.options.Deaf {
		return 0
	}
	disk.commitDirectory(st.Ino)
	if disk.options.Lax {
		disk.commitNames(len(disk.names))
	}
	return 0
}
